package fleet

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/store"
)

// stallingStore is a server's store that may let commits wait until they are given up.
type stallingStore struct {
	store.Shared
	stalls chan struct{} // has something while it does
}

var errStalled = errors.New("given up")

func (s *stallingStore) Commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	if len(s.stalls) > 0 {
		time.Sleep(10 * time.Second)
		return nil, errStalled
	}
	return s.Shared.Commit(ctx, calls)
}

// TestStall has a store stall: the first call waits, those after it are refused at once, and when the store goes on, so do they.
func TestStall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &stallingStore{store.NewMemory().Server(), make(chan struct{}, 1)}
		r := newRigOn(t, func() store.Store { return s }, Config{})
		put := func(want error, wait time.Duration) {
			t.Helper()
			began := time.Now()
			if err := r.tryPut(nodeID(1), item(app)); !errors.Is(err, want) || err != nil && code(err) != muster.CodeInternalServerError {
				t.Errorf("a put is answered with %v", err)
			}
			if took := time.Since(began); took != wait {
				t.Errorf("a put takes %v, want %v", took, wait)
			}
		}
		put(nil, 0)
		s.stalls <- struct{}{}
		put(errStalled, 10*time.Second)
		for range 30 {
			put(errStalled, 0)
			time.Sleep(700 * time.Millisecond)
		}
		if r.Ready() == nil {
			t.Error("a fleet whose store stalls is ready")
		}
		<-s.stalls
		time.Sleep(10*time.Second + 2*probeEvery)
		synctest.Wait()
		if err := r.Ready(); err != nil {
			t.Error(err)
		}
		put(nil, 0)
	})
}
