package fleet

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster"
	"muster/internal/store"
)

// CreateActivation makes an activation of what a is to say, under a new id, with a new code that is not kept.
func (f *Fleet) CreateActivation(ctx context.Context, space muster.Space, a muster.Activation) (id, code string, err error) {
	id, code = uuid.NewString(), rand.Text() // of 130 random bits, in 26 characters
	a.CodeHash = codeHash(code)
	change := muster.Change{Key: muster.ActivationKey{Space: space, ID: id}, Value: &a}
	err = f.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) { return []muster.Change{change}, nil }})
	return id, code, err
}

// codeHash needs no salt and no time: nobody tries 2^130 codes.
func codeHash(code string) []byte {
	sum := sha256.Sum256([]byte(code))
	return sum[:]
}

// DeleteActivation takes the activation away. The nodes that it registered stay.
func (f *Fleet) DeleteActivation(ctx context.Context, space muster.Space, id string) error {
	key := muster.ActivationKey{Space: space, ID: id}
	return f.commit(ctx, store.Call{Reads: []muster.Key{key}, Decide: func(v store.View) ([]muster.Change, error) {
		if store.Get[*muster.Activation](v, key) == nil {
			return nil, muster.ErrInvalidActivationID
		}
		return []muster.Change{{Key: key}}, nil
	}})
}

// forgetActivations takes away those that expired before the cutoff. The nodes that they registered stay.
func (f *Fleet) forgetActivations(ctx context.Context, cutoff time.Time) error {
	s := f.state.Load()
	var old []muster.Change
	s.mu.RLock()
	for key, a := range s.activations {
		if a.Expires.Before(cutoff) {
			old = append(old, muster.Change{Key: key})
		}
	}
	s.mu.RUnlock()
	for step := range slices.Chunk(old, expiryStep) {
		if err := f.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) { return step, nil }}); err != nil {
			return err
		}
	}
	return nil
}

// ActivationRecord is an activation with its id.
type ActivationRecord struct {
	ID string
	*muster.Activation
}

// Activations gives those of the space, newest first. They are not to be changed.
func (f *Fleet) Activations(space muster.Space) []ActivationRecord {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []ActivationRecord
	for key, a := range s.activations {
		if key.Space == space {
			all = append(all, ActivationRecord{key.ID, a})
		}
	}
	slices.SortFunc(all, func(a, b ActivationRecord) int {
		if c := b.Created.Compare(a.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}

// activationNamed gives the activation with the id, nil if there is none, whichever its space: whoever registers with it does not
// say.
func (s *state) activationNamed(id string) (muster.ActivationKey, *muster.Activation) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	key := muster.ActivationKey{Space: s.activationSpaces[id], ID: id}
	return key, s.activations[key]
}

// invites refuses who does not have the activation's code, and who comes too late.
func invites(a *muster.Activation, code string, now time.Time) error {
	if a == nil || subtle.ConstantTimeCompare(a.CodeHash, codeHash(code)) == 0 {
		return muster.ErrInvalidActivation
	}
	if !now.Before(a.Expires) {
		return muster.ErrActivationExpired
	}
	return nil
}

// setActivation takes over what became of an activation. The caller holds s.mu.
func (s *state) setActivation(key muster.ActivationKey, value muster.Record) {
	set(s.activations, key, value)
	s.activationSpaces[key.ID] = key.Space
	if value == nil {
		delete(s.activationSpaces, key.ID)
	}
}
