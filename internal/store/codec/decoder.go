package codec

import (
	"encoding/binary"

	"muster"
)

// Decoder takes values off the front of a text that all strings it gives share. After a failure it gives zeros; End tells.
type Decoder struct {
	rest   string
	failed bool
}

// NewDecoder gives a decoder of the text.
func NewDecoder(text string) Decoder { return Decoder{rest: text} }

// More says whether something is left to be taken.
func (d *Decoder) More() bool { return d.rest != "" && !d.failed }

// End fails if something is left, or if anything before was damaged.
func (d *Decoder) End() error {
	if d.failed || d.rest != "" {
		return ErrDamaged
	}
	return nil
}

// Byte takes a byte.
func (d *Decoder) Byte() byte {
	if d.rest == "" {
		d.failed = true
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

// Uvarint takes an unsigned varint of encoding/binary.
func (d *Decoder) Uvarint() uint64 {
	if d.rest != "" && d.rest[0] < 0x80 { // as most are
		v := d.rest[0]
		d.rest = d.rest[1:]
		return uint64(v)
	}
	return d.longUvarint()
}

func (d *Decoder) longUvarint() uint64 {
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

// Varint takes a signed one.
func (d *Decoder) Varint() int64 {
	u := d.Uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// Count takes a number of things that take at least a byte each, so that a damaged one cannot ask for all memory.
func (d *Decoder) Count() int {
	n := d.Uvarint()
	if n > uint64(len(d.rest)) {
		d.failed = true
		return 0
	}
	return int(n)
}

// Text takes what AppendString has written.
func (d *Decoder) Text() string {
	n := d.Count()
	if n == 0 {
		return "" // and nothing that keeps the text
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

// Fields takes so many fields, as AppendEntry has written them. No fields are nil.
func (d *Decoder) Fields(n int) muster.Entry {
	if n == 0 {
		return nil
	}
	e := make(muster.Entry, n)
	for i := range e {
		e[i] = muster.Field{Name: d.Text(), Value: d.Text()}
	}
	return e
}
