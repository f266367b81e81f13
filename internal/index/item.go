package index

import (
	"iter"
	"time"

	"muster"
	"muster/internal/volatile"
)

// Item is what a node holds of one type, or of one sub-type of it. Its strings are the index's and may be kept.
type Item struct {
	SubType  string // the ComplianceType of an AWS:ComplianceItem
	Version  muster.Version
	Captured muster.CaptureTime
	Context  muster.Entry    // attributes that hold for every entry; Entries does not repeat them
	Reported time.Time       // zero for AWS:InstanceInformation as the fleet derives it
	At       muster.Position // of the put; zero likewise

	table *table
	item  *item
}

// Len is the number of entries.
func (i Item) Len() int { return i.item.entries() }

// Split is the version of the type's splits that the item was put under.
func (i Item) Split() uint32 { return i.item.split() }

// Entries gives the entries from one index up to but not including another, each with its index, in the order they were put.
// It reaches no further than Len. An entry belongs to the caller, its strings to the index.
func (i Item) Entries(from, to int) iter.Seq2[int, muster.Entry] {
	return func(yield func(int, muster.Entry) bool) {
		o := i.table.outsideOf(i.item, nil)
		rows := i.item.rowNumbers().appendTo(nil)
		for at := from; at < min(to, len(rows)); at++ {
			if !yield(at, volatile.Merge(i.table.entry(rows[at]), o.columns, at)) {
				return
			}
		}
	}
}

// Reader reads the entries of one item after the other, for who looks at many and keeps none. The zero value is ready; one goroutine
// at a time may use it.
type Reader struct {
	rows  []uint32
	entry muster.Entry
}

// Entries gives all entries of the item, in the order they were put. Each lies in the memory of the one before.
func (r *Reader) Entries(i Item) iter.Seq[muster.Entry] {
	return func(yield func(muster.Entry) bool) {
		o := i.table.outsideOf(i.item, nil)
		r.rows = i.item.rowNumbers().appendTo(r.rows[:0])
		for at, row := range r.rows {
			r.entry = volatile.Merge(i.table.appendEntry(r.entry[:0], row), o.columns, at)
			if !yield(r.entry) {
				return
			}
		}
	}
}

// Items gives what a node holds of a type: nothing, one item, or for AWS:ComplianceItem one for each ComplianceType, in order.
func (s *Snapshot) Items(node muster.NodeID, name muster.TypeName) []Item {
	return s.AppendItems(nil, node, name)
}

// AppendItems is Items behind what is in the slice already.
func (s *Snapshot) AppendItems(items []Item, node muster.NodeID, name muster.TypeName) []Item {
	r, t := s.record(node), s.table(name)
	if r == nil || t == nil {
		return items
	}
	of := r.of(t)
	for i := range of {
		items = append(items, s.item(&of[i]))
	}
	return items
}

func (s *Snapshot) item(i *item) Item {
	t, more := s.tables[i.table], i.more()
	return Item{
		SubType: more.subType, Version: t.versions[i.version], Captured: i.capturedText(), Context: more.context.unpack(t),
		Reported: i.reported.Time(), At: i.at,
		table: t, item: i,
	}
}

// Holder is an item of a node: what it is stored under, without the space.
type Holder struct {
	Node     muster.NodeID
	Type     muster.TypeName
	SubType  string
	Version  muster.Version
	Reported time.Time
	At       muster.Position
}

// Holders gives the items of a type, by no certain order.
func (s *Snapshot) Holders(t muster.TypeName) iter.Seq[Holder] {
	return func(yield func(Holder) bool) {
		table := s.table(t)
		if table == nil {
			return
		}
		for ordinal := range table.holders.each {
			r := s.records.get(ordinal)
			of := r.of(table)
			for i := range of {
				if !yield(s.holder(r, &of[i])) {
					return
				}
			}
		}
	}
}

// EachItem calls yield with every item that was put, by node, until it says false: all but AWS:InstanceInformation.
func (s *Snapshot) EachItem(yield func(Holder) bool) {
	for ordinal := range s.byID.from(place{}) {
		r := s.records.get(ordinal)
		for i := range r.items {
			if r.items[i].table != 0 && !yield(s.holder(r, &r.items[i])) {
				return
			}
		}
	}
}

func (s *Snapshot) holder(r *record, i *item) Holder {
	t := s.tables[i.table]
	return Holder{r.id, t.name, i.more().subType, t.versions[i.version], i.reported.Time(), i.at}
}
