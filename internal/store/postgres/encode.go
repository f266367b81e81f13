package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"muster"
)

// This file is the inside of the bytea columns, as docs/format.md has it. Numbers are varints of encoding/binary, strings are
// their length and their bytes.

func appendString[S ~string | ~[]byte](b []byte, s S) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// appendEntry writes nothing but the fields: so there is one way to write an entry, and entries are equal exactly when their bytes
// are.
func appendEntry(b []byte, e muster.Entry) []byte {
	for _, f := range e {
		b = appendString(b, f.Name)
		b = appendString(b, f.Value)
	}
	return b
}

func decodeEntry(body []byte) (muster.Entry, error) {
	d := decoder{rest: string(body)}
	var e muster.Entry
	for d.rest != "" && !d.failed {
		e = append(e, muster.Field{Name: d.string(), Value: d.string()})
	}
	return e, d.end()
}

// entryHash finds rows whose body may be equal. It is the head of a SHA-256: nobody can make the many collisions that would
// turn each look-up into a long search, and two that collide cost one comparison of bodies.
func entryHash(body []byte) int64 {
	sum := sha256.Sum256(body)
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// appendContent writes row ids as differences: an image's packages were numbered in the order they were first reported, so
// most differences are 1 and take a byte. The volatile values follow as they are.
func appendContent(b []byte, c *muster.Content) []byte {
	b = binary.AppendUvarint(b, uint64(c.Split))
	b = binary.AppendUvarint(b, uint64(len(c.Rows)))
	last := int64(0)
	for _, id := range c.Rows {
		b = binary.AppendVarint(b, int64(id)-last)
		last = int64(id)
	}
	return append(b, c.Volatile...)
}

func decodeContent(body []byte) (*muster.Content, error) {
	d := decoder{rest: string(body)}
	split := d.uvarint()
	c := &muster.Content{Split: uint32(split), Rows: make([]muster.RowID, d.count())}
	last := int64(0)
	for i := range c.Rows {
		last += d.varint()
		if last < 1 || last > math.MaxUint32 {
			return nil, errDamaged
		}
		c.Rows[i] = muster.RowID(last)
	}
	if d.failed || split > math.MaxUint32 {
		return nil, errDamaged
	}
	c.Volatile = []byte(d.rest)
	return c, nil
}

// noTime is the zero time, which has no UnixNano.
const noTime = math.MinInt64

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	return t.UnixNano()
}

func instant(ns int64) time.Time {
	if ns == noTime {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

var errDamaged = errors.New("the bytes are damaged")

// decoder takes values off the front of a text that all strings it gives share. After a failure it gives zeros; end tells.
type decoder struct {
	rest   string
	failed bool
}

func (d *decoder) byte() byte {
	if d.rest == "" {
		d.failed = true
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		b := d.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.failed, d.rest = true, ""
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// count is a number of things that take at least a byte each, so that a damaged one cannot ask for all memory.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.failed = true
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n := d.count()
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) end() error {
	if d.failed || d.rest != "" {
		return errDamaged
	}
	return nil
}
