package fleet

import (
	"sync"

	"muster/internal/store"
)

// request is a call that waits for its commit.
type request struct {
	call store.Call
	done chan error // buffered
	run  func()     // instead of a call: something to do while nothing else changes the state
	use  *keyUse    // nil for a call that gives nobody a public key
}

// queue is the calls that wait for the committer. It is not a channel, because a group is taken at once, and whoever adds to it
// sleeps but once, until the answer. Its length is bounded by the number of callers.
type queue struct {
	filled chan struct{} // has something when something was added, buffered

	mu      sync.Mutex
	waiting []*request
	closed  bool
}

// add says false when the queue is closed.
func (q *queue) add(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, r)
	if len(q.waiting) == 1 {
		q.wake()
	}
	return true
}

// len is how many wait.
func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// take gives the first requests, none if nothing waits. For those that are left there is another signal.
func (q *queue) take(atMost int) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), atMost)
	taken := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	if len(q.waiting) == 0 {
		q.waiting = nil
	} else {
		q.wake()
	}
	return taken
}

// wake does not wait: one signal stands for all that is there.
func (q *queue) wake() {
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// close refuses what comes from now on, and gives what waits.
func (q *queue) close() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.waiting
	q.waiting, q.closed = nil, true
	return waiting
}
