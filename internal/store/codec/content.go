package codec

import (
	"encoding/binary"
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

// CutContent gives the content packed. It shares the memory of body. ReadRow finds out whether its rows are damaged.
func CutContent(body string) (muster.Content, error) {
	d := NewDecoder(body)
	split, rows := d.Uvarint(), d.Count()
	if d.failed || split > math.MaxUint32 || rows > math.MaxUint32 {
		return muster.Content{}, ErrDamaged
	}
	return muster.Content{Split: uint32(split), Packed: muster.Packed{Text: d.rest, Rows: uint32(rows)}}, nil
}

// ReadRow gives the row that follows the one before, 0 before the first, and where the next one begins.
func ReadRow(packed string, at int, before muster.RowID) (id muster.RowID, next int, err error) {
	step := uint64(0)
	for shift := 0; at < len(packed) && shift <= 4*7; shift += 7 {
		c := packed[at]
		at++
		step |= uint64(c&0x7f) << shift
		if c >= 0x80 {
			continue
		}
		row := int64(before) + (int64(step>>1) ^ -int64(step&1))
		if row < 1 || row > math.MaxUint32 {
			return 0, 0, ErrDamaged
		}
		return muster.RowID(row), at, nil
	}
	return 0, 0, ErrDamaged
}

// Unpack gives a packed content with its rows and volatile values.
func Unpack(c muster.Content) (*muster.Content, error) {
	rows := make([]muster.RowID, 0, c.Packed.Rows)
	id, at := muster.RowID(0), 0
	for range c.Packed.Rows {
		var err error
		if id, at, err = ReadRow(c.Packed.Text, at, id); err != nil {
			return nil, err
		}
		rows = append(rows, id)
	}
	return &muster.Content{Rows: rows, Split: c.Split, Volatile: []byte(c.Packed.Text[at:])}, nil
}

// DecodeContent gives the content with its rows and volatile values.
func DecodeContent(body []byte) (*muster.Content, error) {
	c, err := CutContent(string(body))
	if err != nil {
		return nil, err
	}
	return Unpack(c)
}
