package history

import (
	"encoding/binary"

	"muster"
)

// A record is a byte, 1, the format, and then changes, the newest first. A change is a head and rows:
//
//	varint   when it was reported, in nanoseconds since 1970
//	uvarint  the length of CaptureTime, and its bytes
//	byte     1 if it is unknown, else 0
//	uvarint  entries added; removed; changed: each one
//	uvarint  the length of the rows in bytes, and the rows
//
// A row is a byte, 1: an entry that went; 2: one that came; 3: one that went and what it has become. An entry is a uvarint, the number
// of its attributes, and two texts for each. What it has become is the same of those attributes that are new or have another value, and
// then the number of those that are no longer there, and a text for each.
//
// A text that was not there before in the rows of the change is a uvarint, twice its length, and its bytes. One that was is twice its
// number and one: texts are numbered from 0 as they come.
const format = 1

const (
	rowWent    = 1
	rowCame    = 2
	rowChanged = rowWent | rowCame
)

// headRoom is what the newest change leaves to each older one, so that it is at least counted.
const headRoom = 48

// Pack packs a change. Rows for which there is no room are left out.
func Pack(c Change) []byte {
	p := packer{room: MaxBytes - headRoom*MaxChanges, numbers: make(map[string]uint64, 64)}
	for _, r := range c.Rows {
		p.row(r)
	}
	b := make([]byte, 0, headRoom+len(p.rows))
	b = binary.AppendVarint(b, c.Reported.UnixNano())
	b = append(binary.AppendUvarint(b, uint64(len(c.Captured))), c.Captured...)
	unknown := byte(0)
	if c.Unknown {
		unknown = 1
	}
	b = append(b, unknown)
	for _, n := range []int{c.Added, c.Removed, c.Changed} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return append(binary.AppendUvarint(b, uint64(len(p.rows))), p.rows...)
}

// Add gives the record with one more change, as Pack packs it. Where there is no room for older ones they lose their rows, the oldest
// first, and then go. A record that is damaged is as good as none.
func Add(record, change []byte) []byte {
	older, _ := parts(record)
	older = older[:min(len(older), MaxChanges-1)]
	size := 1 + len(change)
	for _, c := range older {
		size += c.size()
	}
	for i := len(older) - 1; i >= 0 && size > MaxBytes; i-- {
		size -= older[i].size()
		older[i].rows = ""
		size += older[i].size()
	}
	for size > MaxBytes && len(older) > 0 {
		size -= older[len(older)-1].size()
		older = older[:len(older)-1]
	}
	b := append(append(make([]byte, 0, size), format), change...)
	for _, c := range older {
		b = append(b, c.head...)
		b = append(binary.AppendUvarint(b, uint64(len(c.rows))), c.rows...)
	}
	return b
}

// packer packs the rows of a change.
type packer struct {
	rows    []byte
	room    int
	numbers map[string]uint64 // of the texts so far
}

// row packs one, if there is room for it.
func (p *packer) row(r Row) {
	size, texts := len(p.rows), uint64(len(p.numbers))
	switch {
	case r.After == nil:
		p.rows = append(p.rows, rowWent)
		p.entry(r.Before)
	case r.Before == nil:
		p.rows = append(p.rows, rowCame)
		p.entry(r.After)
	default:
		p.rows = append(p.rows, rowChanged)
		p.entry(r.Before)
		p.change(r.Before, r.After)
	}
	if len(p.rows) <= p.room {
		return
	}
	p.rows = p.rows[:size]
	for text, n := range p.numbers {
		if n >= texts {
			delete(p.numbers, text)
		}
	}
}

func (p *packer) entry(e muster.Entry) {
	p.number(len(e))
	for _, f := range e {
		p.text(f.Name)
		p.text(f.Value)
	}
}

// change packs what has become of an entry.
func (p *packer) change(before, after muster.Entry) {
	others, kept := 0, 0
	for _, f := range after {
		value, had := before.Get(f.Name)
		if had {
			kept++
		}
		if !had || value != f.Value {
			others++
		}
	}
	p.number(others)
	for _, f := range after {
		if value, had := before.Get(f.Name); !had || value != f.Value {
			p.text(f.Name)
			p.text(f.Value)
		}
	}
	p.number(len(before) - kept)
	for _, f := range before {
		if _, has := after.Get(f.Name); !has {
			p.text(f.Name)
		}
	}
}

func (p *packer) number(n int) { p.rows = binary.AppendUvarint(p.rows, uint64(n)) }

func (p *packer) text(s string) {
	if n, ok := p.numbers[s]; ok {
		p.rows = binary.AppendUvarint(p.rows, n<<1|1)
		return
	}
	p.numbers[s] = uint64(len(p.numbers))
	p.rows = append(binary.AppendUvarint(p.rows, uint64(len(s))<<1), s...)
}
