package codec

import (
	"encoding/binary"
	"math"
	"slices"

	"muster"
)

// AppendContent writes row ids as differences: an image's packages were numbered in the order they were first reported, so
// most differences are 1 and take a byte. The volatile values follow as they are.
func AppendContent(b []byte, c *muster.Content) []byte {
	b = slices.Grow(b, 16+2*len(c.Rows)+len(c.Volatile))
	b = binary.AppendUvarint(b, uint64(c.Split))
	b = binary.AppendUvarint(b, uint64(len(c.Rows)))
	last := int64(0)
	for _, id := range c.Rows {
		b = binary.AppendVarint(b, int64(id)-last)
		last = int64(id)
	}
	return append(b, c.Volatile...)
}

// DecodeContent adds the content's rows to those that are there. The volatile values are the end of body.
func DecodeContent(body []byte, rows []muster.RowID) (all []muster.RowID, split uint32, volatile []byte, err error) {
	version, size := binary.Uvarint(body)
	if size <= 0 || version > math.MaxUint32 {
		return rows, 0, nil, ErrDamaged
	}
	body = body[size:]
	n, size := binary.Uvarint(body)
	if size <= 0 || n > uint64(len(body)) {
		return rows, 0, nil, ErrDamaged
	}
	body = body[size:]
	last := int64(0)
	rows = slices.Grow(rows, int(n))
	at := 0
	for range n { // the longest part of a start, so in one loop
		step := uint64(0)
		for shift := 0; ; shift += 7 {
			if at == len(body) || shift > 4*7 {
				return rows, 0, nil, ErrDamaged
			}
			c := body[at]
			at++
			step |= uint64(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
		last += int64(step>>1) ^ -int64(step&1)
		if last < 1 || last > math.MaxUint32 {
			return rows, 0, nil, ErrDamaged
		}
		rows = append(rows, muster.RowID(last))
	}
	return rows, uint32(version), body[at:], nil
}
