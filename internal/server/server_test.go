package server

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
	"muster/internal/store"
)

const rack = muster.TypeName("Custom:Rack")

// rig is a server over a fleet in memory.
type rig struct {
	*Server
	t      testing.TB
	fleet  *fleet.Fleet
	caller access.Caller
}

func newRig(t testing.TB, strict bool) *rig {
	f, err := fleet.Open(context.Background(), fleet.Config{Store: store.NewMemory(), Log: slog.New(slog.DiscardHandler), Strict: strict})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{t: t, fleet: f, caller: access.Caller{
		KeyID: "ADMIN", Role: muster.RoleAdmin, Space: muster.Space{Account: "111122223333", Region: "eu-west-1"},
	}}
	r.restart(strict)
	return r
}

// restart makes another server over the same fleet.
func (r *rig) restart(strict bool) {
	r.t.Helper()
	s, err := New(context.Background(), Config{Fleet: r.fleet, Strict: strict})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Server = s
}

// put has a node report entries of one type.
func (r *rig) put(n int, t muster.TypeName, entries ...muster.Entry) {
	r.t.Helper()
	r.putItem(n, ssmapi.InventoryItem{TypeName: &t, Content: entries})
}

func (r *rig) putItem(n int, it ssmapi.InventoryItem) {
	r.t.Helper()
	it.SchemaVersion, it.CaptureTime = new(muster.Version("1.0")), new(muster.CaptureTime("2026-01-02T03:04:05Z"))
	if it.Content == nil {
		it.Content = ssmapi.Entries{}
	}
	_, err := r.putInventory(context.Background(), r.caller, &ssmapi.PutInventoryInput{
		InstanceId: new(nodeID(n)), Items: ssmapi.List[ssmapi.InventoryItem]{it},
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func nodeID(n int) muster.NodeID { return muster.NodeID(fmt.Sprintf("mi-%017d", n)) }

func entry(pairs ...string) muster.Entry {
	e := muster.Entry{}
	for i := 0; i < len(pairs); i += 2 {
		e = e.With(pairs[i], pairs[i+1])
	}
	return e
}

// filter is one with an operator, "" for none.
func filter(key, op string, values ...string) ssmapi.InventoryFilter {
	f := ssmapi.InventoryFilter{Key: &key, Values: values}
	if op != "" {
		f.Type = &op
	}
	return f
}

// code is the wire's name of the error, "" for none.
func code(err error) muster.Code {
	if err == nil {
		return ""
	}
	if e, ok := err.(*muster.Error); ok {
		return e.Code
	}
	return muster.CodeInternalServerError
}

// text is the answer as JSON, always in one order.
func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPageSize(t *testing.T) {
	t.Parallel()
	if got := pageSize(nil, 50); got != 50 {
		t.Errorf("without MaxResults a page has %d", got)
	}
	if got := pageSize(new(int32(7)), 50); got != 7 {
		t.Errorf("with MaxResults 7 a page has %d", got)
	}
}

func TestAccessKeyOperations(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, false)
	create := func(role muster.Role, n *muster.NodeID) (*ssmapi.CreateAccessKeyOutput, error) {
		return r.createAccessKey(ctx, r.caller, &ssmapi.CreateAccessKeyInput{Role: &role, InstanceId: n, Comment: "c"})
	}
	for _, c := range []struct {
		role muster.Role
		node *muster.NodeID
		want muster.Code
	}{
		{muster.RoleAdmin, nil, ""},
		{muster.RoleRead, nil, ""},
		{muster.RoleNode, new(nodeID(1)), ""},
		{muster.RoleNode, nil, muster.CodeValidation},
		{muster.RoleRead, new(nodeID(1)), muster.CodeValidation},
		{muster.RoleAdmin, new(nodeID(1)), muster.CodeValidation},
	} {
		out, err := create(c.role, c.node)
		if code(err) != c.want {
			t.Errorf("a key of role %s with node %v: %v", c.role, c.node, err)
		}
		if err != nil {
			continue
		}
		kept, ok := r.fleet.Lookup(out.AccessKey.AccessKeyId)
		want := muster.AccessKey{Secret: out.SecretAccessKey, Account: r.caller.Space.Account, Role: c.role, Comment: "c", Created: kept.Created}
		if c.node != nil {
			want.Node, want.Region = *c.node, r.caller.Space.Region
		}
		if !ok || kept != want || time.Since(kept.Created) > time.Minute {
			t.Errorf("the fleet has the key %+v, want %+v", kept, want)
		}
	}

	list, err := r.listAccessKeys(ctx, r.caller, &ssmapi.ListAccessKeysInput{})
	if err != nil || len(list.AccessKeys) != 3 {
		t.Fatalf("%d keys are listed, want 3: %v", len(list.AccessKeys), err)
	}
	idOf := func(role muster.Role) string {
		at := slices.IndexFunc(list.AccessKeys, func(k ssmapi.AccessKey) bool { return k.Role == role })
		return list.AccessKeys[at].AccessKeyId
	}
	id, last := idOf(muster.RoleRead), idOf(muster.RoleAdmin)
	stranger := r.caller
	stranger.Space.Account = "444455556666"
	own := r.caller
	own.KeyID = id
	for _, c := range []struct {
		name   string
		caller access.Caller
		id     string
		want   muster.Code
	}{
		{"by another account", stranger, id, muster.CodeInvalidAccessKey},
		{"with the key itself", own, id, muster.CodeInvalidAccessKey},
		{"by its account", r.caller, id, ""},
		{"a second time", r.caller, id, muster.CodeInvalidAccessKey},
		{"as the last administrator's", r.caller, last, muster.CodeInvalidAccessKey},
	} {
		_, err := r.revokeAccessKey(ctx, c.caller, &ssmapi.RevokeAccessKeyInput{AccessKeyId: &c.id})
		if code(err) != c.want {
			t.Errorf("revoked %s: %v", c.name, err)
		}
	}
	if list, err = r.listAccessKeys(ctx, r.caller, &ssmapi.ListAccessKeysInput{}); err != nil || len(list.AccessKeys) != 2 {
		t.Errorf("%d keys are left, want 2: %v", len(list.AccessKeys), err)
	}
	if list, err = r.listAccessKeys(ctx, stranger, &ssmapi.ListAccessKeysInput{}); err != nil || len(list.AccessKeys) != 0 {
		t.Errorf("another account sees %d keys: %v", len(list.AccessKeys), err)
	}
}
