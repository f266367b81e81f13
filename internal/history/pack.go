package history

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"time"

	"muster"
)

// A record is a byte, 1, the format, and then changes, the newest first. A change is
//
//	varint   when it was reported, in nanoseconds since 1970
//	text     CaptureTime
//	byte     1 if it is unknown, else 0
//	uvarint  entries added; removed; changed: each one
//	rows, each a byte, 1: an entry that went; 2: one that came; 3: one that went and what it has become; and 0 after the last
//
// An entry is a uvarint, the number of its attributes, and two texts for each. What it has become is the same of those attributes that
// are new or have another value, and then the number of those that are no longer there, and a text for each.
//
// A text that was not there before is a uvarint, twice its length, and its bytes. One that was is twice its number and one: texts are
// numbered from 0 as they come.
const format = 1

const (
	rowEnd     = 0
	rowWent    = 1
	rowCame    = 2
	rowChanged = rowWent | rowCame
)

// headRoom is kept free for every older change, so that it is at least counted.
const headRoom = 48

// ErrDamaged is what Unpack gives for bytes that nobody packed.
var ErrDamaged = errors.New("the history is damaged")

// Add gives the record with one more change. Where there is no room the oldest changes lose their rows and then go, and so do rows of
// the new one. A record that is damaged is as good as none.
func Add(packed []byte, c Change) []byte {
	before, _ := Unpack(packed)
	return Pack(append([]Change{c}, before...))
}

// Pack makes a record of the changes, the newest of which comes first.
func Pack(changes []Change) []byte {
	changes = changes[:min(len(changes), MaxChanges)]
	p := packer{body: []byte{format}, numbers: map[string]uint64{}}
	for i, c := range changes {
		p.room = MaxBytes - headRoom*(len(changes)-1-i)
		if !p.fits(func() { p.head(c) }) {
			break
		}
		for _, r := range c.Rows {
			p.fits(func() { p.row(r) })
		}
		p.body = append(p.body, rowEnd)
	}
	return p.body
}

type packer struct {
	body    []byte
	room    int               // how many bytes there may be
	numbers map[string]uint64 // of the texts so far
}

// fits undoes what does not leave the byte that ends the rows, and says so.
func (p *packer) fits(add func()) bool {
	size, texts := len(p.body), uint64(len(p.numbers))
	add()
	if len(p.body) < p.room {
		return true
	}
	p.body = p.body[:size]
	maps.DeleteFunc(p.numbers, func(_ string, n uint64) bool { return n >= texts })
	return false
}

func (p *packer) head(c Change) {
	p.body = binary.AppendVarint(p.body, c.Reported.UnixNano())
	p.text(string(c.Captured))
	unknown := byte(0)
	if c.Unknown {
		unknown = 1
	}
	p.body = append(p.body, unknown)
	for _, n := range []int{c.Added, c.Removed, c.Changed} {
		p.number(n)
	}
}

func (p *packer) row(r Row) {
	switch {
	case r.After == nil:
		p.body = append(p.body, rowWent)
		p.fields(r.Before)
	case r.Before == nil:
		p.body = append(p.body, rowCame)
		p.fields(r.After)
	default:
		p.body = append(p.body, rowChanged)
		p.fields(r.Before)
		p.fields(slices.DeleteFunc(slices.Clone(r.After), func(f muster.Field) bool { return slices.Contains(r.Before, f) }))
		lost := slices.DeleteFunc(slices.Clone(r.Before), func(f muster.Field) bool { _, kept := r.After.Get(f.Name); return kept })
		p.number(len(lost))
		for _, f := range lost {
			p.text(f.Name)
		}
	}
}

func (p *packer) fields(fields []muster.Field) {
	p.number(len(fields))
	for _, f := range fields {
		p.text(f.Name)
		p.text(f.Value)
	}
}

func (p *packer) number(n int) { p.body = binary.AppendUvarint(p.body, uint64(n)) }

func (p *packer) text(s string) {
	if n, ok := p.numbers[s]; ok {
		p.body = binary.AppendUvarint(p.body, n<<1|1)
		return
	}
	p.numbers[s] = uint64(len(p.numbers))
	p.body = append(binary.AppendUvarint(p.body, uint64(len(s))<<1), s...)
}

// Unpack gives the changes of a record, the newest first; none of no record. Their strings are their own.
func Unpack(packed []byte) ([]Change, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	u := unpacker{rest: string(packed)}
	if u.byte() != format {
		return nil, ErrDamaged
	}
	var changes []Change
	for u.rest != "" && !u.failed {
		changes = append(changes, u.change())
	}
	if u.failed {
		return nil, ErrDamaged
	}
	return changes, nil
}

// unpacker takes values off the front of a record. After a failure it gives zeros.
type unpacker struct {
	rest   string
	texts  []string
	failed bool
}

func (u *unpacker) change() Change {
	c := Change{Reported: time.Unix(0, u.varint()).UTC(), Captured: muster.CaptureTime(u.text()), Unknown: u.byte() == 1}
	c.Added, c.Removed, c.Changed = u.number(), u.number(), u.number()
	for {
		var r Row
		switch u.byte() {
		case rowEnd: // also after a failure
			return c
		case rowWent:
			r.Before = muster.NewEntry(u.fields())
		case rowCame:
			r.After = muster.NewEntry(u.fields())
		case rowChanged:
			r.Before = muster.NewEntry(u.fields())
			r.After = present(muster.NewEntry(slices.Concat(r.Before, u.fields())))
			for range u.count() {
				r.After = r.After.Without(u.text())
			}
		default:
			u.failed, u.rest = true, ""
		}
		c.Rows = append(c.Rows, r)
	}
}

func (u *unpacker) fields() []muster.Field {
	fields := make([]muster.Field, u.count())
	for i := range fields {
		fields[i] = muster.Field{Name: u.text(), Value: u.text()}
	}
	return fields
}

func (u *unpacker) byte() byte {
	if u.rest == "" {
		u.failed = true
		return 0
	}
	b := u.rest[0]
	u.rest = u.rest[1:]
	return b
}

func (u *unpacker) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(u.rest) && i < binary.MaxVarintLen64; i++ {
		b := u.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			u.rest = u.rest[i+1:]
			return v
		}
	}
	u.failed, u.rest = true, ""
	return 0
}

func (u *unpacker) varint() int64 {
	v := u.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// number takes a count of what may be elsewhere.
func (u *unpacker) number() int { return int(u.uvarint() & (1<<31 - 1)) }

// count takes a number of things that follow, of which each takes a byte at least: so a damaged one cannot ask for all memory.
func (u *unpacker) count() int {
	n := u.uvarint()
	if n > uint64(len(u.rest)) {
		u.failed, u.rest = true, ""
		return 0
	}
	return int(n)
}

func (u *unpacker) text() string {
	v := u.uvarint()
	n := v >> 1
	if v&1 == 1 {
		if n >= uint64(len(u.texts)) {
			u.failed, u.rest = true, ""
			return ""
		}
		return u.texts[n]
	}
	if n > uint64(len(u.rest)) {
		u.failed, u.rest = true, ""
		return ""
	}
	s := u.rest[:n]
	u.rest = u.rest[n:]
	u.texts = append(u.texts, s)
	return s
}
