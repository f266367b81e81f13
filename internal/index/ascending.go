package index

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// ascending is a short list of ascending numbers, each as its difference from the one before: a byte or two where they lie close.
type ascending struct {
	packed []byte
	last   uint32
	n      uint32
}

func ascendingOf(numbers []uint32) ascending {
	var a ascending
	a.extend(numbers)
	return a
}

// extend adds ascending numbers that are greater than all others, and leaves no room for more. What a had before stays as it was.
func (a *ascending) extend(numbers []uint32) {
	size, last := len(a.packed), a.last
	for _, m := range numbers {
		size += (bits.Len32((m-last)|1) + 6) / 7
		last = m
	}
	a.packed = append(make([]byte, 0, size), a.packed...)
	for _, m := range numbers {
		a.append(m)
	}
}

// pack has the list in memory that it shares with others: most are of some bytes, and a load has written each several times, which left holes
// between them.
func (a *ascending) pack(pieces *[]byte) {
	n := len(a.packed)
	if n > cap(*pieces)-len(*pieces) {
		*pieces = make([]byte, 0, textPiece)
	}
	from := len(*pieces)
	*pieces = append(*pieces, a.packed...)
	a.packed = (*pieces)[from : from+n : from+n]
}

// append adds a number that is greater than all others.
func (a *ascending) append(m uint32) {
	a.packed = binary.AppendUvarint(a.packed, uint64(m-a.last))
	a.last = m
	a.n++
}

// each calls yield with the numbers until it says false.
func (a *ascending) each(yield func(uint32) bool) bool {
	m := uint32(0)
	for at := 0; at < len(a.packed); at++ {
		b := uint32(a.packed[at])
		d := b & 0x7f
		for shift := 7; b >= 0x80; shift += 7 {
			at++
			b = uint32(a.packed[at])
			d |= b & 0x7f << shift
		}
		if m += d; !yield(m) {
			return false
		}
	}
	return true
}

// or adds the numbers to the words of a bitset. What follows are the loops of each with their ends known, which are most of a
// question's time.
func (a *ascending) or(to []uint64) {
	m := uint32(0)
	for at := 0; at < len(a.packed); at++ {
		b := uint32(a.packed[at])
		d := b & 0x7f
		for shift := 7; b >= 0x80; shift += 7 {
			at++
			b = uint32(a.packed[at])
			d |= b & 0x7f << shift
		}
		m += d
		to[m/64] |= 1 << (m % 64)
	}
}

// countIn gives how many of the numbers are in the words of a bitset.
func (a *ascending) countIn(in []uint64) (n int) {
	m := uint32(0)
	for at := 0; at < len(a.packed); at++ {
		b := uint32(a.packed[at])
		d := b & 0x7f
		for shift := 7; b >= 0x80; shift += 7 {
			at++
			b = uint32(a.packed[at])
			d |= b & 0x7f << shift
		}
		m += d
		n += int(in[m/64] >> (m % 64) & 1)
	}
	return n
}

func (a *ascending) appendTo(numbers []uint32) []uint32 {
	for m := range a.all {
		numbers = append(numbers, m)
	}
	return numbers
}

func (a *ascending) all(yield func(uint32) bool) { a.each(yield) }

func (a *ascending) has(wanted uint32) bool {
	if a.n == 0 || wanted > a.last {
		return false // the newest node has the highest ordinal
	}
	for m := range a.all {
		if m >= wanted {
			return m == wanted
		}
	}
	return false
}

// add puts in a number that is not there. What a had before stays as it was, but for room behind it.
func (a *ascending) add(m uint32) {
	if a.n == 0 || m > a.last {
		a.append(m)
		return
	}
	var buffer [setFew + 1]uint32
	numbers := a.appendTo(buffer[:0])
	at, _ := slices.BinarySearch(numbers, m)
	*a = ascendingOf(slices.Insert(numbers, at, m))
}

// remove takes out a number that is there.
func (a *ascending) remove(m uint32) {
	var buffer [setFew + 1]uint32
	numbers := a.appendTo(buffer[:0])
	at, _ := slices.BinarySearch(numbers, m)
	*a = ascendingOf(slices.Delete(numbers, at, at+1))
}

// clone gives a list of its own to go on with.
func (a *ascending) clone() ascending {
	if a.packed == nil {
		return *a
	}
	return ascending{append(make([]byte, 0, len(a.packed)+len(a.packed)/8+2), a.packed...), a.last, a.n}
}
