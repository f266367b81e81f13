package fleet

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
)

func TestTokenKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	keys := make([][]byte, 8)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			key, err := r.TokenKey(context.Background())
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	group.Wait()
	r.reopen()
	later, err := r.TokenKey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if len(key) != 32 || !bytes.Equal(key, later) {
			t.Errorf("the key is %x, and %x after a restart", key, later)
		}
	}
	other, err := newRig(t, Config{}).TokenKey(context.Background())
	if err != nil || bytes.Equal(other, later) {
		t.Errorf("another store has the key %x, %v", other, err)
	}
}

// TestSharedKeyIsNotEmpty has a store in which it is: nothing is to be made with a key that everybody knows.
func TestSharedKeyIsNotEmpty(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{})
	for _, name := range []string{tokenKeySetting, machineKeySetting} {
		empty := []muster.Change{{Key: muster.SettingKey{Name: name}, Value: &muster.Setting{}}}
		if err := r.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) { return empty, nil }}); err != nil {
			t.Fatal(err)
		}
	}
	if key, err := r.TokenKey(ctx); err == nil {
		t.Errorf("the key of tokens is %x", key)
	}
	if node, err := r.Register(ctx, here, "Fleet", nil, Machine{newPublicKey(t), "f"}); err == nil {
		t.Errorf("the node %s was made", node)
	}
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{})
	key := muster.AccessKey{Secret: "s", Account: here.Account, Role: muster.RoleNode, Node: nodeID(1), Created: time.Unix(1, 0).UTC()}
	stranger := muster.AccessKey{Secret: "s2", Account: "444455556666", Role: muster.RoleAdmin}
	for id, k := range map[string]muster.AccessKey{"B": key, "A": key, "C": stranger} {
		if err := r.SetAccessKey(ctx, id, k); err != nil {
			t.Fatal(err)
		}
	}
	r.reopen()
	if got, ok := r.Lookup("A"); !ok || got != key {
		t.Errorf("the key is %v, want %v", got, key)
	}
	if got := r.AccessKeys(here.Account); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("the account has the keys %v", got)
	}
	for _, id := range []string{"C", "D"} {
		if got := code(r.RevokeAccessKey(ctx, here.Account, id)); got != muster.CodeInvalidAccessKey {
			t.Errorf("to revoke %s: %q", id, got)
		}
	}
	if err := r.RevokeAccessKey(ctx, here.Account, "A"); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "after a restart"} {
		if _, ok := r.Lookup("A"); ok {
			t.Errorf("the revoked key is good %s", when)
		}
		if _, ok := r.Lookup("C"); !ok {
			t.Errorf("another account's key is not good %s", when)
		}
		r.reopen()
	}
}

// TestLastAdministrator has two administrators revoke one another at the same time.
func TestLastAdministrator(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{})
	admins := []string{"A", "B"}
	for id, k := range map[string]muster.AccessKey{
		"A": {Secret: "a", Account: here.Account, Role: muster.RoleAdmin},
		"B": {Secret: "b", Account: here.Account, Role: muster.RoleAdmin},
		"C": {Secret: "c", Account: here.Account, Role: muster.RoleRead},
		"D": {Secret: "d", Account: "444455556666", Role: muster.RoleAdmin},
	} {
		if err := r.SetAccessKey(ctx, id, k); err != nil {
			t.Fatal(err)
		}
	}
	errs := make([]error, len(admins))
	var group sync.WaitGroup
	for i, id := range admins {
		group.Go(func() { errs[i] = r.RevokeAccessKey(ctx, here.Account, id) })
	}
	group.Wait()
	refused := cmp.Or(errs[0], errs[1])
	if (errs[0] == nil) == (errs[1] == nil) || code(refused) != muster.CodeInvalidAccessKey {
		t.Errorf("the revocations end with %v and %v", errs[0], errs[1])
	}
	if got := r.AccessKeys(here.Account); len(got) != 2 {
		t.Errorf("there are %v", got)
	}
	if err := r.RevokeAccessKey(ctx, here.Account, "C"); err != nil {
		t.Errorf("a reader's key: %v", err)
	}
}

func TestNewAccessKey(t *testing.T) {
	t.Parallel()
	id, secret := NewAccessKey()
	id2, secret2 := NewAccessKey()
	if len(id) != 20 || id[:4] != "AKIA" || len(secret) != 40 || id == id2 || secret == secret2 {
		t.Errorf("made up %s %s and %s %s", id, secret, id2, secret2)
	}
}

func TestPins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app))
		pin := r.Pin(here, r.Snapshot(here))
		r.put(nodeID(2), item(app))
		held, ok := r.Pinned(here, pin)
		if !ok || held.Nodes() != 1 || r.Snapshot(here).Nodes() != 2 {
			t.Error("the snapshot moves under its pin")
		}
		if _, ok := r.Pinned(there, pin); ok {
			t.Error("a pin is good in another space")
		}
		if _, ok := r.Pinned(here, pin+1); ok {
			t.Error("a pin that was not given is good")
		}
		time.Sleep(pinFor - time.Second)
		later := r.Pin(here, r.Snapshot(here))
		time.Sleep(time.Second)
		if _, ok := r.Pinned(here, pin); ok {
			t.Error("a pin is good for longer than it is said to be")
		}
		if _, ok := r.Pinned(here, later); !ok {
			t.Error("a later pin went with the first")
		}

		for range maxPins {
			r.Pin(there, r.Snapshot(there))
		}
		if _, ok := r.Pinned(here, later); ok || len(r.pins.held) != maxPins {
			t.Errorf("%d snapshots are held", len(r.pins.held))
		}

		last := r.Pin(here, r.Snapshot(here))
		r.reopen()
		if _, ok := r.Pinned(here, last); ok {
			t.Error("a pin outlives its process")
		}
		if r.Pin(here, r.Snapshot(here)) == last {
			t.Error("a pin of the process before is given again")
		}

		time.Sleep(pinFor + workEvery)
		r.pins.mu.Lock()
		if n := len(r.pins.held); n > 0 {
			t.Errorf("%d snapshots are held that nobody can ask for", n)
		}
		r.pins.mu.Unlock()
	})
}

// TestPinsOfOthers: the pages of a count go on with another server, from the fleet as it is.
func TestPinsOfOthers(t *testing.T) {
	t.Parallel()
	memory := store.NewMemory()
	a, b := newSharedRig(t, memory, Config{}), newSharedRig(t, memory, Config{})
	a.put(nodeID(1), item(app))
	pin := a.Pin(here, a.Snapshot(here))
	a.put(nodeID(2), item(app))
	if err := b.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, ok := b.Pinned(here, pin); !ok || s.Nodes() != 2 {
		t.Error("another server knows nothing of what is pinned")
	}
	if s, ok := a.Pinned(here, pin); !ok || s.Nodes() != 1 {
		t.Error("who has pinned a snapshot gives another")
	}
}
