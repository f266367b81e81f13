package fleet

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
)

// maxGroup bounds how many calls share a commit: enough to hide the fsync, few enough that the first does not wait for the last.
const maxGroup = 256

// smallGroup is how many calls are never parted.
const smallGroup = 16

// gatherTurns is how often all who can run do so before a group is taken that is smaller than those before. With more turns groups become
// larger, and the processors idle.
const gatherTurns = 2

// probeEvery is how late a store that refused a write is found to take writes again, if nobody calls meanwhile.
const probeEvery = time.Second

// stallAfter is how long a commit takes to fail if the store has not refused it but said nothing.
const stallAfter = 3 * time.Second

var errClosed = errors.New("the server is shutting down")

// commit gives the call to the committer and waits until it is durable and applied, or refused. When ctx ends first, the
// outcome is whatever it will be.
func (f *Fleet) commit(ctx context.Context, call store.Call) error {
	return wait(ctx, &f.queue, &request{call: call, done: make(chan error, 1)})
}

// wait gives the request to whoever takes from the queue, and waits for the answer.
func wait(ctx context.Context, q *queue, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !q.add(r) {
		return errClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runCommitter is the only goroutine that writes the store and, unless others write it too, the state and the index. What queues while
// a commit runs makes up the next one; nothing waits for a timer.
func (f *Fleet) runCommitter() {
	defer func() { answer(f.queue.close(), errClosed) }()
	probe := time.NewTicker(probeEvery)
	defer probe.Stop()
	for !f.closing() { // a load that Close cut short must not be followed by a commit
		select {
		case <-f.queue.filled:
			f.commitGroup(f.takeGroup())
		case <-probe.C:
			if f.writable() != nil {
				f.probe()
			}
		case <-f.stop:
			return
		}
	}
}

// takeGroup gives the requests that make up the next commit. Callers who were answered together come again together. Were all of them in
// one group, nobody would make calls while that is committed; and the first to be back would have a commit of its own, for whose fsync all
// others wait. So groups are kept even, if they are not small: as large as the last two in the mean, but at least half of who waits. And
// while fewer wait than that mean, whoever can run runs first; where nobody can, that takes no time.
func (f *Fleet) takeGroup() []*request {
	even := (f.taken[0] + f.taken[1] + 1) / 2
	for range gatherTurns {
		if f.queue.len() >= even {
			break
		}
		runtime.Gosched()
	}
	group := f.queue.take(min(maxGroup, max(even, (f.queue.len()+1)/2, smallGroup)))
	f.taken = [2]int{f.taken[1], len(group)}
	return group
}

// probe finds out whether the store takes writes again. Who comes while a store that stalls is probed is refused at once, and not when
// that, too, has been waited for.
func (f *Fleet) probe() {
	probing := []*request{{call: probeCall(), done: make(chan error, 1)}}
	if !f.stalls {
		f.commitCalls(probing)
		return
	}
	reason, over := f.writable(), make(chan struct{})
	go func() {
		defer close(over)
		f.stalls = false // for this one
		f.commitCalls(probing)
	}()
	for {
		select {
		case <-f.queue.filled:
			answer(f.queue.take(math.MaxInt), fmt.Errorf("refused: %w", reason))
		case <-over:
			return
		}
	}
}

func (f *Fleet) closing() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}

// probeCall changes nothing, but as it has a position of its own the store has to write to accept it: it finds out whether the
// store takes writes again.
func probeCall() store.Call {
	return store.Call{Decide: func(store.View) ([]muster.Change, error) { return nil, nil }}
}

// commitGroup commits the calls of the group, and runs what else is in it where it stands among them.
func (f *Fleet) commitGroup(group []*request) {
	from := 0
	for at, r := range group {
		if r.run != nil {
			f.commitCalls(group[from:at])
			r.done <- f.runBetween(r.run)
			from = at + 1
		}
	}
	f.commitCalls(group[from:])
}

// runBetween runs it, unless the state is one that nobody knows to be true.
func (f *Fleet) runBetween(run func()) error {
	if f.unloaded {
		return errClosed
	}
	run()
	return nil
}

// commitCalls makes the calls durable, applies them or has the follower do it, and only then answers.
func (f *Fleet) commitCalls(waiting []*request) {
	if f.unloaded {
		answer(waiting, errClosed)
		return
	}
	if reason := f.hopeless(); reason != nil {
		answer(waiting, fmt.Errorf("refused: %w", reason))
		return
	}
	waiting = f.refuseTakenKeys(waiting)
	if len(waiting) == 0 {
		return
	}
	calls := make([]store.Call, len(waiting))
	for i, r := range waiting {
		calls[i] = r.call
	}
	began := time.Now()
	outcomes, err := f.Store.Commit(context.Background(), calls)
	took := time.Since(began)
	f.ObserveCommit(len(calls), took)
	f.commits.add(f.Now(), func(c *Commits) { c.add(Commits{1, len(calls), took, took}) })
	if err != nil {
		f.stalls = f.follower != nil && took > stallAfter
		f.refuse(err)
		answer(waiting, fmt.Errorf("commit: %w", err))
		if errors.Is(err, store.ErrUnknown) && f.follower == nil {
			f.reload()
		}
		return
	}
	if f.down.Swap(nil) != nil {
		f.Log.Info("the store takes writes again")
	}

	if f.follower == nil {
		f.applyGroup(outcomes)
	}
	for i, o := range outcomes {
		if f.follower == nil || o.Err != nil || !f.follower.queue.add(waiting[i]) {
			waiting[i].done <- o.Err
		}
	}
}

// hopeless says why a commit would only wait for a timeout, or nil: the store cannot be reached, or stalls.
func (f *Fleet) hopeless() error {
	switch {
	case f.follower == nil:
		return nil
	case f.stalls:
		return f.writable()
	}
	return f.follower.reason()
}

// applyGroup applies the accepted calls in their order, and shows them together. Of a refused one there is nothing to apply.
func (f *Fleet) applyGroup(outcomes []store.Outcome) {
	s := f.state.Load()
	a := newApplying(s, (*index.Index).Begin)
	at := s.at
	rows := 0
	for _, o := range outcomes {
		if len(o.Changes) == 0 {
			continue
		}
		a.take(f, o.Rows, o.Changes)
		at = o.Changes[len(o.Changes)-1].At
		rows += len(o.Rows)
	}
	a.publish(at)
	s.at = at
	f.stats.Position.Store(uint64(at))
	if f.newRows += rows; f.newRows >= learnEvery {
		f.newRows = 0
		f.wakeBackground()
	}
}

// refuse turns readiness red until a commit goes through.
func (f *Fleet) refuse(err error) {
	if f.down.Swap(&err) == nil {
		f.Log.Error("the store refuses writes; reads go on", "err", err)
	}
}

func answer(waiting []*request, err error) {
	for _, r := range waiting {
		r.done <- err
	}
}

// reload loads the fleet again, after a commit that may or may not have happened. Until it succeeds every write is refused and
// reads see the state before the commit.
func (f *Fleet) reload() {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		s, err := f.load(context.Background())
		if err == nil {
			f.state.Store(s)
			f.down.Store(nil)
			f.Log.Info("the fleet was loaded again after a commit of unknown outcome")
			return
		}
		f.Log.Error("load the fleet again", "err", err, "again_in", wait)
		if !f.refuseFor(wait) {
			f.unloaded = true
			return
		}
	}
}

// refuseFor answers what comes meanwhile with the reason that the fleet is down, and says false when it is being closed.
func (f *Fleet) refuseFor(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-f.queue.filled:
			answer(f.queue.take(math.MaxInt), fmt.Errorf("refused: %w", f.writable()))
		case <-timer.C:
			return true
		case <-f.stop:
			return false
		}
	}
}
