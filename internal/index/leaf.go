package index

import (
	"math/bits"
	"slices"
)

const (
	leafSize  = 4096            // numbers that a leaf covers
	leafWords = leafSize / 64   // of its bitmap
	leafFew   = leafWords * 4   // above it a bitmap is smaller than the sorted list
	leafThin  = leafFew / 4 * 3 // at or below it a bitmap becomes a list again
)

// leaf is a set of numbers below leafSize: sorted while they are few, else a bitmap.
type leaf struct {
	gen   generation
	n     int
	few   []uint16
	words *[leafWords]uint64 // nil while few
}

func (l *leaf) owned(g generation) *leaf {
	if l.gen == g {
		return l
	}
	c := &leaf{gen: g, n: l.n}
	if l.words == nil {
		c.few = append(make([]uint16, 0, l.n+l.n/4+1), l.few...)
		return c
	}
	words := *l.words
	c.words = &words
	return c
}

func (l *leaf) has(low uint16) bool {
	if l.words != nil {
		return l.words[low/64]&(1<<(low%64)) != 0
	}
	if l.n == 0 || low > l.few[l.n-1] {
		return false // the newest node has the highest ordinal
	}
	_, found := slices.BinarySearch(l.few, low)
	return found
}

// add puts in a number that is not there, into a leaf that is owned.
func (l *leaf) add(low uint16) {
	l.n++
	if l.words == nil && l.n > leafFew {
		l.spread()
	}
	if l.words != nil {
		l.words[low/64] |= 1 << (low % 64)
		return
	}
	if l.n == 1 || low > l.few[l.n-2] {
		l.few = append(l.few, low)
		return
	}
	at, _ := slices.BinarySearch(l.few, low)
	l.few = slices.Insert(l.few, at, low)
}

// extend adds ascending numbers, which are greater than those of the leaf, to a leaf that is owned.
func (l *leaf) extend(numbers []uint32) {
	if l.n += len(numbers); l.words == nil && l.n > leafFew {
		l.spread()
	}
	if l.words == nil {
		few := make([]uint16, 0, l.n)
		l.few = append(few, l.few...)
	}
	for _, number := range numbers {
		low := number % leafSize
		if l.words != nil {
			l.words[low/64] |= 1 << (low % 64)
		} else {
			l.few = append(l.few, uint16(low))
		}
	}
}

// spread makes the list a bitmap.
func (l *leaf) spread() {
	l.words = new([leafWords]uint64)
	for _, low := range l.few {
		l.words[low/64] |= 1 << (low % 64)
	}
	l.few = nil
}

// remove takes out a number that is there, of a leaf that is owned.
func (l *leaf) remove(low uint16) {
	l.n--
	if l.words == nil {
		at, _ := slices.BinarySearch(l.few, low)
		l.few = slices.Delete(l.few, at, at+1)
		return
	}
	l.words[low/64] &^= 1 << (low % 64)
	if l.n > leafThin {
		return
	}
	few := make([]uint16, 0, l.n)
	for at, word := range l.words {
		for ; word != 0; word &= word - 1 {
			few = append(few, uint16(at*64+bits.TrailingZeros64(word)))
		}
	}
	l.few, l.words = few, nil
}

// each calls yield with the numbers, ascending, until it says false.
func (l *leaf) each(base uint32, yield func(uint32) bool) bool {
	for _, low := range l.few {
		if !yield(base + uint32(low)) {
			return false
		}
	}
	if l.words == nil {
		return true
	}
	for at, word := range l.words {
		for ; word != 0; word &= word - 1 {
			if !yield(base + uint32(at*64+bits.TrailingZeros64(word))) {
				return false
			}
		}
	}
	return true
}

// or adds the numbers to the words of a bitset that begin at the leaf's base.
func (l *leaf) or(to []uint64) {
	for _, low := range l.few {
		to[low/64] |= 1 << (low % 64)
	}
	if l.words == nil {
		return
	}
	for at, word := range l.words[:min(len(to), leafWords)] {
		to[at] |= word
	}
}

// countIn gives how many of the numbers are in the words.
func (l *leaf) countIn(in []uint64) int {
	n := 0
	for _, low := range l.few {
		n += int(in[low/64] >> (low % 64) & 1)
	}
	if l.words == nil {
		return n
	}
	for at, word := range l.words[:min(len(in), leafWords)] {
		n += bits.OnesCount64(word & in[at])
	}
	return n
}
