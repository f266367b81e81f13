package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"muster"
)

// AppendContent writes the content's split, how many rows it has, and those and the volatile values packed.
func AppendContent(b []byte, c *muster.Content) []byte {
	b = slices.Grow(b, 16+2*len(c.Rows)+len(c.Volatile))
	b = binary.AppendUvarint(b, uint64(c.Split))
	b = binary.AppendUvarint(b, uint64(len(c.Rows)))
	return AppendPacked(b, c)
}

// AppendPacked writes row ids as differences: an image's packages were numbered in the order they were first reported, so most
// differences are 1 and take a byte. The volatile values follow as they are.
func AppendPacked(b []byte, c *muster.Content) []byte {
	b = slices.Grow(b, 2*len(c.Rows)+len(c.Volatile))
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

// CutContent gives the content packed. It shares the memory of body. CheckRows finds out whether its rows are damaged.
func CutContent(body string) (muster.Content, error) {
	d := NewDecoder(body)
	split, rows := d.Uvarint(), d.Count()
	if d.failed || split > math.MaxUint32 || rows > math.MaxUint32 {
		return muster.Content{}, ErrDamaged
	}
	return muster.Content{Split: uint32(split), Packed: muster.Packed{Text: d.rest, Rows: uint32(rows)}}, nil
}

// Unpack gives a packed content with its rows and volatile values.
func Unpack(c muster.Content) (*muster.Content, error) {
	rows, size, err := appendRows(nil, c.Packed)
	if err != nil {
		return nil, err
	}
	return &muster.Content{Rows: rows, Split: c.Split, Volatile: []byte(c.Packed.Text[size:])}, nil
}

// CheckRows finds out whether the rows of a packed content are damaged, or one of them is not known. The scratch is for the next call.
func CheckRows(p muster.Packed, known *RowSet, scratch []muster.RowID) ([]muster.RowID, error) {
	rows, _, err := appendRows(scratch[:0], p)
	if err != nil {
		return rows, err
	}
	for _, id := range rows {
		if !known.Has(id) {
			return rows, fmt.Errorf("it uses row %d, which is not there", id)
		}
	}
	return rows, nil
}

// appendRows adds the rows, and gives how many bytes they take.
func appendRows(rows []muster.RowID, p muster.Packed) (all []muster.RowID, size int, err error) {
	rows = slices.Grow(rows, int(p.Rows))
	last, at := int64(0), 0
	for range p.Rows { // the longest part of a start, so in one loop
		step := uint64(0)
		for shift := 0; ; shift += 7 {
			if at == len(p.Text) || shift > 4*7 {
				return rows, 0, ErrDamaged
			}
			c := p.Text[at]
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

// DecodeContent gives the content with its rows and volatile values.
func DecodeContent(body []byte) (*muster.Content, error) {
	c, err := CutContent(string(body))
	if err != nil {
		return nil, err
	}
	return Unpack(c)
}
