package codec

import "muster"

// RowSet is a set of row ids. The nil one is empty.
type RowSet struct{ words []uint64 }

// NewRowSet gives an empty set with room for ids up to the highest.
func NewRowSet(highest muster.RowID) *RowSet { return &RowSet{make([]uint64, highest/64+1)} }

// Add puts in an id that there is room for.
func (s *RowSet) Add(id muster.RowID) { s.words[id/64] |= 1 << (id % 64) }

// Has says whether the id is in the set.
func (s *RowSet) Has(id muster.RowID) bool {
	return s != nil && int(id/64) < len(s.words) && s.words[id/64]>>(id%64)&1 != 0
}
