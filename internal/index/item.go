package index

import (
	"iter"
	"slices"
	"time"

	"muster"
	"muster/internal/volatile"
)

// record is a node.
type record struct {
	gen   generation
	id    muster.NodeID
	items []*item // by table and sub-type; AWS:InstanceInformation, whose row is the node's ordinal, comes first
}

// described says whether the node has its AWS:InstanceInformation, and so exists.
func (r *record) described() bool { return len(r.items) > 0 && r.items[0].table == 0 }

// item is never changed once it is in a record.
type item struct {
	table    uint32
	subType  string
	version  muster.Version
	captured muster.CaptureTime
	context  muster.Entry
	reported time.Time
	at       muster.Position
	rows     []uint32 // in the order they were put
	split    uint32   // of the type's splits: which attributes are packed beside the rows
	packed   []byte
}

// of gives the node's items in a table.
func (r *record) of(t *table) []*item {
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
func (i Item) Len() int { return len(i.item.rows) }

// Split is the version of the type's splits that the item was put under.
func (i Item) Split() uint32 { return i.item.split }

// Entries gives the entries from one index up to but not including another, each with its index, in the order they were put.
// It reaches no further than Len. An entry belongs to the caller, its strings to the index.
func (i Item) Entries(from, to int) iter.Seq2[int, muster.Entry] {
	return func(yield func(int, muster.Entry) bool) {
		o := i.table.outsideOf(i.item, nil)
		for at := from; at < min(to, i.Len()); at++ {
			if !yield(at, volatile.Merge(i.table.entry(i.item.rows[at]), o.columns, at)) {
				return
			}
		}
	}
}

// Items gives what a node holds of a type: nothing, one item, or for AWS:ComplianceItem one for each ComplianceType, in order.
func (s *Snapshot) Items(node muster.NodeID, name muster.TypeName) []Item {
	r, t := s.record(node), s.table(name)
	if r == nil || t == nil {
		return nil
	}
	var items []Item
	for _, i := range r.of(t) {
		items = append(items, s.item(i))
	}
	return items
}

func (s *Snapshot) item(i *item) Item {
	return Item{
		SubType: i.subType, Version: i.version, Captured: i.captured, Context: i.context, Reported: i.reported, At: i.at,
		table: s.tables[i.table], item: i,
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
			for _, i := range r.of(table) {
				if !yield(s.holder(r, i)) {
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
		for _, i := range r.items {
			if i.table != 0 && !yield(s.holder(r, i)) {
				return
			}
		}
	}
}

func (s *Snapshot) holder(r *record, i *item) Holder {
	return Holder{r.id, s.tables[i.table].name, i.subType, i.version, i.reported, i.at}
}

// rowsOf gives the distinct rows that a node has of a table, ascending, in the buffer given.
func (r *record) rowsOf(t *table, buffer []uint32) []uint32 {
	buffer = buffer[:0]
	for _, i := range r.of(t) {
		buffer = append(buffer, i.rows...)
	}
	slices.Sort(buffer)
	return slices.Compact(buffer)
}
