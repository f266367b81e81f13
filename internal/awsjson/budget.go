package awsjson

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"muster"
)

// DefaultBodyBudget is the memory, in bytes, that calls under way may take for what they were sent.
const DefaultBodyBudget = 256 << 20

const (
	// perBodyByte is the memory that a byte of a usual report takes on its way: once in the buffer that it is read into, one and a
	// half times when it is decoded, and as often in what is made of it. Two more are what the collector has not found yet, or has and
	// lies between what stays.
	perBodyByte = 6

	// smallBody is the largest body, in bytes, that has a share of the budget to itself, an eighth: the hashes of a node that
	// has nothing new do not queue behind those who send everything.
	smallBody  = 32 << 10
	smallShare = 8

	// strangerShare is the part of the budget that is for strangers, whatever they send: should they keep all of it, and all
	// places in its queue, nobody waits for them but each other.
	strangerShare = 64

	// roomWithin is how long a call waits for its part before it is throttled: a moment for a queue that moves on, short enough
	// that the client, who will come again, still has its patience. maxQueue are those who may wait in each queue; each costs a
	// connection and a goroutine.
	roomWithin = 5 * time.Second
	maxQueue   = 1000
)

// budget bounds what the bodies of calls under way take, from before they are read until the calls are answered. Who comes first
// is served first, but for the small ones and the strangers.
type budget struct {
	small, large, strangers room
	used                    atomic.Int64 // bytes of memory
}

type room struct {
	size  int64
	free  *semaphore.Weighted
	queue chan struct{}
}

func newBudget(size int64) *budget {
	r := func(size int64) room {
		return room{size, semaphore.NewWeighted(size), make(chan struct{}, maxQueue)}
	}
	small, strangers := max(size/smallShare, 1), max(size/strangerShare, 1)
	return &budget{small: r(small), large: r(max(size-small-strangers, 1)), strangers: r(strangers)}
}

// claim gives a call its claim on the budget, of nothing so far. A length below zero is unknown.
func (b *budget) claim(stranger bool, length int64) *claim {
	switch {
	case stranger:
		return &claim{budget: b, room: &b.strangers}
	case length >= 0 && length <= smallBody:
		return &claim{budget: b, room: &b.small}
	}
	return &claim{budget: b, room: &b.large}
}

// claim is one call's part of the budget.
type claim struct {
	budget *budget
	room   *room
	held   int64
}

// grow makes room for so many more bytes of the body, and answers ThrottlingException if there will be none. A call that has all
// the room there is needs no more, so that a budget smaller than a body lets one through at a time.
func (c *claim) grow(ctx context.Context, bytes int64) error {
	n := min(bytes*perBodyByte, c.room.size-c.held)
	if !c.room.free.TryAcquire(n) {
		if err := c.room.wait(ctx, n); err != nil {
			return err
		}
	}
	c.held += n
	c.budget.used.Add(n)
	return nil
}

func (r *room) wait(ctx context.Context, n int64) error {
	select {
	case r.queue <- struct{}{}:
		defer func() { <-r.queue }()
	default:
		return muster.ErrThrottling
	}
	within, cancel := context.WithTimeoutCause(ctx, roomWithin, muster.ErrThrottling)
	defer cancel()
	if r.free.Acquire(within, n) != nil {
		return context.Cause(within)
	}
	return nil
}

// release gives everything back.
func (c *claim) release() {
	c.room.free.Release(c.held)
	c.budget.used.Add(-c.held)
	c.held = 0
}
