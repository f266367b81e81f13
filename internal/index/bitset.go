package index

import (
	"math/bits"
)

// bitset is a set of node ordinals as a query works with it: one bit for every ordinal of the snapshot, set or not.
type bitset []uint64

func (b bitset) has(m uint32) bool { return b[m/64]&(1<<(m%64)) != 0 }

func (b bitset) put(m uint32) { b[m/64] |= 1 << (m % 64) }

func (b bitset) count() int {
	n := 0
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

// countBoth gives how many members are in c, too, which may be shorter or longer.
func (b bitset) countBoth(c bitset) int {
	n, words := 0, min(len(b), len(c))
	c = c[:words]
	for i, word := range b[:words] {
		n += bits.OnesCount64(word & c[i])
	}
	return n
}

func (b bitset) any() bool {
	for _, word := range b {
		if word != 0 {
			return true
		}
	}
	return false
}

// orBits adds the members of c, which may be shorter, or longer by what has no members.
func (b bitset) orBits(c bitset) {
	for i, word := range c[:min(len(b), len(c))] {
		b[i] |= word
	}
}

func (b bitset) and(c bitset) {
	for i, word := range c {
		b[i] &= word
	}
}

func (b bitset) andNot(c bitset) {
	for i, word := range c {
		b[i] &^= word
	}
}

// each calls yield with the members, ascending, until it says false.
func (b bitset) each(yield func(uint32) bool) {
	for at, word := range b {
		for ; word != 0; word &= word - 1 {
			if !yield(uint32(at*64 + bits.TrailingZeros64(word))) {
				return
			}
		}
	}
}

// leaf gives the words that a leaf of a set covers. A bitset for sets has whole leaves.
func (b bitset) leaf(at int) *[leafWords]uint64 { return (*[leafWords]uint64)(b[at*leafWords:]) }

// or adds the members of s.
func (b bitset) or(s set) {
	if s.many == nil {
		if s.one != 0 {
			b.put(s.one - 1)
		}
		return
	}
	s.many.few.or(b)
	for at, l := range s.many.all() {
		if l != nil {
			l.or(b.leaf(at))
		}
	}
}

// countIn gives how many members of s are in b.
func (b bitset) countIn(s set) int {
	if s.many == nil {
		if s.one != 0 && b.has(s.one-1) {
			return 1
		}
		return 0
	}
	n := s.many.few.countIn(b)
	for at, l := range s.many.all() {
		if l != nil {
			n += l.countIn(b.leaf(at))
		}
	}
	return n
}
