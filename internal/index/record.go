package index

import (
	"slices"

	"muster"
)

// record is a node.
type record struct {
	gen   generation
	id    muster.NodeID
	items []item // by table and sub-type; AWS:InstanceInformation, whose row is the node's ordinal, comes first
}

// item is what a node holds of one type, or of one sub-type of it. A fleet has millions, so it is small: what is the same in most
// items is a number here, and what most do not have is in extra.
type item struct {
	content  string // as package codec writes it: see rowNumbers; empty for none
	extra    *extra // nil for most
	reported muster.Nanos
	at       muster.Position
	captured uint64 // its digits as one number; 0 if extra has the text
	version  uint32 // its place among the table's versions
	table    uint32
}

// extra is what few items have. It never changes.
type extra struct {
	subType  string
	captured muster.CaptureTime // if it does not look as AWS writes it
	context  packedContext
}

var noExtra extra

// more gives what few items have.
func (i *item) more() *extra {
	if i.extra == nil {
		return &noExtra
	}
	return i.extra
}

// capturedText gives the time of the capture as it was put.
func (i *item) capturedText() muster.CaptureTime {
	if i.captured == 0 {
		return i.more().captured
	}
	return unpackCaptured(i.captured)
}

// setMore keeps the extra if there is anything in it.
func (i *item) setMore(x extra) {
	i.extra = nil
	if x.subType != "" || x.captured != "" || x.context != "" {
		i.extra = &x
	}
}

// split gives the version of the type's splits, which says what attributes are packed beside the rows.
func (i *item) split() uint32 {
	if i.content == "" {
		return 0
	}
	split, _ := cutUvarint(i.content)
	return split
}

// rowNumbers gives the packed row numbers, with the volatile values behind them.
func (i *item) rowNumbers() packed {
	if i.content == "" {
		return packed{}
	}
	_, rest := cutUvarint(i.content)
	n, rest := cutUvarint(rest)
	return packed{rest, n}
}

// entries gives how many there are.
func (i *item) entries() int { return int(i.rowNumbers().n) }

// described says whether the node has its AWS:InstanceInformation, and so exists.
func (r *record) described() bool { return len(r.items) > 0 && r.items[0].table == 0 }

// of gives the node's items in a table.
func (r *record) of(t *table) []item {
	from := 0
	for from < len(r.items) && r.items[from].table < t.id {
		from++
	}
	to := from
	for to < len(r.items) && r.items[to].table == t.id {
		to++
	}
	return r.items[from:to]
}

// find gives the place of an item among the record's.
func (r *record) find(table uint32, subType string) (i int, found bool) {
	for i < len(r.items) && r.items[i].table < table {
		i++
	}
	for ; i < len(r.items) && r.items[i].table == table; i++ {
		if have := r.items[i].more().subType; have >= subType {
			return i, have == subType
		}
	}
	return i, false
}

// insert puts in an item at its place. It makes no room for others: most nodes never hold another type.
func (r *record) insert(at int, i item) {
	if len(r.items) == cap(r.items) {
		r.items = append(make([]item, 0, len(r.items)+1), r.items...)
	}
	r.items = slices.Insert(r.items, at, i)
}

// rowsOf gives the distinct rows that a node has of a table, ascending, in the buffer given.
func (r *record) rowsOf(t *table, buffer []uint32) []uint32 {
	buffer = buffer[:0]
	of := r.of(t)
	for i := range of {
		buffer = of[i].rowNumbers().appendTo(buffer)
	}
	slices.Sort(buffer)
	return slices.Compact(buffer)
}

// capturedAs tells how AWS writes the time of a capture: by its digits and what is between them.
const capturedAs = "0000-00-00T00:00:00Z"

// packCaptured gives the digits as one number, 0 if the text is not like AWS's or has no digit but 0.
func packCaptured(text muster.CaptureTime) uint64 {
	if len(text) != len(capturedAs) {
		return 0
	}
	digits := uint64(0)
	for i := range len(text) {
		switch c := text[i]; {
		case capturedAs[i] != '0' && c != capturedAs[i], capturedAs[i] == '0' && (c < '0' || '9' < c):
			return 0
		case capturedAs[i] == '0':
			digits = digits*10 + uint64(c-'0')
		}
	}
	return digits
}

func unpackCaptured(digits uint64) muster.CaptureTime {
	text := []byte(capturedAs)
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '0' {
			text[i] += byte(digits % 10)
			digits /= 10
		}
	}
	return muster.CaptureTime(text)
}
