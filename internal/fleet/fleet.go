// Package fleet is the running inventory: it holds every rule that needs stored state, keeps the store and the index in step,
// and is the only one in its process who writes the store. It knows no wire format, no access rights and no HTTP.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/transfer"
)

// Config says how a fleet behaves. The zero value of each field, but for Store, works.
type Config struct {
	Store  store.Store
	Now    func() time.Time // default time.Now
	Log    *slog.Logger     // default slog.Default
	Limits *muster.Limits   // default muster.DefaultLimits, or StrictLimits with Strict

	ObserveCommit func(calls int, took time.Duration)   // default: nobody looks
	ObserveFollow func(waiting int, took time.Duration) // of a store that servers share; likewise

	Strict             bool // refuse what AWS refuses, see docs/divergences.md
	ClosedRegistration bool // refuse puts of nodes that nobody has registered

	NoDefaultAssociation bool // nodes are given no association but those that somebody made

	SessionFor time.Duration // how long the keys are good that a node asks for; default an hour

	LostAfter     time.Duration // silence after which a node that only puts is ConnectionLost; default 75 minutes
	PingLostAfter time.Duration // the same for a node that pings; default 15 minutes, three pings of the agent's
	Retention     time.Duration // how long a type is kept after its last report; default muster.Retention

	// ExpirySettle is how long the clock has to run without a jump, from the start on, before anything expires: nodes get the
	// time to report after a server was away. Default 35 minutes, a report interval and the agent's jitter.
	ExpirySettle time.Duration

	// ExpiryShare is the largest part of the nodes that one sweep may take data from; above it, and above expiryFloor nodes, the
	// sweep is refused, because a fleet does not die at once but a clock or a network does. Default 0.5.
	ExpiryShare float64
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.ObserveCommit == nil {
		c.ObserveCommit = func(int, time.Duration) {}
	}
	if c.ObserveFollow == nil {
		c.ObserveFollow = func(int, time.Duration) {}
	}
	if c.Limits == nil {
		c.Limits = &muster.DefaultLimits
		if c.Strict {
			c.Limits = &muster.StrictLimits
		}
	}
	setDefault(&c.SessionFor, time.Hour)
	setDefault(&c.LostAfter, 75*time.Minute)
	setDefault(&c.PingLostAfter, 15*time.Minute)
	setDefault(&c.Retention, muster.Retention)
	setDefault(&c.ExpirySettle, 35*time.Minute)
	setDefault(&c.ExpiryShare, 0.5)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Fleet is safe for concurrent use. Its goroutines end with Close.
type Fleet struct {
	Config
	state    atomic.Pointer[state] // replaced only by recovery, see commit.go
	queue    queue                 // to the committer
	follower *follower             // nil for a store that is this server's alone
	unloaded bool                  // a commit had an unknown outcome, and Close came before a load: the committer does nothing more
	taken    [2]int                // how many requests were taken from the queue the last two times; of the committer
	stalls   bool                  // the last commit failed only when it had been waited for; of the committer
	newRows  int                   // in the dictionary since the background was last told; of who changes the state
	down     atomic.Pointer[error] // why writes are refused, or nil
	pins     pins
	sweep    expiry
	learning *learning
	putting  putting
	reclaim  reclaim
	stats    Stats
	reports  minutes[int]
	commits  minutes[Commits]
	asked    questions

	wake    chan struct{} // tells the background worker of a new deletion job
	cancel  context.CancelFunc
	stop    <-chan struct{} // closed by cancel
	stopped sync.WaitGroup
}

// Open loads the fleet from the store, which is the fleet's from then on, and starts its goroutines.
func Open(ctx context.Context, c Config) (*Fleet, error) {
	f := &Fleet{
		Config: c.withDefaults(),
		queue:  queue{filled: make(chan struct{}, 1)},
		wake:   make(chan struct{}, 1),
	}
	if shared, ok := c.Store.(store.Shared); ok {
		f.follower = &follower{store: shared, queue: queue{filled: make(chan struct{}, 1)}}
	}
	if err := f.loadCurrent(ctx); err != nil {
		return nil, fmt.Errorf("load the fleet: %w", err)
	}
	loaded := f.state.Load()
	if loaded.setting(transfer.UnderWay) != nil {
		return nil, errors.New("not everything has been moved to this store: run muster migrate once more")
	}
	f.learning = newLearning(loaded)
	running, cancel := context.WithCancel(context.Background())
	f.cancel, f.stop = cancel, running.Done()
	f.stopped.Go(f.runCommitter)
	if f.follower != nil {
		f.stopped.Go(func() { f.runFollower(running) })
	}
	f.stopped.Go(func() { f.runBackground(running) })
	return f, nil
}

// Close ends the goroutines, lets the commit that is under way finish, and closes the store. No call may be running.
func (f *Fleet) Close() error {
	f.cancel()
	f.stopped.Wait()
	return f.Store.Close()
}

// Ready says why the fleet cannot take writes just now, or cannot answer at all, or nil.
func (f *Fleet) Ready() error {
	if f.follower != nil && f.follower.reason() != nil {
		return f.follower.reason()
	}
	return f.writable()
}

// writable says why the store refuses writes, or nil.
func (f *Fleet) writable() error {
	if err := f.down.Load(); err != nil {
		return *err
	}
	return nil
}
