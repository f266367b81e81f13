package index

import "slices"

// packed is row numbers in the order they were put, each as its difference from the one before: what package codec writes, with what
// follows them in a content. A store numbers the new rows of a report one after the other, so on nodes that were made from one image
// nearly all take one byte.
type packed struct {
	text string
	n    uint32
}

// appendTo unpacks the numbers.
func (p packed) appendTo(rows []uint32) []uint32 {
	had := len(rows)
	rows = slices.Grow(rows, int(p.n))[:had+int(p.n)]
	row, at := uint32(0), 0
	for i := range rows[had:] {
		b := uint64(p.text[at])
		at++
		d := b & 0x7f
		for shift := 7; b >= 0x80; shift += 7 {
			b = uint64(p.text[at])
			at++
			d |= b & 0x7f << shift
		}
		row += uint32(d>>1) ^ -uint32(d&1) // d may have a bit more than a row
		rows[had+i] = row
	}
	return rows
}

// oneMore is how a number is packed that is one more than the one before.
const oneMore = 2

// tallyIn adds the numbers to a tally, as runs of ascending ones: it adds one where a run begins and takes it away behind its end, so that
// the sums from the beginning on are how often each number was added. A node of an image has some dozen runs.
func (p packed) tallyIn(tally []uint32) {
	row, at := uint32(0), 0
	for left := p.n; left > 0; {
		b := uint64(p.text[at])
		at++
		d := b & 0x7f
		for shift := 7; b >= 0x80; shift += 7 {
			b = uint64(p.text[at])
			at++
			d |= b & 0x7f << shift
		}
		row += uint32(d>>1) ^ -uint32(d&1) // d may have a bit more than a row
		tally[row]++
		left--
		for left > 0 && p.text[at] == oneMore {
			row, at, left = row+1, at+1, left-1
		}
		tally[row+1]--
	}
}

// each unpacks them one by one.
func (p packed) each(yield func(row uint32) bool) {
	row, at := uint32(0), 0
	for range p.n {
		b := uint64(p.text[at])
		at++
		d := b & 0x7f
		for shift := 7; b >= 0x80; shift += 7 {
			b = uint64(p.text[at])
			at++
			d |= b & 0x7f << shift
		}
		if row += uint32(d>>1) ^ -uint32(d&1); !yield(row) { // d may have a bit more than a row
			return
		}
	}
}

// cut takes the numbers off what follows them.
func (p packed) cut() (rows, rest string) {
	at := 0
	for n := p.n; n > 0; at++ {
		if p.text[at] < 0x80 {
			n--
		}
	}
	return p.text[:at], p.text[at:]
}
