package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"muster"
)

// AppendContent writes the content's split, how many rows it has, and these as differences: an image's packages were numbered in the order
// they were first reported, so most differences are 1 and take a byte. The volatile values follow as they are.
func AppendContent(b []byte, c *muster.Content) []byte {
	b = slices.Grow(b, 16+2*len(c.Rows)+len(c.Volatile))
	b = binary.AppendUvarint(b, uint64(c.Split))
	b = binary.AppendUvarint(b, uint64(len(c.Rows)))
	last := uint32(0)
	for _, id := range c.Rows {
		d := int64(id) - int64(last)
		step := uint64(d<<1 ^ d>>63)
		for ; step >= 0x80; step >>= 7 {
			b = append(b, byte(step)|0x80)
		}
		b = append(b, byte(step))
		last = uint32(id)
	}
	return append(b, c.Volatile...)
}

// CutContent gives a content that shares the memory of body, its rows behind those that are there. CheckRows finds out whether they
// are known.
func CutContent(body string, rows []muster.RowID) (c muster.Content, all []muster.RowID, err error) {
	d := NewDecoder(body)
	split, n := d.Uvarint(), d.Count()
	if d.failed || split > math.MaxUint32 {
		return muster.Content{}, rows, ErrDamaged
	}
	had := len(rows)
	rows, size, err := appendRows(rows, d.rest, n)
	if err != nil {
		return muster.Content{}, rows, err
	}
	values := d.rest[size:]
	return muster.Content{
		Rows: rows[had:len(rows):len(rows)], Split: uint32(split), Volatile: unsafe.Slice(unsafe.StringData(values), len(values)), Packed: body,
	}, rows, nil
}

// CheckRows finds out whether one of the rows is not known.
func CheckRows(rows []muster.RowID, known *RowSet) error {
	for _, id := range rows {
		if !known.Has(id) {
			return fmt.Errorf("it uses row %d, which is not there", id)
		}
	}
	return nil
}

// appendRows adds the rows, and gives how many bytes they take.
func appendRows(rows []muster.RowID, text string, n int) (all []muster.RowID, size int, err error) {
	rows = slices.Grow(rows, n)
	last, at := int64(0), 0
	for range n { // much of a start, so in one loop
		step := uint64(0)
		for shift := 0; ; shift += 7 {
			if at == len(text) || shift > 4*7 {
				return rows, 0, ErrDamaged
			}
			c := text[at]
			at++
			step |= uint64(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
		last += int64(step>>1) ^ -int64(step&1)
		if last < 1 || last > math.MaxUint32 {
			return rows, 0, ErrDamaged
		}
		rows = append(rows, muster.RowID(last))
	}
	return rows, at, nil
}

// DecodeContent gives the content of a body.
func DecodeContent(body []byte) (*muster.Content, error) {
	c, _, err := CutContent(string(body), nil)
	if err != nil {
		return nil, err
	}
	return &c, nil
}
