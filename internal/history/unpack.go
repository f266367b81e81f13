package history

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"muster"
)

// ErrDamaged is what Unpack gives for bytes that nobody packed.
var ErrDamaged = errors.New("the history is damaged")

// Unpack gives the changes of a record, the newest first; none of no record.
func Unpack(record []byte) ([]Change, error) {
	packed, err := parts(record)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(packed))
	for i, p := range packed {
		if changes[i], err = p.unpack(); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// part is a packed change, parted.
type part struct {
	head, rows string
}

// size is how many bytes it takes at most.
func (p part) size() int { return len(p.head) + binary.MaxVarintLen16 + len(p.rows) }

// parts finds the changes of a record.
func parts(record []byte) ([]part, error) {
	if len(record) == 0 {
		return nil, nil
	}
	if record[0] != format {
		return nil, ErrDamaged
	}
	var all []part
	u := unpacker{rest: string(record[1:])}
	for u.rest != "" {
		head := u.rest
		u.head()
		head = head[:len(head)-len(u.rest)]
		all = append(all, part{head, u.bytes()})
	}
	if u.failed {
		return nil, ErrDamaged
	}
	return all, nil
}

func (p part) unpack() (Change, error) {
	u := unpacker{rest: p.head}
	c := u.head()
	u = unpacker{rest: p.rows}
	for u.rest != "" {
		c.Rows = append(c.Rows, u.row())
	}
	if u.failed {
		return Change{}, ErrDamaged
	}
	return c, nil
}

// unpacker takes values off the front of a text. After a failure it gives zeros, and nothing is left.
type unpacker struct {
	rest   string
	texts  []string
	failed bool
}

func (u *unpacker) head() Change {
	return Change{
		Reported: time.Unix(0, u.varint()).UTC(), Captured: muster.CaptureTime(u.bytes()), Unknown: u.byte() == 1,
		Added: u.number(), Removed: u.number(), Changed: u.number(),
	}
}

func (u *unpacker) row() (r Row) {
	switch u.byte() {
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
		u.fail()
	}
	return r
}

func (u *unpacker) fields() []muster.Field {
	fields := make([]muster.Field, u.count())
	for i := range fields {
		fields[i] = muster.Field{Name: u.text(), Value: u.text()}
	}
	return fields
}

func (u *unpacker) text() string {
	v := u.uvarint()
	n := v >> 1
	if v&1 == 0 {
		u.texts = append(u.texts, u.take(n))
		return u.texts[len(u.texts)-1]
	}
	if n >= uint64(len(u.texts)) {
		u.fail()
		return ""
	}
	return u.texts[n]
}

func (u *unpacker) fail() { u.failed, u.rest = true, "" }

func (u *unpacker) take(n uint64) string {
	if n > uint64(len(u.rest)) {
		u.fail()
		return ""
	}
	s := u.rest[:n]
	u.rest = u.rest[n:]
	return s
}

func (u *unpacker) bytes() string { return u.take(u.uvarint()) }

func (u *unpacker) byte() byte {
	if s := u.take(1); s != "" {
		return s[0]
	}
	return 0
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
	u.fail()
	return 0
}

func (u *unpacker) varint() int64 {
	v := u.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// number takes a count of what is elsewhere.
func (u *unpacker) number() int { return int(u.uvarint() & (1<<31 - 1)) }

// count takes a number of things that follow, of which each takes a byte at least: so a damaged one cannot ask for all memory.
func (u *unpacker) count() int {
	n := u.uvarint()
	if n > uint64(len(u.rest)) {
		u.fail()
		return 0
	}
	return int(n)
}
