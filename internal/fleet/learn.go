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
	// A type is looked at when so many nodes have it and its dictionary has so many rows, more than this part of its entries, and
	// four times as many as when it was looked at last, or learnEvery more than were loaded: at those the server before this one has
	// looked. Few nodes that have little in common look as if everything were volatile, and a small dictionary is worth having: to
	// look for a value in one is faster than anywhere else.
	learnNodes = 300
	learnRows  = 10_000
	learnShare = 0.05

	// learnEntries bounds the sample.
	learnEntries = 30_000

	// learnEvery is how many new rows make it worth looking, and at once.
	learnEvery = 5000
)

// learning remembers how many rows a type has to have to be looked at again.
type learning struct {
	mu   sync.Mutex
	next map[muster.SplitsKey]int
}

// newLearning leaves what has been loaded as it is, until more comes.
func newLearning(s *state) *learning {
	l := &learning{next: map[muster.SplitsKey]int{}}
	for _, sp := range s.eachSpace() {
		for _, t := range sp.index.Snapshot().Types() {
			l.next[muster.SplitsKey{Space: sp.name, Type: t.Type}] = t.Rows + learnEvery
		}
	}
	return l
}

// due says whether to look at the type, and takes note of it.
func (l *learning) due(key muster.SplitsKey, t index.TypeStats) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.Nodes < learnNodes || t.Rows < max(learnRows, l.next[key]) || float64(t.Rows) < learnShare*float64(t.Entries) {
		return false
	}
	l.next[key] = 4 * t.Rows
	return true
}

// expectSplits parts the contents of a type that is new by the attributes that the catalogue expects to be volatile: were they
// only learned, the dictionary would keep the rows of all nodes that came before.
func (f *Fleet) expectSplits(ctx context.Context, space muster.Space, items []PutItem) error {
	snapshot := f.index(space).Snapshot()
	for i := range items {
		it := &items[i]
		if it.HashOnly {
			continue
		}
		expected := schema.VolatileAttributes(it.Type)
		if len(expected) == 0 || snapshot.Splits(it.Type) != nil {
			continue
		}
		if err := f.commit(ctx, splitCall(muster.SplitsKey{Space: space, Type: it.Type}, 0, expected)); err != nil {
			return err
		}
	}
	return nil
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
			found := volatile.Learn(sample(snapshot, t))
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
