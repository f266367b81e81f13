package fleet

import (
	"context"
	"sync"
	"time"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
)

const (
	// expiryFloor is the number of nodes that a sweep may always take data from: the share means nothing in a small fleet.
	expiryFloor = 25

	// expiryEvery is how often the fleet is swept.
	expiryEvery = 5 * time.Minute

	// clockJump is how far apart two looks at the clock may be without the clock being suspect.
	clockJump = 2 * expiryEvery

	// expiryStep is how many items one transaction takes away.
	expiryStep = 500
)

// expiry is what the sweeps remember of the clock.
type expiry struct {
	mu      sync.Mutex
	settled time.Time // from when on the clock is trusted
	looked  time.Time
	swept   time.Time
	refused time.Time // when the last refusal was logged
}

// due says whether to sweep now. After a start, and whenever the wall clock jumped (a wrong clock was set, a machine slept), it
// first has to run evenly for the settling time, so that living nodes can report before they are taken for dead.
func (e *expiry) due(now time.Time, settle time.Duration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now = now.Round(0) // the wall clock, without the monotonic one
	if step := now.Sub(e.looked); e.looked.IsZero() || step < 0 || step > clockJump {
		e.settled = now.Add(settle)
	}
	e.looked = now
	if now.Before(e.settled) || now.Sub(e.swept) < expiryEvery && !now.Before(e.swept) {
		return false
	}
	e.swept = now
	return true
}

// expire takes away what no report has renewed for the retention time: a type of a node by its own clock, a node with all it has
// when it has been silent as a whole.
func (f *Fleet) expire(ctx context.Context, now time.Time) error {
	if !f.sweep.due(now, f.ExpirySettle) {
		return nil
	}
	cutoff := now.Add(-f.Retention)
	for _, sp := range f.state.Load().eachSpace() {
		old := f.oldItems(sp, cutoff)
		if !f.plausible(sp, old, now) {
			continue
		}
		for len(old) > 0 {
			step := old[:min(expiryStep, len(old))]
			if err := f.commit(ctx, expireCall(step, cutoff)); err != nil {
				return err
			}
			f.stats.Expired.Add(uint64(len(step)))
			old = old[len(step):]
		}
		if err := f.expireNodes(ctx, sp, cutoff); err != nil {
			return err
		}
	}
	return nil
}

// oldItems gives the items last reported before the cutoff, those of one node side by side.
func (f *Fleet) oldItems(sp *space, cutoff time.Time) []muster.ItemKey {
	var old []muster.ItemKey
	sp.index.Snapshot().EachItem(func(h index.Holder) bool {
		if h.Reported.Before(cutoff) {
			old = append(old, itemKey(sp.name, h))
		}
		return true
	})
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, n := range sp.nodes {
		if n.info != nil && n.info.Reported.Before(cutoff) {
			old = append(old, muster.ItemKey{Space: sp.name, Node: id, Type: muster.TypeInstanceInformation})
		}
	}
	return old
}

// plausible refuses a sweep that would take from too large a part of the fleet, and says so once an hour.
func (f *Fleet) plausible(sp *space, old []muster.ItemKey, now time.Time) bool {
	nodes := map[muster.NodeID]bool{}
	for _, key := range old {
		nodes[key.Node] = true
	}
	all := sp.index.Snapshot().Nodes()
	if len(nodes) <= expiryFloor || float64(len(nodes)) <= f.ExpiryShare*float64(all) {
		return true
	}
	f.stats.ExpiryRefused.Add(1)
	if now.Sub(f.sweep.refused) >= time.Hour {
		f.sweep.refused = now
		f.Log.Error("refused to expire data: too much of the fleet would lose some at once; check the clock and the network, then raise the allowed share if it is right",
			"space", sp.name.String(), "nodes", len(nodes), "of", all, "allowed_share", f.ExpiryShare)
	}
	return false
}

// expireCall takes away the items that are still old when it is decided.
func expireCall(keys []muster.ItemKey, cutoff time.Time) store.Call {
	reads := make([]muster.Key, len(keys))
	for i, key := range keys {
		reads[i] = key
	}
	return store.Call{Reads: reads, Decide: func(v store.View) ([]muster.Change, error) {
		var changes []muster.Change
		for _, key := range reads {
			if item := store.Get[*muster.Item](v, key); item != nil && item.Reported.Before(cutoff) {
				changes = append(changes, muster.Change{Key: key})
			}
		}
		return changes, nil
	}}
}

// expireNodes takes away the records of silent nodes. Their items went before: none was reported later than its node.
func (f *Fleet) expireNodes(ctx context.Context, sp *space, cutoff time.Time) error {
	for _, id := range f.silentNodes(sp, cutoff) {
		key := muster.NodeKey{Space: sp.name, Node: id}
		err := f.commit(ctx, store.Call{Reads: []muster.Key{key}, Decide: func(v store.View) ([]muster.Change, error) {
			if n := store.Get[*muster.Node](v, key); n == nil || !n.Reported.Before(cutoff) {
				return nil, nil
			}
			return []muster.Change{{Key: key}}, nil
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *Fleet) silentNodes(sp *space, cutoff time.Time) []muster.NodeID {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var silent []muster.NodeID
	for id, n := range sp.nodes {
		if n.record != nil && n.record.Reported.Before(cutoff) {
			silent = append(silent, id)
		}
	}
	return silent
}
