package storetest

import (
	"context"
	"strings"
	"testing"

	"muster"
	"muster/internal/store"
)

func memory(testing.TB) Opener {
	m := store.NewMemory()
	m.Close()
	return func(testing.TB) store.Store {
		m.Reopen()
		return m
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	Run(t, memory)
}

func TestMemoryServers(t *testing.T) {
	t.Parallel()
	Run(t, func(testing.TB) Opener {
		m := store.NewMemory()
		return func(testing.TB) store.Store { return m.Server() }
	})
	RunShared(t, func(testing.TB) SharedOpener {
		m := store.NewMemory()
		return func(testing.TB) store.Shared { return m.Server() }
	})
}

// forgetful is a store that forgets to delete one kind of record.
type forgetful struct{ store.Store }

func (f forgetful) Commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	for i, c := range calls {
		calls[i].Decide = func(v store.View) ([]muster.Change, error) {
			changes, err := c.Decide(v)
			for i, c := range changes {
				if _, ok := c.Key.(muster.CustomTypeKey); ok && c.Value == nil {
					changes[i].Key = muster.CustomTypeKey{}
				}
			}
			return changes, err
		}
	}
	return f.Store.Commit(ctx, calls)
}

func TestModelShowsTheShortestFailure(t *testing.T) {
	t.Parallel()
	fresh := func(t testing.TB) Opener {
		open := memory(t)
		return func(t testing.TB) store.Store { return forgetful{open(t)} }
	}
	fails := func(steps []step) bool { return runSteps(t, fresh, steps) != nil }
	found := 0
	for seed := range uint64(30) {
		steps := randomSteps(seed)
		if !fails(steps) {
			continue
		}
		found++
		steps = shortest(steps, fails)
		text := describe(steps)
		if len(steps) > 2 || !strings.Contains(text, "delete muster.CustomTypeKey") {
			t.Errorf("seed %d: the shortest steps are\n%s", seed, text)
		}
	}
	if found < 20 {
		t.Errorf("of 30 seeds only %d met the mistake", found)
	}
}
