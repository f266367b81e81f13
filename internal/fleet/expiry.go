package fleet

import (
	"context"
	"slices"
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

	// expiryStep is how many records one transaction takes away.
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

// expire takes away what no report has renewed for the retention time: a type of a node by its own clock, and the node when it
// has been silent as a whole.
func (f *Fleet) expire(ctx context.Context, now time.Time) error {
	if !f.sweep.due(now, f.ExpirySettle) {
		return nil
	}
	cutoff := now.Add(-f.Retention)
	for _, sp := range f.state.Load().eachSpace() {
		old := f.oldRecords(sp, cutoff)
		if !f.plausible(sp, old, now) {
			continue
		}
		for step := range slices.Chunk(old, expiryStep) {
			if err := f.expireStep(ctx, step, cutoff); err != nil {
				return err
			}
		}
	}
	return f.forgetActivations(ctx, now.Add(-muster.Retention))
}

// oldRecords gives the items last reported before the cutoff, and after them the nodes that have nothing else.
func (f *Fleet) oldRecords(sp *space, cutoff time.Time) []muster.Key {
	var old []muster.Key
	silent := map[muster.NodeID]bool{}
	s := f.state.Load()
	s.mu.RLock()
	for _, n := range sp.roll {
		oldInfo := n.infoReported.Time().Before(cutoff)
		if n.infoReported != 0 && oldInfo {
			old = append(old, muster.ItemKey{Space: sp.name, Node: n.id, Type: muster.TypeInstanceInformation})
		}
		if oldInfo && lastSign(n).Before(cutoff) && !n.registration.Live() {
			silent[n.id] = true
		}
	}
	s.mu.RUnlock()
	sp.index.Snapshot().EachItem(func(h index.Holder) bool {
		switch {
		case h.Type == muster.TypeTag: // the tags stay for as long as their node does
		case h.Reported.Before(cutoff):
			old = append(old, itemKey(sp.name, h))
		default:
			delete(silent, h.Node) // a clock that was set back dates the node before its items
		}
		return true
	})
	for id := range silent {
		old = append(old, muster.NodeKey{Space: sp.name, Node: id})
	}
	return old
}

func lastSign(n *node) time.Time {
	r := n.record()
	return r.LastSign()
}

func reportedBefore(r muster.Record, cutoff time.Time) bool {
	switch r := r.(type) {
	case *muster.Item:
		return r.Reported.Before(cutoff)
	case *muster.Node:
		return r.LastSign().Before(cutoff) && !r.Registration.Live() // which ends by DeregisterManagedInstance only
	}
	return false // it is gone already
}

// plausible refuses a sweep that would take from too large a part of the fleet, and says so once an hour.
func (f *Fleet) plausible(sp *space, old []muster.Key, now time.Time) bool {
	nodes := map[muster.NodeID]bool{}
	for _, key := range old {
		switch key := key.(type) {
		case muster.ItemKey:
			nodes[key.Node] = true
		case muster.NodeKey:
			nodes[key.Node] = true
		}
	}
	all := sp.index.Snapshot().Nodes()
	if len(nodes) <= expiryFloor || float64(len(nodes)) <= f.ExpiryShare*float64(all) {
		return true
	}
	f.stats.ExpiryRefused.Add(1)
	if f.sweep.tell(now) {
		f.Log.Error("refused to expire data: too much of the fleet would lose some at once; check the clock and the network, then raise the allowed share if it is right",
			"space", sp.name.String(), "nodes", len(nodes), "of", all, "allowed_share", f.ExpiryShare)
	}
	return false
}

// tell says whether a refusal is to be logged: one an hour.
func (e *expiry) tell(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now.Sub(e.refused) < time.Hour {
		return false
	}
	e.refused = now
	return true
}

// goesWith gives what else is to be written when the record goes: with a node its tags, and with what was put as its
// AWS:InstanceInformation the node, whose pings are all that describes it then.
func goesWith(key muster.Key) muster.Key {
	switch key := key.(type) {
	case muster.NodeKey:
		return muster.ItemKey{Space: key.Space, Node: key.Node, Type: muster.TypeTag}
	case muster.ItemKey:
		if key.Type == muster.TypeInstanceInformation {
			return muster.NodeKey{Space: key.Space, Node: key.Node}
		}
	}
	return nil
}

// expireStep takes away those of the records that are still old when it is decided.
func (f *Fleet) expireStep(ctx context.Context, keys []muster.Key, cutoff time.Time) error {
	items := 0
	reads := slices.Clone(keys)
	for _, key := range keys {
		if also := goesWith(key); also != nil {
			reads = append(reads, also)
		}
	}
	err := f.commit(ctx, store.Call{Reads: reads, Decide: func(v store.View) ([]muster.Change, error) {
		items = 0
		var changes []muster.Change
		for _, key := range keys {
			if !reportedBefore(v.Get(key), cutoff) {
				continue
			}
			changes = append(changes, muster.Change{Key: key})
			switch also := goesWith(key).(type) {
			case muster.ItemKey:
				if v.Get(also) != nil {
					changes = append(changes, muster.Change{Key: also})
				}
			case muster.NodeKey:
				if n := store.Get[*muster.Node](v, also); n != nil && n.Ping != nil {
					changes = append(changes, muster.Change{Key: also, Value: n}) // for what its pings say
				}
			}
			if _, ok := key.(muster.ItemKey); ok {
				items++
			}
		}
		return changes, nil
	}})
	if err != nil {
		return err
	}
	f.stats.Expired.Add(uint64(items))
	return nil
}
