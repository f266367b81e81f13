package index

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"muster"
	"muster/internal/query"
)

// manyRows are so many that it pays to have them found beside.
const manyRows = 256

// define makes dictionary rows. One that is defined stays what it is.
func (t *table) define(g generation, rows []muster.Row) {
	if len(rows) < manyRows {
		t.setRows(g, rows)
		t.letFind(g, rows)
		return
	}
	var beside sync.WaitGroup // the two have nothing in common
	beside.Go(func() { t.letFind(g, rows) })
	t.setRows(g, rows)
	beside.Wait()
}

func (t *table) setRows(g generation, rows []muster.Row) {
	for _, r := range rows {
		if row := uint32(r.ID); t.shape.get(row) == 0 {
			t.setRow(g, row, r.Entry)
		}
	}
}

// letFind makes the rows known to lookup.
func (t *table) letFind(g generation, rows []muster.Row) {
	for _, r := range rows {
		if row := uint32(r.ID); t.prints.get(row) == 0 {
			hash, print := t.hash(r.Entry)
			t.prints.set(g, row, print)
			t.rowIDs.add(hash, row)
		}
	}
}

// setRow makes the row equal the entry, whatever it was.
func (t *table) setRow(g generation, row uint32, e muster.Entry) {
	old := t.pairs(row)
	now := t.intern(g, e)
	t.replace(g, row, old, now)
	t.edition++
	if shape := t.internShape(now); shape != t.shape.get(row) {
		t.shape.set(g, row, shape)
	}
	if old == nil {
		t.rows++
	}
}

// intern gives the numbers of an entry's attributes and values, until the next call. Neighbouring rows have much in common, so what
// the row before has at the same place is tried first.
func (t *table) intern(g generation, e muster.Entry) []pair {
	before, now := t.interned, t.spare[:0]
	for i, f := range e {
		if i < len(before) && t.columns.get(before[i].column).name == f.Name {
			p := before[i]
			if v := t.values.get(p.value); v.column != p.column || v.text != f.Value {
				p.value = t.internValue(g, p.column, f.Value)
			}
			now = append(now, p)
			continue
		}
		column := t.internColumn(g, f.Name)
		now = append(now, pair{column, t.internValue(g, column, f.Value)})
	}
	t.interned, t.spare = now, before
	return now
}

// clearRow takes the row away.
func (t *table) clearRow(g generation, row uint32) {
	if t.shape.get(row) == 0 {
		return
	}
	t.replace(g, row, t.pairs(row), nil)
	t.edition++
	t.shape.drop(g, row)
	t.prints.drop(g, row)
	t.rows--
}

// pair is an attribute and its value.
type pair struct{ column, value uint32 }

// pairs gives what the row has, nil if it is not defined.
func (t *table) pairs(row uint32) []pair {
	id := t.shape.get(row)
	if id == 0 {
		return nil
	}
	pairs := make([]pair, len(t.shapes[id]))
	for i, at := range t.shapes[id] {
		pairs[i] = pair{at, t.columns.get(at).get(row)}
	}
	return pairs
}

func (t *table) replace(g generation, row uint32, old, now []pair) {
	if t.unplaced {
		t.replaceUnplaced(g, row, old, now)
		return
	}
	for _, p := range now {
		if slices.Contains(old, p) {
			continue
		}
		t.ownColumn(g, p.column).set(g, row, p.value)
		if t.loading {
			t.unplaced = true
		} else {
			t.rowsWith.set(g, p.value, t.rowsWith.get(p.value).add(g, row))
		}
	}
	for _, p := range old {
		if slices.Contains(now, p) {
			continue
		}
		if !slices.ContainsFunc(now, func(q pair) bool { return q.column == p.column }) {
			t.ownColumn(g, p.column).set(g, row, 0)
		}
		rows := t.rowsWith.get(p.value).remove(g, row)
		t.rowsWith.set(g, p.value, rows)
		if rows.len() == 0 {
			t.freeValue(g, p.value)
		}
	}
}

