package index

import (
	"maps"
	"slices"
	"strings"

	"muster"
	"muster/internal/store/codec"
)

// Batch is changes that become visible together. It is the single writer's: there is one at a time, used by one goroutine, and
// every batch that was begun is published. All it is given is copied. The space of a key or a row is not looked at.
//
// Define, Put and Drop are not for AWS:InstanceInformation, which Describe sets.
type Batch struct {
	index         *Index
	next          Snapshot
	before, after []uint32 // scratch
	content       []byte   // likewise

	changed     int    // records, about
	lastOrdinal uint32 // of the record that was owned last
	last        *record

	load *load // if it is one, or nil
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
	if b.load != nil {
		b.finishLoad()
	}
	b.next.position = at
	b.next.kept.noteChanges(b.changed, b.next.Nodes())
	b.index.current.Store(&b.next)
}

// Define makes dictionary rows known. A row's number stays its own for ever; to define it again changes nothing.
func (b *Batch) Define(rows []muster.Row) {
	b.waitBeside()
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Type == rows[0].Type {
			n++
		}
		b.table(rows[0].Type).define(b.next.gen, rows[:n])
		rows = rows[n:]
	}
}

// Put sets an item whose rows are defined. Without content it keeps the rows of the one before and takes the rest from item.
func (b *Batch) Put(key muster.ItemKey, at muster.Position, it *muster.Item) {
	t := b.table(key.Type)
	ordinal, r := b.ownRecord(key.Node)
	i, found := r.find(t.id, key.SubType)
	now := item{table: t.id}
	if found {
		now = r.items[i]
	}
	now.reported, now.at = muster.NanosOf(it.Reported), at
	if !found || t.versions[now.version] != it.Version {
		now.version = t.internVersion(it.Version)
	}
	t.setExtra(&now, key.SubType, it)
	if it.Content != nil {
		b.setContent(t, &now, it.Content)
	}
	if b.load != nil && !found && ordinal >= b.load.settled {
		b.add(t, ordinal, r, i, &now)
		if it.Content != nil {
			b.load.await(t, ordinal, it.Content.Rows)
		}
		return
	}
	b.replace(t, ordinal, r, i, found, &now)
}

// setExtra keeps what the index has already, where it is the same.
func (t *table) setExtra(now *item, subType string, it *muster.Item) {
	captured := it.Captured
	if now.captured = packCaptured(captured); now.captured != 0 {
		captured = ""
	}
	old, context := now.more(), t.packContext(it.Context)
	if old.subType == subType && old.captured == captured && string(old.context) == string(context) {
		return
	}
	var texts *Texts
	if now.extra == nil || t.loading {
		texts = &t.contents
	}
	now.setMore(extra{
		subType:  texts.Copy(subType),
		captured: muster.CaptureTime(texts.Copy(string(captured))),
		context:  packedContext(texts.CopyBytes(context)),
	})
}

// mayBePart is how long a packed content is that may be a part of a longer text, which to keep it would keep as well.
const mayBePart = 64

func (b *Batch) setContent(t *table, now *item, c *muster.Content) {
	if text := c.Packed; text != "" {
		switch {
		case len(text) > mayBePart:
		case t.loading:
			text = t.contents.Copy(text)
		default:
			text = strings.Clone(text)
		}
		now.content = text
		return
	}
	b.content = codec.AppendContent(b.content[:0], c)
	switch {
	case now.content == string(b.content):
	case now.content == "":
		now.content = t.contents.CopyBytes(b.content)
	default: // which is replaced as often as not, and would keep what it shares a piece with
		now.content = string(b.content)
	}
}

// Split makes known how the contents of a type are parted. It comes before the first Put under a new version.
func (b *Batch) Split(name muster.TypeName, s *muster.Splits) { b.table(name).noteSplits(s) }

// Drop takes an item away, if it is there.
func (b *Batch) Drop(key muster.ItemKey) {
	t := b.next.table(key.Type)
	r := b.record(key.Node)
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
	if !r.described() {
		r.insert(0, item{})
		t.holders = t.holders.add(b.next.gen, ordinal)
		t.entries++
	}
	now := &r.items[0]
	now.version = t.internVersion(version)
	t.setExtra(now, "", &muster.Item{Captured: captured})
	b.setContent(t, now, &muster.Content{Rows: []muster.RowID{muster.RowID(ordinal)}})
	if !t.is(ordinal, e) {
		t.setRow(b.next.gen, ordinal, e)
	}
}

// Renew is Describe for a node whose entry stays as it is.
func (b *Batch) Renew(node muster.NodeID, version muster.Version, captured muster.CaptureTime) {
	t := b.ownTable(0)
	_, r := b.ownRecord(node)
	now := &r.items[0]
	now.version = t.internVersion(version)
	t.setExtra(now, "", &muster.Item{Captured: captured})
}

// Described gives back what Describe was last told of a node, as far as it is there.
func (b *Batch) Described(node muster.NodeID) (muster.Version, muster.CaptureTime, muster.Entry) {
	r := b.record(node)
	if r == nil || !r.described() {
		return "", "", nil
	}
	ordinal, t := r.items[0].rowNumbers().appendTo(nil)[0], b.next.tables[0]
	return t.versions[r.items[0].version], r.items[0].capturedText(), t.entry(ordinal)
}

