package index

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"muster"
	"muster/internal/query"
)

// settleAfter is how many nodes a load brings before it looks which rows they have: few enough that these fit in a small part of
// the memory that the fleet will take.
const settleAfter = leafSize

// load is what a batch has besides if it is one for an index that is empty: what can be had for much less when it is done for many
// nodes together is put off.
type load struct {
	texts    texts
	ordinals map[muster.NodeID]uint32 // of all nodes; in their order they are brought at the end

	growing *record // whose items are in the memory of the load
	items   []item  // that memory, while it is free

	settleAfter uint32
	settled     uint32         // the nodes below it are in the sets of their rows, or on their way
	settling    sync.WaitGroup // has at most one
	nodes       nodesByRow     // its scratch
}

// BeginLoad starts a batch for an index that is empty. A load that changes or takes away what it brought itself works, slowly.
func (x *Index) BeginLoad() *Batch {
	b := x.Begin()
	b.load = &load{settleAfter: settleAfter, ordinals: map[muster.NodeID]uint32{}}
	b.shared = &b.load.texts
	b.ownTable(0)
	return b
}

// Settle tells a load that the nodes that came so far are complete, so that what was put off for them can be done beside what comes
// next. What comes for them all the same is taken, slowly.
func (b *Batch) Settle() {
	if b.load != nil && b.index.nodeCap-b.load.settled >= b.load.settleAfter {
		b.settle()
	}
}

// settle begins to bring the nodes that came since the last time into the sets of their rows. Until it is done nobody else may touch
// those, nor change the nodes.
func (b *Batch) settle() {
	b.fit()
	b.last = nil // ownRecord waits if it has to
	l := b.load
	l.settling.Wait()
	from, to := l.settled, b.index.nodeCap
	if l.settled = to; from == to {
		return
	}
	gen, records := b.next.gen, b.next.records // as they are: both grow while this goes on
	tables, caps := slices.Clone(b.next.tables), make([]uint32, len(b.next.tables))
	for i, t := range tables {
		caps[i] = t.shape.cap()
	}
	l.settling.Go(func() {
		for i, t := range tables {
			if t.byNode || caps[i] == 0 {
				continue
			}
			for from := from; from < to; from += settleAfter {
				l.nodes.sort(t, caps[i], &records, from, min(from+settleAfter, to))
				l.nodes.extend(gen, t)
			}
		}
	})
}

// settleAll is for what changes nodes that are settled.
func (b *Batch) settleAll() {
	b.settle()
	b.load.settling.Wait()
}

// nodesByRow is some nodes, sorted by the rows that they have of a table.
type nodesByRow struct {
	starts, ends []uint32 // by row: of its nodes
	nodes        []uint32

	rows  []uint32 // of all nodes, one node after the other
	until []uint32 // by node: where its rows end
}

// sort takes the nodes from one ordinal up to but not including another. It counts, so that each set is written once and in order.
func (s *nodesByRow) sort(t *table, rowCap uint32, records *vector[*record], from, to uint32) {
	s.unpack(t, records, from, to)
	s.starts = slices.Grow(s.starts[:0], int(rowCap)+1)[:rowCap+1]
	clear(s.starts)
	for _, row := range s.rows {
		s.starts[row+1]++
	}
	for row := 1; row < len(s.starts); row++ {
		s.starts[row] += s.starts[row-1]
	}
	s.nodes = slices.Grow(s.nodes[:0], len(s.rows))[:len(s.rows)]
	s.ends = append(s.ends[:0], s.starts...)
	start := uint32(0)
	for i, end := range s.until {
		ordinal := from + uint32(i)
		for _, row := range s.rows[start:end] {
			if at := s.ends[row]; at == s.starts[row] || s.nodes[at-1] != ordinal { // a node may have a row twice
				s.nodes[at] = ordinal
				s.ends[row]++
			}
		}
		start = end
	}
}

func (s *nodesByRow) unpack(t *table, records *vector[*record], from, to uint32) {
	s.rows, s.until = s.rows[:0], s.until[:0]
	for ordinal := from; ordinal < to; ordinal++ {
		if r := records.get(ordinal); r != nil {
			of := r.of(t)
			for i := range of {
				s.rows = of[i].rowNumbers().appendTo(s.rows)
			}
		}
		s.until = append(s.until, uint32(len(s.rows)))
	}
}

// extend adds the nodes to the sets of their rows.
func (s *nodesByRow) extend(g generation, t *table) {
	for row := range len(s.starts) - 1 {
		if nodes := s.nodes[s.starts[row]:s.ends[row]]; len(nodes) > 0 {
			at := t.nodes.at(g, uint32(row))
			*at = at.extend(g, nodes)
		}
	}
}

// placed is what place finds out about a column.
type placed struct {
	ids    []uint32 // the column's values in their order
	starts []uint32 // by value: where its rows start, and end where those of the next one do
	rows   []uint32
}

