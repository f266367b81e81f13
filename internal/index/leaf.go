package index

import "math/bits"

const (
	leafSize  = 16384           // numbers that a leaf covers
	leafWords = leafSize / 64   // of its bitmap
	leafFew   = leafWords * 4   // above it a bitmap is gone through in a fraction of the time, for at most twice the memory
	leafThin  = leafFew / 4 * 3 // at or below it a bitmap becomes a list again
)

// leaf is a set of numbers below leafSize: a list while they are few, else a bitmap. There is one for each row and some nodes, so it has the
// 48 bytes that the allocator gives anyway.
type leaf struct {
	gen   generation
	few   steps
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
		c.few = append(make(steps, 0, len(l.few)+len(l.few)/8+2), l.few...)
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
	if l.words == nil && l.n == leafFew {
		l.spread()
	}
	if l.words == nil {
		l.few = l.few.add(low)
	} else {
		l.words[low/64] |= 1 << (low % 64)
	}
	l.n++
}

// extend adds ascending numbers, which are greater than those of the leaf, to a leaf that is owned. It leaves no room for more.
func (l *leaf) extend(numbers []uint32) {
	l.n += uint32(len(numbers))
	if l.words == nil && l.n <= leafFew {
		l.few = l.few.extend(l.few.last(), numbers)
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
	l.few.or(words)
	l.words, l.few = words, nil
}

// remove takes out a number that is there, of a leaf that is owned.
func (l *leaf) remove(low uint32) {
	l.n--
	if l.words == nil {
		l.few = l.few.remove(low)
		return
	}
	l.words[low/64] &^= 1 << (low % 64)
	if l.n > leafThin {
		return
	}
	numbers := make([]uint32, 0, l.n)
	l.each(0, func(low uint32) bool {
		numbers = append(numbers, low)
		return true
	})
	l.few, l.words = l.few.extend(beforeIt, numbers), nil
}

// each calls yield with the numbers, ascending, until it says false.
func (l *leaf) each(base uint32, yield func(uint32) bool) bool {
	for low := range l.few.each {
		if !yield(base + low) {
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
	l.few.or(to)
	if l.words == nil {
		return
	}
	for at, word := range l.words {
		to[at] |= word
	}
}

// countIn gives how many of the numbers are in the words.
func (l *leaf) countIn(in *[leafWords]uint64) (n int) {
	n = l.few.countIn(in)
	if l.words == nil {
		return n
	}
	for at, word := range l.words {
		n += bits.OnesCount64(word & in[at])
	}
	return n
}