// Undescribe takes a node's AWS:InstanceInformation away, and with it the node. What was put for it waits for another Describe.
func (b *Batch) Undescribe(node muster.NodeID) {
	if r := b.record(node); r == nil || !r.described() {
		return
	}
	ordinal, r := b.ownRecord(node)
	t := b.ownTable(0)
	r.items = r.items[1:]
	t.holders = t.holders.remove(b.next.gen, ordinal)
	t.entries--
	t.clearRow(b.next.gen, ordinal)
	b.release(ordinal, r)
}

// Forget takes a node away with everything it holds.
func (b *Batch) Forget(node muster.NodeID) {
	b.Undescribe(node)
	if b.record(node) == nil {
		return
	}
	ordinal, r := b.ownRecord(node)
	for len(r.items) > 0 {
		last := len(r.items) - 1
		b.replace(b.ownTable(r.items[last].table), ordinal, r, last, true, nil)
	}
	b.release(ordinal, r)
}

// replace puts now, or nothing, in the place of the node's item i, which is there if found, and brings all that follows from an
// item up to date: the nodes of its rows, the type's holders and its number of entries.
func (b *Batch) replace(t *table, ordinal uint32, r *record, i int, found bool, now *item) {
	if b.load != nil {
		b.settleAll()
	}
	var old item
	if found {
		old = r.items[i]
	}
	if found && now != nil && old.content == now.content {
		r.items[i] = *now // which is all that a report by hash does
		return
	}
	b.before = r.rowsOf(t, b.before)
	switch {
	case now == nil:
		r.items = slices.Delete(r.items, i, i+1)
	case found:
		r.items[i] = *now
	default:
		r.insert(i, *now)
	}
	b.after = r.rowsOf(t, b.after)
	b.post(t, ordinal)
	t.entries -= old.entries()
	if now != nil {
		t.entries += now.entries()
	}
	if len(r.of(t)) > 0 {
		t.holders = t.holders.add(b.next.gen, ordinal)
	} else {
		t.holders = t.holders.remove(b.next.gen, ordinal)
	}
}

// add is replace for a new item of a node that is not settled. The items of a node come together, so they grow in a place of their
// own until the next node comes.
func (b *Batch) add(t *table, ordinal uint32, r *record, i int, now *item) {
	if l := b.load; l.growing != r {
		b.fit()
		l.growing, r.items = r, append(l.items[:0], r.items...)
	}
	r.items = slices.Insert(r.items, i, *now)
	t.entries += now.entries()
	t.holders = t.holders.add(b.next.gen, ordinal)
}

// fit gives the record whose items grow a place that fits, with room for its description.
func (b *Batch) fit() {
	l := b.load
	if r := l.growing; r != nil {
		n := len(r.items)
		if !r.described() {
			n++
		}
		l.items, r.items = r.items, append(make([]item, 0, n), r.items...)
		l.growing = nil
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
			nodes := t.nodes.get(after[0])
			if nodes.len() == 0 {
				t.revive(after[0])
			}
			t.nodes.set(g, after[0], nodes.add(g, ordinal))
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
	t.loading, t.pieces = b.load != nil, &b.index.texts
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
		copied.loading = b.load != nil
		t = &copied
		b.next.tables[id] = t
	}
	return t
}

// ownRecord gives the node's record for writing, a new one if there is none. The items of a call are one node's, so the record
// is looked for once.
func (b *Batch) ownRecord(node muster.NodeID) (ordinal uint32, r *record) {
	if b.last != nil && b.last.id == node {
		return b.lastOrdinal, b.last
	}
	g := b.next.gen
	ordinal, r, p := b.find(node)
	isNew := r == nil
	if isNew {
		ordinal = b.index.takeOrdinal()
	}
	switch {
	case isNew:
		r = &record{gen: g, id: muster.NodeID(b.index.texts.Copy(string(node)))}
		b.next.records.set(g, ordinal, r)
		if b.load != nil {
			b.load.ordinals[r.id] = ordinal
		} else {
			b.next.byID.insert(g, p, ordinal)
		}
	case r.gen != g:
		r = &record{g, r.id, slices.Clone(r.items)}
		b.next.records.set(g, ordinal, r)
	}
	b.changed++
	b.lastOrdinal, b.last = ordinal, r
	return ordinal, r
}

// find gives the node's record, nil if there is none, and its place if this is no load.
func (b *Batch) find(node muster.NodeID) (ordinal uint32, r *record, p place) {
	var ok bool
	if b.load != nil {
		ordinal, ok = b.load.ordinals[node]
	} else {
		p = b.next.placeOf(node)
		ordinal, ok = b.next.byID.get(p)
	}
	if ok {
		r = b.next.records.get(ordinal)
	}
	if r != nil && r.id != node {
		r = nil
	}
	return ordinal, r, p
}

func (b *Batch) record(node muster.NodeID) *record {
	_, r, _ := b.find(node)
	return r
}

// release gives up a record that holds nothing any more.
func (b *Batch) release(ordinal uint32, r *record) {
	if len(r.items) > 0 {
		return
	}
	b.last = nil
	if b.load != nil {
		delete(b.load.ordinals, r.id)
	} else {
		b.next.byID.remove(b.next.gen, b.next.placeOf(r.id))
	}
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
