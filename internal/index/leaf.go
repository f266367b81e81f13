package index

import (
	"math/bits"
	"slices"
)

const (
	leafSize  = 16384           // numbers that a leaf covers
	leafWords = leafSize / 64   // of its bitmap
	leafFew   = leafWords * 4   // above it a bitmap is smaller than the list
	leafThin  = leafFew / 4 * 3 // at or below it a bitmap becomes a list again
)

// leaf is a set of numbers below leafSize: a list while they are few, else a bitmap. Most of a fleet's memberships are in such lists.
// As differences from the one before they would take a third less memory, and a multiple of the time to go through, as where each begins is
// known only once the one before it has been read. There is a leaf for each row and some nodes, so it has the 48 bytes that the allocator
// gives anyway.
type leaf struct {
	gen   generation
	few   []uint16           // ascending
	words *[leafWords]uint64 // nil while few
	n     uint32
}

func (l *leaf) owned(g generation) *leaf {
	if l.gen == g {
		return l
	}
	c := &leaf{gen: g, n: l.n}
	if l.words != nil {
		words := *l.words
		c.words = &words
	} else {
		c.few = append(make([]uint16, 0, len(l.few)+len(l.few)/8+1), l.few...)
	}
	return c
}

func (l *leaf) has(low uint32) bool {
	if l.words != nil {
		return l.words[low/64]&(1<<(low%64)) != 0
	}
	_, found := slices.BinarySearch(l.few, uint16(low))
	return found
}

// add puts in a number that is not there, into a leaf that is owned.
func (l *leaf) add(low uint32) {
	if l.words == nil && l.n == leafFew {
		l.spread()
	}
	if l.words == nil {
		at, _ := slices.BinarySearch(l.few, uint16(low))
		l.few = slices.Insert(l.few, at, uint16(low))
	} else {
		l.words[low/64] |= 1 << (low % 64)
	}
	l.n++
}

// extend adds ascending numbers, which are greater than those of the leaf, to a leaf that is owned. It leaves no room for more.
func (l *leaf) extend(numbers []uint32) {
	l.n += uint32(len(numbers))
	if l.words == nil && l.n <= leafFew {
		few := append(make([]uint16, 0, l.n), l.few...)
		for _, number := range numbers {
			few = append(few, uint16(number%leafSize))
		}
		l.few = few
		return
	}
	if l.words == nil {
		l.spread()
	}
	for _, number := range numbers {
		low := number % leafSize
		l.words[low/64] |= 1 << (low % 64)
	}
}

// spread makes the list a bitmap.
func (l *leaf) spread() {
	words := new([leafWords]uint64)
	l.or(words)
	l.words, l.few = words, nil
}

// remove takes out a number that is there, of a leaf that is owned.
func (l *leaf) remove(low uint32) {
	l.n--
	if l.words == nil {
		at, _ := slices.BinarySearch(l.few, uint16(low))
		l.few = slices.Delete(l.few, at, at+1)
		return
	}
	l.words[low/64] &^= 1 << (low % 64)
	if l.n > leafThin {
		return
	}
	few := make([]uint16, 0, l.n)
	l.each(0, func(low uint32) bool {
		few = append(few, uint16(low))
		return true
	})
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
func (l *leaf) or(to *[leafWords]uint64) {
	for _, low := range l.few {
		to[low/64%leafWords] |= 1 << (low % 64)
	}
	if l.words == nil {
		return
	}
	for at, word := range l.words {
		to[at] |= word
	}
}

// countIn gives how many of the numbers are in the words.
func (l *leaf) countIn(in *[leafWords]uint64) (n int) {
	for _, low := range l.few {
		n += int(in[low/64%leafWords] >> (low % 64) & 1)
	}
	if l.words == nil {
		return n
	}
	for at, word := range l.words {
		n += bits.OnesCount64(word & in[at])
	}
	return n
}
