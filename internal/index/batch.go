package index

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"muster"
)

// Batch is changes that become visible together. It is the single writer's: there is one at a time, used by one goroutine, and
// every batch that was begun is published. All it is given is copied. The space of a key or a row is not looked at.
//
// Define, Put and Drop are not for AWS:InstanceInformation, which Describe sets.
type Batch struct {
	index         *Index
	next          Snapshot
	before, after []uint32 // scratch
}

// Begin starts a batch on what was published last.
func (x *Index) Begin() *Batch {
	next := *x.Snapshot()
	next.gen++
	next.tables = slices.Clone(next.tables)
	return &Batch{index: x, next: next}
}

// Publish makes the batch's changes visible, all at once, as the fleet at the position. The batch is used up.
func (b *Batch) Publish(at muster.Position) {
	b.next.position = at
	b.index.current.Store(&b.next)
}

// Define makes dictionary rows known. A row's number stays its own for ever; to define it again changes nothing.
func (b *Batch) Define(rows []muster.Row) {
	for _, r := range rows {
		b.table(r.Type).define(b.next.gen, uint32(r.ID), r.Entry)
	}
}

// Put sets an item whose rows are defined. Without content it keeps the rows of the one before and takes the rest from item.
func (b *Batch) Put(key muster.ItemKey, at muster.Position, it *muster.Item) {
	t := b.table(key.Type)
	ordinal, r := b.ownRecord(key.Node)
	i, found := r.find(t.id, key.SubType)
	now := &item{table: t.id, reported: it.Reported, at: at, captured: muster.CaptureTime(strings.Clone(string(it.Captured)))}
	if found {
		old := r.items[i]
		now.subType, now.version, now.context = old.subType, old.version, old.context
		now.rows, now.split, now.packed = old.rows, old.split, old.packed
	} else {
		now.subType = strings.Clone(key.SubType)
	}
	if now.version != it.Version {
		now.version = muster.Version(strings.Clone(string(it.Version)))
	}
	if !now.context.Equal(it.Context) {
		now.context = it.Context.Clone()
		t.noteContext(now.context)
	}
	if it.Content != nil && !sameRows(now.rows, it.Content.Rows) {
		now.rows = make([]uint32, len(it.Content.Rows))
		for at, id := range it.Content.Rows {
			now.rows[at] = uint32(id)
		}
	}
	if it.Content != nil {
		now.split, now.packed = it.Content.Split, bytes.Clone(it.Content.Volatile)
	}
	b.replace(t, ordinal, r, i, found, now)
}

// Split makes known how the contents of a type are parted. It comes before the first Put under a new version.
func (b *Batch) Split(name muster.TypeName, s *muster.Splits) { b.table(name).noteSplits(s) }

// Drop takes an item away, if it is there.
func (b *Batch) Drop(key muster.ItemKey) {
	t := b.next.table(key.Type)
	r := b.next.record(key.Node)
	if t == nil || r == nil {
		return
	}
	i, found := r.find(t.id, key.SubType)
	if !found {
		return
	}
	ordinal, r := b.ownRecord(key.Node)
	b.replace(b.ownTable(t.id), ordinal, r, i, true, nil)
	b.release(ordinal, r)
}

// Describe sets a node's AWS:InstanceInformation as the fleet derives it. A node exists while it is described; what was put for
// it before counts from then on.
func (b *Batch) Describe(node muster.NodeID, version muster.Version, captured muster.CaptureTime, e muster.Entry) {
	t := b.ownTable(0)
	ordinal, r := b.ownRecord(node)
	now := &item{
		version:  muster.Version(strings.Clone(string(version))),
		captured: muster.CaptureTime(strings.Clone(string(captured))),
		rows:     []uint32{ordinal},
	}
	if r.described() {
		r.items[0] = now
	} else {
		r.items = slices.Insert(r.items, 0, now)
		t.holders = t.holders.add(b.next.gen, ordinal)
		t.entries++
	}
	t.setRow(b.next.gen, ordinal, e)
}

// Forget takes a node away with everything it holds.
func (b *Batch) Forget(node muster.NodeID) {
	if b.next.record(node) == nil {
		return
	}
	ordinal, r := b.ownRecord(node)
	if r.described() {
		t := b.ownTable(0)
		r.items = r.items[1:]
		t.holders = t.holders.remove(b.next.gen, ordinal)
		t.entries--
		t.clearRow(b.next.gen, ordinal)
	}
	for len(r.items) > 0 {
		last := len(r.items) - 1
		b.replace(b.ownTable(r.items[last].table), ordinal, r, last, true, nil)
	}
	b.release(ordinal, r)
}

