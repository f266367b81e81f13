// Package index is one space's fleet in memory: it applies what was committed and answers which nodes, how many and what is on
// them. It is not durable, checks no rule of the inventory and knows neither the store nor the wire.
//
// Everything a query reads is persistent: a batch copies the few pages that it changes and publishes the result as a new
// Snapshot with one atomic store. So a reader takes no lock, never waits for the writer nor the writer for it, sees whole
// batches only, and may keep a snapshot for as long as it likes; what the snapshot alone still uses is the price.
//
// A type's entries are a dictionary of distinct rows (table), kept by column; an item is a list of row numbers. A filter is
// decided on rows, of which a fleet has far fewer than entries, and the nodes of those that pass are brought together in a
// bitset. Counting intersects sets, or walks the row numbers of the nodes asked about; a count of the whole fleet is kept, with the
// nodes of its greatest buckets, and then only the nodes that have changed since are walked (keptCounts); so are the nodes of a clause
// that is asked for again, as long as they hold (keptClauses).
package index

import (
	"sync"
	"sync/atomic"

	"muster"
)

// Index is one space's fleet. Make one with New.
type Index struct {
	current atomic.Pointer[Snapshot]

	// The writer's.
	freeNodes []uint32 // ordinals of nodes that were forgotten
	nodeCap   uint32   // above every ordinal
	texts     Texts    // names and values
}

// New gives an empty index.
func New() *Index {
	x := &Index{}
	derived := newTable(0, muster.TypeInstanceInformation, 0)
	derived.pieces = &x.texts
	derived.byNode = true
	x.current.Store(&Snapshot{
		tables:  []*table{derived},
		ids:     map[muster.TypeName]uint32{derived.name: derived.id},
		bitsets: &sync.Pool{},
		scratch: &sync.Pool{},
		kept:    &keptCounts{room: keptRoom},
		clauses: &keptClauses{room: clauseRoom},
	})
	return x
}

// Snapshot gives the fleet as the last published batch left it. It is safe beside everything.
func (x *Index) Snapshot() *Snapshot { return x.current.Load() }

// Lookup gives the number of a dictionary row that a published batch has defined. It is safe beside everything and costs a hash
// of the entry and a comparison. The entry is not kept.
func (x *Index) Lookup(t muster.TypeName, e muster.Entry) (muster.RowID, bool) {
	table := x.Snapshot().table(t)
	if table == nil {
		return 0, false
	}
	row, ok := table.lookup(e)
	return muster.RowID(row), ok
}
