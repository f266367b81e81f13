package fleet

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"muster/internal/store"
)

// followEvery is how late a server that nobody asks learns what others have committed, or that the store can be reached again.
const followEvery = time.Second

// loadTries is how often a start loads: a cache, and twice a store that lost something just then.
const loadTries = 3

// follower keeps the state in step with a store that other servers commit to as well. Then it alone writes the state and the index:
// it applies what Follow gives, in the store's order, what was committed here like anything else.
type follower struct {
	store store.Shared
	queue queue                 // of those who wait until everything is applied that was durable when they came
	down  atomic.Pointer[error] // why the store cannot be followed, or nil
}

// Current waits until the state has everything that any server acknowledged before the call, or says that it cannot. On a store that is
// this server's alone it always has.
func (f *Fleet) Current(ctx context.Context) error {
	if f.follower == nil {
		return nil
	}
	if err := f.follower.reason(); err != nil { // it is tried again anyway; nobody has to wait for a timeout
		return err
	}
	return wait(ctx, &f.follower.queue, &request{done: make(chan error, 1)})
}

func (fo *follower) reason() error {
	if err := fo.down.Load(); err != nil {
		return *err
	}
	return nil
}

// between runs fn while nothing else moves the state on.
func (f *Fleet) between(ctx context.Context, fn func()) error {
	q := &f.queue
	if f.follower != nil {
		q = &f.follower.queue
	}
	return wait(ctx, q, &request{run: fn, done: make(chan error, 1)})
}

// runFollower is then the only goroutine that writes the state. Those who come while it reads the feed share the next read, which
// begins after they came.
func (f *Fleet) runFollower(ctx context.Context) {
	fo := f.follower
	defer func() { answer(fo.queue.close(), errClosed) }()
	idle := time.NewTicker(followEvery)
	defer idle.Stop()
	for ctx.Err() == nil {
		select {
		case <-fo.queue.filled:
		case <-idle.C:
		case <-ctx.Done():
			return
		}
		f.follow(ctx, fo.queue.take(math.MaxInt))
	}
}

// loadCurrent loads the fleet and applies what the store has got since, which is much if a cache was loaded. Should the store not go on
// from that, the next load is of the store itself.
func (f *Fleet) loadCurrent(ctx context.Context) error {
	for tries := 1; ; tries++ {
		s, err := f.load(ctx)
		if err == nil {
			f.state.Store(s)
			err = f.catchUp(ctx)
		}
		if !errors.Is(err, store.ErrLost) || tries == loadTries {
			return err
		}
		f.Log.Warn("the fleet is loaded once more", "err", err)
	}
}

func (f *Fleet) catchUp(ctx context.Context) error {
	if f.follower == nil {
		return nil
	}
	p := newProgress(f.Log, "catching up with the store")
	err := f.follower.store.Follow(ctx, func(group []store.Outcome) {
		f.applyGroup(group)
		for _, o := range group {
			p.add(len(o.Rows), len(o.Changes))
		}
	})
	if err == nil {
		f.stats.Followed.Store(p.began.UnixNano())
		p.end("the fleet is up to date")
	}
	return err
}

// follow brings the state up to date, and then answers those who wait for it.
func (f *Fleet) follow(ctx context.Context, waiting []*request) {
	fo := f.follower
	began := time.Now()
	err := fo.store.Follow(ctx, f.applyGroup)
	f.ObserveFollow(len(waiting), time.Since(began))
	if err != nil {
		err = fmt.Errorf("the store cannot be followed: %w", err)
		if fo.down.Swap(&err) == nil && ctx.Err() == nil {
			f.Log.Error("the store cannot be followed; nothing is answered until it can", "err", err)
		}
		answer(waiting, err)
		if errors.Is(err, store.ErrLost) {
			f.loadAnew(ctx)
		}
		return
	}
	f.stats.Followed.Store(began.UnixNano())
	if fo.down.Swap(nil) != nil {
		f.Log.Info("the store is followed again")
	}
	for _, r := range waiting {
		if r.run != nil {
			r.run()
		}
		r.done <- nil
	}
}

// loadAnew replaces a state that the store does not go on from. If that fails, the next follow finds so, and it is tried again.
func (f *Fleet) loadAnew(ctx context.Context) {
	s, err := f.load(ctx)
	if err != nil {
		f.Log.Error("load the fleet again", "err", err)
		return
	}
	f.state.Store(s)
	f.stats.Reloads.Add(1)
	f.Log.Warn("the fleet was loaded again, because the store does not go on from what was known of it; a failover may have lost what was acknowledged last")
}
