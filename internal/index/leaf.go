package index

import (
	"math/bits"
)

const (
	leafSize  = 16384           // numbers that a leaf covers
	leafWords = leafSize / 64   // of its bitmap
	leafFew   = leafWords * 6   // above it a bitmap is about as small as the list, and faster
	leafThin  = leafFew / 4 * 3 // at or below it a bitmap becomes a list again
)

// leaf is a set of numbers below leafSize: a list while they are few, else a bitmap, and the list knows only how many they are.
// There is one for each row and some nodes, so it has the 48 bytes that the allocator gives anyway.
type leaf struct {
	gen   generation
	few   ascending
	words *[leafWords]uint64 // nil while few
}

func (l *leaf) owned(g generation) *leaf {
	if l.gen == g {
		return l
	}
	c := &leaf{gen: g, few: l.few.clone()}
	if l.words != nil {
		words := *l.words
		c.words = &words
	}
	return c
}

func (l *leaf) has(low uint32) bool {
	if l.words != nil {
		return l.words[low/64]&(1<<(low%64)) != 0
	}
	return l.few.has(low)
}

// add puts in a number that is not there, into a leaf that is owned.
func (l *leaf) add(low uint32) {
	if l.words == nil && l.few.n == leafFew {
		l.spread()
	}
	if l.words == nil {
		l.few.add(low)
		return
	}
	l.words[low/64] |= 1 << (low % 64)
	l.few.n++
}

// extend adds ascending numbers, which are greater than those of the leaf, to a leaf that is owned. It writes over the numbers.
func (l *leaf) extend(numbers []uint32) {
	for i := range numbers {
		numbers[i] %= leafSize
	}
	if l.words == nil && int(l.few.n)+len(numbers) <= leafFew {
		l.few.extend(numbers)
		return
	}
	if l.words == nil {
		l.spread()
	}
	for _, low := range numbers {
		l.words[low/64] |= 1 << (low % 64)
	}
	l.few.n += uint32(len(numbers))
}

// spread makes the list a bitmap.
func (l *leaf) spread() {
	l.words = new([leafWords]uint64)
	for low := range l.few.all {
		l.words[low/64] |= 1 << (low % 64)
	}
	l.few = ascending{n: l.few.n}
}

// remove takes out a number that is there, of a leaf that is owned.
func (l *leaf) remove(low uint32) {
	if l.words == nil {
		l.few.remove(low)
		return
	}
	l.words[low/64] &^= 1 << (low % 64)
	if l.few.n--; l.few.n > leafThin {
		return
	}
	l.few = ascending{}
	for at, word := range l.words {
		for ; word != 0; word &= word - 1 {
			l.few.append(uint32(at*64 + bits.TrailingZeros64(word)))
		}
	}
	l.words = nil
}

// each calls yield with the numbers, ascending, until it says false.
func (l *leaf) each(base uint32, yield func(uint32) bool) bool {
	if l.words == nil {
		return l.few.each(func(low uint32) bool { return yield(base + low) })
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
	if l.words == nil {
		l.few.or(to)
		return
	}
	for at, word := range l.words[:min(len(to), leafWords)] {
		to[at] |= word
	}
}

// countIn gives how many of the numbers are in the words.
func (l *leaf) countIn(in []uint64) int {
	if l.words == nil {
		return l.few.countIn(in)
	}
	n := 0
	for at, word := range l.words[:min(len(in), leafWords)] {
		n += bits.OnesCount64(word & in[at])
	}
	return n
}