// replaceUnplaced is replace where a load has put off which rows have a value: then place finds out which values none has any more.
func (t *table) replaceUnplaced(g generation, row uint32, old, now []pair) {
	for _, p := range old {
		if slices.Contains(now, p) {
			continue
		}
		t.ownColumn(g, p.column).set(g, row, 0)
		t.orphans = append(t.orphans, p.value)
	}
	for _, p := range now {
		t.ownColumn(g, p.column).set(g, row, p.value)
	}
}

func (t *table) ownColumn(g generation, id uint32) *column {
	c := t.columns.get(id)
	if c.gen != g {
		copied := *c
		copied.gen = g
		copied.thin = slices.Clone(c.thin)
		c = &copied
		t.columns.set(g, id, c)
	}
	return c
}

func (t *table) internColumn(g generation, name string) uint32 {
	p := t.placeOfName(name)
	if id, ok := t.names.get(p); ok && t.columns.get(id).name == name {
		return id
	}
	t.width++
	t.columns.set(g, t.width, &column{gen: g, name: strings.Clone(name)})
	t.names.insert(g, p, t.width)
	return t.width
}

func (l *ledger) hashValue(column uint32, text string) uint32 {
	return uint32(maphash.String(l.seed, text)) ^ column*0x9e3779b1
}

func (t *table) internValue(g generation, column uint32, text string) uint32 {
	hash := t.hashValue(column, text)
	id, ok := t.valueIDs.find(hash, func(id uint32) bool {
		v := t.values.get(id)
		return v.column == column && v.text == text
	})
	if ok {
		return id
	}
	if n := len(t.freeValues); n > 0 {
		id, t.freeValues = t.freeValues[n-1], t.freeValues[:n-1]
		t.ownColumn(g, column).reused++
	} else {
		id = t.valueCap
		t.valueCap++
	}
	v := value{text: t.pieces.Copy(text), column: column, bucket: id}
	t.valueIDs.add(hash, id)
	t.distinct++
	if t.loading {
		t.values.set(g, id, v)
		return id
	}
	c := t.ownColumn(g, column)
	p := t.placeOfValue(c, text)
	for _, neighbour := range c.values.around(p) {
		if peer := t.values.get(neighbour); strings.EqualFold(peer.text, v.text) {
			v.bucket = peer.bucket
		}
	}
	t.values.set(g, id, v)
	c.values.insert(g, p, id)
	return id
}

// freeValue gives up a value that no row has. Snapshots that know it have their own copies of all that tells of it.
func (t *table) freeValue(g generation, id uint32) {
	v := t.values.get(id)
	c := t.ownColumn(g, v.column)
	c.values.remove(g, t.placeOfValue(c, v.text))
	t.valueIDs.remove(t.hashValue(v.column, v.text), id)
	t.values.set(g, id, value{})
	t.freeValues = append(t.freeValues, id)
	t.distinct--
	if v.bucket != id {
		return
	}
	bucket := uint32(0) // the values that shared the bucket need another name for it
	for peer := range t.spellings(c, query.Fold(v.text)) {
		if bucket == 0 {
			bucket = peer
		}
		t.values.at(g, peer).bucket = bucket
		t.rebuckets++
	}
}

func (t *table) internShape(pairs []pair) uint32 {
	if t.lastShape != 0 && slices.EqualFunc(pairs, t.shapes[t.lastShape], func(p pair, column uint32) bool { return p.column == column }) {
		return t.lastShape
	}
	key := make([]byte, 0, 128)
	for _, p := range pairs {
		key = binary.NativeEndian.AppendUint32(key, p.column)
	}
	id, ok := t.shapeIDs[string(key)]
	if !ok {
		shape := make([]uint32, len(pairs))
		for i, p := range pairs {
			shape[i] = p.column
		}
		id = uint32(len(t.shapes))
		t.shapes = append(t.shapes, shape)
		t.shapeIDs[string(key)] = id
	}
	t.lastShape = id
	return id
}

func (t *table) internVersion(v muster.Version) uint32 {
	id, ok := t.versionIDs[v]
	if !ok {
		v = muster.Version(strings.Clone(string(v)))
		id = uint32(len(t.versions))
		t.versions = append(t.versions, v)
		t.versionIDs[v] = id
	}
	return id
}
