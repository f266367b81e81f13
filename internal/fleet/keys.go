package fleet

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"

	"muster"
	"muster/internal/store"
)

// Lookup gives the access key with the id.
func (f *Fleet) Lookup(id string) (muster.AccessKey, bool) {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if k := s.keys[id]; k != nil {
		return *k, true
	}
	return muster.AccessKey{}, false
}

// AccessKeys gives the ids of all access keys of the account, ascending.
func (f *Fleet) AccessKeys(account muster.AccountID) []string {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := slices.Sorted(maps.Keys(s.keys))
	return slices.DeleteFunc(ids, func(id string) bool { return s.keys[id].Account != account })
}

// SetAccessKey makes the key durable under the id. A key that is there already is replaced.
func (f *Fleet) SetAccessKey(ctx context.Context, id string, k muster.AccessKey) error {
	key := muster.AccessKeyKey{ID: id}
	return f.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) {
		return []muster.Change{{Key: key, Value: &k}}, nil
	}})
}

// RevokeAccessKey takes the account's key away. It does not verify from the moment this returns. The last key of an administrator
// stays: nobody could make another.
func (f *Fleet) RevokeAccessKey(ctx context.Context, account muster.AccountID, id string) error {
	key := muster.AccessKeyKey{ID: id}
	others := f.otherAdministrators(account, id)
	return f.commit(ctx, store.Call{Reads: append(others, key), Decide: func(v store.View) ([]muster.Change, error) {
		k := store.Get[*muster.AccessKey](v, key)
		if k == nil || k.Account != account {
			return nil, muster.ErrNoAccessKey(id)
		}
		remains := func(other muster.Key) bool { return administers(store.Get[*muster.AccessKey](v, other), account) }
		if k.Role == muster.RoleAdmin && !slices.ContainsFunc(others, remains) {
			return nil, muster.ErrLastAdministrator(id)
		}
		return []muster.Change{{Key: key}}, nil
	}})
}

func (f *Fleet) otherAdministrators(account muster.AccountID, id string) []muster.Key {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var others []muster.Key
	for other, k := range s.keys {
		if other != id && administers(k, account) {
			others = append(others, muster.AccessKeyKey{ID: other})
		}
	}
	return others
}

func administers(k *muster.AccessKey, account muster.AccountID) bool {
	return k != nil && k.Account == account && k.Role == muster.RoleAdmin
}

// NewAccessKey makes up an id and a secret of AWS's form: "AKIA" and 16 characters, and 40 characters.
func NewAccessKey() (id, secret string) {
	raw := make([]byte, 10+25)
	rand.Read(raw) // never fails
	return "AKIA" + base32.StdEncoding.EncodeToString(raw[:10]), base32.StdEncoding.EncodeToString(raw[10:])
}

// tokenKeySetting names the key that authenticates NextTokens. All servers on one store share it, and it outlives them.
const tokenKeySetting = "next-token-key"

// TokenKey gives the key that authenticates NextTokens.
func (f *Fleet) TokenKey(ctx context.Context) ([]byte, error) {
	return f.sharedKey(ctx, tokenKeySetting)
}

// browserKeySetting names the key that authenticates the sessions of browsers. It is shared and lasting, too.
const browserKeySetting = "browser-session-key"

// BrowserKey gives the key that authenticates the sessions of browsers.
func (f *Fleet) BrowserKey(ctx context.Context) ([]byte, error) {
	return f.sharedKey(ctx, browserKeySetting)
}

// sharedKey gives the secret of that name, made at its first use.
func (f *Fleet) sharedKey(ctx context.Context, name string) ([]byte, error) {
	s := f.state.Load()
	if known := s.setting(name); len(known) > 0 {
		return known, nil
	}
	key := muster.SettingKey{Name: name}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	err := f.commit(ctx, store.Call{Reads: []muster.Key{key}, Decide: func(v store.View) ([]muster.Change, error) {
		if store.Get[*muster.Setting](v, key) != nil {
			return nil, nil
		}
		return []muster.Change{{Key: key, Value: &muster.Setting{Value: fresh}}}, nil
	}})
	if err != nil {
		return nil, fmt.Errorf("make the secret %s: %w", name, err)
	}
	made := f.state.Load().setting(name)
	if len(made) == 0 { // else ids and sessions would be made with a key that everybody knows
		return nil, fmt.Errorf("the secret %s is empty", name)
	}
	return made, nil
}

// setting gives the value of a setting, nil if there is none.
func (s *state) setting(name string) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if setting := s.settings[name]; setting != nil {
		return setting.Value
	}
	return nil
}