// place does what a load puts off for the values of a dictionary: it puts them into the order of their columns, and finds the rows
// that have them. Columns have nothing in common but the pages that they are written to.
func (t *table) place(g generation) {
	if !t.unplaced {
		return
	}
	t.unplaced = false
	columns := make([]placed, t.width+1)
	byColumn := make([][]uint32, t.width+1)
	for id := uint32(1); id < t.valueCap; id++ {
		if v := t.values.get(id); v.column != 0 {
			byColumn[v.column] = append(byColumn[v.column], id)
		}
	}
	var workers sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for column := uint32(1); column <= t.width; column++ {
		turns <- struct{}{}
		workers.Go(func() {
			columns[column].ids = t.inOrder(byColumn[column])
			columns[column].starts, columns[column].rows = t.rowsByValue(t.columns.get(column))
			<-turns
		})
	}
	workers.Wait()
	for id := uint32(0); id < t.valueCap; id += pageSize { // so that no page is made below, where two may want it
		t.values.at(g, id)
		t.rowsWith.at(g, id)
	}
	for column := uint32(1); column <= t.width; column++ {
		c := t.ownColumn(g, column)
		turns <- struct{}{}
		workers.Go(func() {
			c.values = orderOf(g, columns[column].ids)
			t.placeColumn(g, &columns[column])
			<-turns
		})
	}
	workers.Wait()
}

// placeColumn notes the bucket of each value and the rows that have it.
func (t *table) placeColumn(g generation, p *placed) {
	bucket, text := uint32(0), ""
	for _, id := range p.ids {
		v := t.values.at(g, id)
		if bucket == 0 || !strings.EqualFold(v.text, text) {
			bucket, text = id, v.text
		}
		v.bucket = bucket
		if rows := p.rows[p.starts[id]:p.starts[id+1]]; len(rows) > 0 {
			t.rowsWith.set(g, id, set{}.extend(g, rows))
		}
	}
}

// inOrder sorts values by folded text and then by text.
func (t *table) inOrder(ids []uint32) []uint32 {
	plain, others := make([]keyedText, 0, len(ids)), []keyedText(nil) // most texts are ASCII, which is sorted faster
	for _, id := range ids {
		k := keyedText{text: t.values.get(id).text, id: id}
		if query.IsASCII(k.text) {
			plain = append(plain, k)
		} else {
			others = append(others, k)
		}
	}
	sortPlain(plain, 0)
	slices.SortFunc(others, keyedText.compare)
	for i := range ids {
		from := &plain
		if len(plain) == 0 || len(others) > 0 && others[0].compare(plain[0]) < 0 {
			from = &others
		}
		ids[i], *from = (*from)[0].id, (*from)[1:]
	}
	return ids
}

// keyedText is a value to be sorted.
type keyedText struct {
	head uint64 // letters of the text, folded
	text string
	id   uint32
}

func (a keyedText) compare(b keyedText) int {
	return cmp.Or(query.CompareFold(a.text, b.text), strings.Compare(a.text, b.text))
}

// sortPlain sorts ASCII texts that are the same, but for letter case, up to a depth. It takes eight letters at a time as one number:
// of texts that begin alike each is looked at once for eight letters, not once for each comparison.
func sortPlain(list []keyedText, depth int) {
	if len(list) < 16 {
		slices.SortFunc(list, keyedText.compare)
		return
	}
	for i := range list {
		list[i].head = query.FoldedASCII(list[i].text[min(depth, len(list[i].text)):])
	}
	slices.SortFunc(list, func(a, b keyedText) int { return cmp.Compare(a.head, b.head) })
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].head == list[0].head {
			n++
		}
		if ended := list[0].head&0xff == 0; ended {
			slices.SortFunc(list[:n], keyedText.compare)
		} else {
			sortPlain(list[:n], depth+8)
		}
		list = list[n:]
	}
}

// rowsByValue sorts the rows that have an attribute by the values that they have, by counting.
func (t *table) rowsByValue(c *column) (starts, rows []uint32) {
	starts = make([]uint32, t.valueCap+2)
	for _, v := range c.each {
		starts[v+2]++
	}
	for v := 2; v < len(starts); v++ {
		starts[v] += starts[v-1]
	}
	rows = make([]uint32, starts[len(starts)-1])
	for row, v := range c.each {
		rows[starts[v+1]] = row
		starts[v+1]++
	}
	return starts, rows
}

// finishLoad does what was put off.
func (b *Batch) finishLoad() {
	b.settle()
	b.orderNodes()
	for _, t := range b.next.tables { // which has nothing in common with settling
		t.place(b.next.gen)
		t.shared = nil
	}
	b.load.settling.Wait()
	b.shared, b.load = nil, nil
}

// orderNodes brings the nodes into the order of their ids.
func (b *Batch) orderNodes() {
	type named struct {
		id      muster.NodeID
		ordinal uint32
	}
	nodes := make([]named, 0, len(b.load.ordinals))
	for id, ordinal := range b.load.ordinals {
		nodes = append(nodes, named{id, ordinal})
	}
	slices.SortFunc(nodes, func(a, b named) int { return cmp.Compare(a.id, b.id) })
	ordinals := make([]uint32, len(nodes))
	for i, n := range nodes {
		ordinals[i] = n.ordinal
	}
	b.next.byID = orderOf(b.next.gen, ordinals)
}
