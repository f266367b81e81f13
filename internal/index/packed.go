package index

import (
	"slices"

	"muster"
)

// packed is row numbers in the order they were put, each as its difference from the one before, modulo 2^32. A store numbers the
// new rows of a report one after the other, so on nodes that were made from one image nearly all take one byte.
type packed string

func appendPacked(to []byte, rows []muster.RowID) []byte {
	to = slices.Grow(to, len(rows)*2)
	before := uint32(0)
	for _, id := range rows {
		d := int32(uint32(id) - before)
		step := uint32(d<<1 ^ d>>31)
		for ; step >= 0x80; step >>= 7 {
			to = append(to, byte(step)|0x80)
		}
		to = append(to, byte(step))
		before = uint32(id)
	}
	return to
}

// appendTo unpacks the numbers.
func (p packed) appendTo(rows []uint32) []uint32 {
	row := uint32(0)
	for at := 0; at < len(p); at++ {
		b := uint32(p[at])
		d := b & 0x7f
		for shift := 7; b >= 0x80; shift += 7 {
			at++
			b = uint32(p[at])
			d |= b & 0x7f << shift
		}
		row += d>>1 ^ -(d & 1)
		rows = append(rows, row)
	}
	return rows
}
