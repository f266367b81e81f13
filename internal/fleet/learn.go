package fleet

import (
	"context"
	"slices"
	"sync"

	"muster"
	"muster/internal/index"
	"muster/internal/schema"
	"muster/internal/store"
	"muster/internal/volatile"
)

const (
	// A type is looked at when its dictionary has so many rows, more than this part of its entries, and four times as many as
	// when it was looked at last.
	hintRows   = 1000
	learnShare = 0.05

	// It takes so many nodes to judge the attributes that the catalogue expects to be volatile. To judge any other takes more,
	// because few nodes that have little in common look as if everything were volatile, and a dictionary that is worth making
	// smaller: to look for a value in one is faster than anywhere else.
	hintNodes  = 20
	learnNodes = 300
	learnRows  = 10_000

	// learnEntries bounds the sample.
	learnEntries = 30_000

	// learnEvery is how many new rows make it worth looking before the background would.
	learnEvery = 5000
)

// learning remembers which types were looked at.
type learning struct {
	mu     sync.Mutex
	looked map[look]int // rows there were
}

// look is one of the two ways to look at a type.
type look struct {
	muster.SplitsKey
	wide bool // at every attribute, not only those that the catalogue expects to be volatile
}

// due says whether to look at the type, and takes note of it.
func (l *learning) due(at muster.SplitsKey, t index.TypeStats) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := look{at, wide(t)}
	if t.Nodes < hintNodes || t.Rows < hintRows || t.Rows < 4*l.looked[key] || float64(t.Rows) < learnShare*float64(t.Entries) {
		return false
	}
	if l.looked == nil {
		l.looked = map[look]int{}
	}
	l.looked[key] = t.Rows
	return true
}

// learnSplits looks for volatile attributes in the types whose dictionaries grow with their nodes, and parts what is put from
// then on accordingly. What was put before stays as it is. Tags are asked for by their values all day, so they are never parted.
func (f *Fleet) learnSplits(ctx context.Context) error {
	for _, sp := range f.state.Load().eachSpace() {
		snapshot := sp.index.Snapshot()
		for _, t := range snapshot.Types() {
			key := muster.SplitsKey{Space: sp.name, Type: t.Type}
			if t.Type == muster.TypeInstanceInformation || t.Type == muster.TypeTag || !f.learning.due(key, t) {
				continue
			}
			found := volatile.Learn(sample(snapshot, t), expected(t))
			if slices.Equal(found, snapshot.Splits(t.Type).Newest()) {
				continue
			}
			if err := f.commit(ctx, splitCall(key, snapshot.Splits(t.Type).Current(), found)); err != nil {
				return err
			}
			f.Log.Info("learned which attributes are volatile", "space", sp.name.String(), "type", t.Type, "attributes", found)
		}
	}
	return nil
}

// wide says whether there is enough of a type to judge every attribute.
func wide(t index.TypeStats) bool { return t.Nodes >= learnNodes && t.Rows >= learnRows }

// expected gives the attributes that may be found volatile: any in a large sample, in a small one those that the catalogue names.
func expected(t index.TypeStats) func(attribute string) bool {
	if wide(t) {
		return func(string) bool { return true }
	}
	hints := schema.VolatileAttributes(t.Type)
	return func(attribute string) bool { return slices.Contains(hints, attribute) }
}

// splitCall adds a version to the type's splits, unless another server did so meanwhile.
func splitCall(key muster.SplitsKey, seen uint32, attributes []string) store.Call {
	return store.Call{Reads: []muster.Key{key}, Decide: func(v store.View) ([]muster.Change, error) {
		stored := store.Get[*muster.Splits](v, key)
		if stored.Current() != seen {
			return nil, nil
		}
		after := &muster.Splits{}
		if stored != nil {
			after.Versions = slices.Clone(stored.Versions)
		}
		after.Versions = append(after.Versions, attributes)
		return []muster.Change{{Key: key, Value: after}}, nil
	}}
}

// sample gives entries of nodes from all over the fleet.
func sample(s *index.Snapshot, t index.TypeStats) []muster.Entry {
	var entries []muster.Entry
	every := max(1, t.Entries/learnEntries)
	at := 0
	for h := range s.Holders(t.Type) {
		if at++; at%every != 0 {
			continue
		}
		for _, it := range s.Items(h.Node, t.Type) {
			for _, e := range it.Entries(0, it.Len()) {
				entries = append(entries, e)
			}
		}
		if len(entries) >= learnEntries {
			break
		}
	}
	return entries
}
