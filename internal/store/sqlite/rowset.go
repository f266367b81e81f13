package sqlite

import (
	"iter"

	"muster"
)

// rowSet is the rows of a dictionary by their hash, in some 14 bytes each: with an index in the file each new row would dirty a
// page of its own. It finds candidates; their bodies decide.
type rowSet struct {
	slots []uint64 // hash and id, each of 32 bits, 0 if free; a row is in the first free slot from that of its hash on
	used  int
}

func slotOf(hash uint32, id muster.RowID) uint64 { return uint64(hash)<<32 | uint64(id) }

func (s *rowSet) home(slot uint64) int { return int(slot>>32) & (len(s.slots) - 1) }
func (s *rowSet) next(i int) int       { return (i + 1) & (len(s.slots) - 1) }

// find gives the rows that have the hash.
func (s *rowSet) find(hash uint32) iter.Seq[muster.RowID] {
	return func(yield func(muster.RowID) bool) {
		if len(s.slots) == 0 {
			return
		}
		for i := s.home(slotOf(hash, 0)); s.slots[i] != 0; i = s.next(i) {
			if uint32(s.slots[i]>>32) == hash && !yield(muster.RowID(s.slots[i])) {
				return
			}
		}
	}
}

// add puts a row in that is not there.
func (s *rowSet) add(hash uint32, id muster.RowID) {
	if 4*(s.used+1) > 3*len(s.slots) {
		s.grow()
	}
	s.used++
	s.place(slotOf(hash, id))
}

func (s *rowSet) place(slot uint64) {
	i := s.home(slot)
	for s.slots[i] != 0 {
		i = s.next(i)
	}
	s.slots[i] = slot
}

func (s *rowSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(64, 2*len(old)))
	for _, slot := range old {
		if slot != 0 {
			s.place(slot)
		}
	}
}

// remove takes a row out that is there, and closes the gap: what follows it moves up, unless it is at home behind the gap.
func (s *rowSet) remove(hash uint32, id muster.RowID) {
	gap := s.home(slotOf(hash, id))
	for s.slots[gap] != slotOf(hash, id) {
		gap = s.next(gap)
	}
	s.used--
	for i := s.next(gap); s.slots[i] != 0; i = s.next(i) {
		fromHome := (i - s.home(s.slots[i])) & (len(s.slots) - 1)
		fromGap := (i - gap) & (len(s.slots) - 1)
		if fromHome >= fromGap {
			s.slots[gap] = s.slots[i]
			gap = i
		}
	}
	s.slots[gap] = 0
}