// replace puts now, or nothing, in the place of the node's item i, which is there if found, and brings all that follows from an
// item up to date: the nodes of its rows, the type's holders and its number of entries.
func (b *Batch) replace(t *table, ordinal uint32, r *record, i int, found bool, now *item) {
	var old []uint32
	if found {
		old = r.items[i].rows
	}
	same := now != nil && slices.Equal(old, now.rows)
	if !same {
		b.before = r.rowsOf(t, b.before)
	}
	switch {
	case now == nil:
		r.items = slices.Delete(r.items, i, i+1)
	case found:
		r.items[i] = now
	default:
		r.items = slices.Insert(r.items, i, now)
	}
	if !same {
		b.after = r.rowsOf(t, b.after)
		b.post(t, ordinal)
	}
	t.entries -= len(old)
	if now != nil {
		t.entries += len(now.rows)
	}
	if len(r.of(t)) > 0 {
		t.holders = t.holders.add(b.next.gen, ordinal)
	} else {
		t.holders = t.holders.remove(b.next.gen, ordinal)
	}
}

// post moves a node from the rows it had before to those it has after.
func (b *Batch) post(t *table, ordinal uint32) {
	g := b.next.gen
	before, after := b.before, b.after
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0] < after[0]:
			t.nodes.set(g, before[0], t.nodes.get(before[0]).remove(g, ordinal))
			before = before[1:]
		case len(before) == 0 || after[0] < before[0]:
			t.nodes.set(g, after[0], t.nodes.get(after[0]).add(g, ordinal))
			after = after[1:]
		default:
			before, after = before[1:], after[1:]
		}
	}
}

// table gives the table of the name for writing.
func (b *Batch) table(name muster.TypeName) *table {
	if id, ok := b.next.ids[name]; ok {
		return b.ownTable(id)
	}
	name = muster.TypeName(strings.Clone(string(name)))
	t := newTable(b.next.gen, name, uint32(len(b.next.tables)))
	b.next.tables = append(b.next.tables, t)
	b.next.ids = maps.Clone(b.next.ids)
	b.next.ids[name] = t.id
	return t
}

func (b *Batch) ownTable(id uint32) *table {
	t := b.next.tables[id]
	if t.gen != b.next.gen {
		copied := *t
		copied.gen = b.next.gen
		t = &copied
		b.next.tables[id] = t
	}
	return t
}

// ownRecord gives the node's record for writing, a new one if there is none.
func (b *Batch) ownRecord(node muster.NodeID) (ordinal uint32, r *record) {
	g := b.next.gen
	p := b.next.placeOf(node)
	ordinal, ok := b.next.byID.get(p)
	if ok {
		r = b.next.records.get(ordinal)
	}
	switch {
	case !ok || r.id != node:
		ordinal = b.index.takeOrdinal()
		r = &record{gen: g, id: muster.NodeID(strings.Clone(string(node)))}
		b.next.records.set(g, ordinal, r)
		b.next.byID.insert(g, p, ordinal)
	case r.gen != g:
		r = &record{g, r.id, append(make([]*item, 0, len(r.items)+1), r.items...)}
		b.next.records.set(g, ordinal, r)
	}
	return ordinal, r
}

// release gives up a record that holds nothing any more.
func (b *Batch) release(ordinal uint32, r *record) {
	if len(r.items) > 0 {
		return
	}
	b.next.byID.remove(b.next.gen, b.next.placeOf(r.id))
	b.next.records.set(b.next.gen, ordinal, nil)
	b.index.freeNodes = append(b.index.freeNodes, ordinal)
}

func (x *Index) takeOrdinal() uint32 {
	if n := len(x.freeNodes); n > 0 {
		ordinal := x.freeNodes[n-1]
		x.freeNodes = x.freeNodes[:n-1]
		return ordinal
	}
	x.nodeCap++
	return x.nodeCap - 1
}

// find gives the place of an item among the record's.
func (r *record) find(table uint32, subType string) (i int, found bool) {
	return slices.BinarySearchFunc(r.items, table, func(i *item, table uint32) int {
		if i.table != table {
			return cmp.Compare(i.table, table)
		}
		return strings.Compare(i.subType, subType)
	})
}

func sameRows(have []uint32, rows []muster.RowID) bool {
	if len(have) != len(rows) {
		return false
	}
	for i, id := range rows {
		if have[i] != uint32(id) {
			return false
		}
	}
	return true
}

// noteContext remembers which attributes occur in contexts, so that questions about them look there.
func (t *table) noteContext(context muster.Entry) {
	for _, f := range context {
		if at, found := slices.BinarySearch(t.context, f.Name); !found {
			t.context = slices.Insert(slices.Clone(t.context), at, f.Name)
		}
	}
}
