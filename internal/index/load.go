package index

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"muster/internal/query"
)

// settleAfter is how many nodes a load brings before it looks which rows they have.
const settleAfter = 16 * leafSize

// BeginLoad starts a batch for an index that is empty: what can be had for much less when it is done for many nodes together is
// put off. A load that changes or takes away what it brought itself works, slowly.
func (x *Index) BeginLoad() *Batch {
	b := x.Begin()
	b.loading, b.settleAfter = true, settleAfter
	b.ownTable(0)
	return b
}

// settleIfDue brings the nodes that came since the last time into the sets of their rows.
func (b *Batch) settleIfDue() {
	if b.index.nodeCap-b.settled >= b.settleAfter {
		b.settle()
	}
}

// settle brings the nodes that came since the last time into the sets of their rows. It sorts them by their rows, by counting, so
// that each set is written once and in order. The nodes are shared out among the processors.
func (b *Batch) settle() {
	from, to := b.settled, b.index.nodeCap
	b.settled = to
	shares := make([]nodesByRow, runtime.GOMAXPROCS(0))
	size := (to - from + uint32(len(shares)) - 1) / uint32(len(shares))
	for _, t := range b.next.tables {
		if t.byNode || from == to {
			continue
		}
		var workers sync.WaitGroup
		for i := range shares {
			first := from + uint32(i)*size
			workers.Go(func() { shares[i].sort(b, t, min(first, to), min(first+size, to)) })
		}
		workers.Wait()
		for row := range t.shape.cap() {
			for i := range shares {
				if nodes := shares[i].of(row); len(nodes) > 0 {
					at := t.nodes.at(b.next.gen, row)
					*at = at.extend(b.next.gen, nodes)
				}
			}
		}
	}
}

// nodesByRow is some nodes, sorted by the rows that they have of a table.
type nodesByRow struct {
	starts, ends []uint32 // by row
	nodes        []uint32
	rows         []uint32 // scratch
}

func (s *nodesByRow) of(row uint32) []uint32 { return s.nodes[s.starts[row]:s.ends[row]] }

// sort takes the nodes from one ordinal up to but not including another.
func (s *nodesByRow) sort(b *Batch, t *table, from, to uint32) {
	s.starts = slices.Grow(s.starts[:0], int(t.shape.cap())+1)[:t.shape.cap()+1]
	clear(s.starts)
	s.each(b, t, from, to, func(_, row uint32) { s.starts[row+1]++ })
	for row := 1; row < len(s.starts); row++ {
		s.starts[row] += s.starts[row-1]
	}
	total := int(s.starts[len(s.starts)-1])
	s.nodes = slices.Grow(s.nodes[:0], total)[:total]
	s.ends = append(s.ends[:0], s.starts...)
	s.each(b, t, from, to, func(ordinal, row uint32) {
		if end := s.ends[row]; end == s.starts[row] || s.nodes[end-1] != ordinal { // a node may have a row twice
			s.nodes[end] = ordinal
			s.ends[row]++
		}
	})
}

func (s *nodesByRow) each(b *Batch, t *table, from, to uint32, yield func(ordinal, row uint32)) {
	for ordinal := from; ordinal < to; ordinal++ {
		r := b.next.records.get(ordinal)
		if r == nil {
			continue
		}
		of := r.of(t)
		for i := range of {
			s.rows = of[i].rowNumbers().appendTo(s.rows[:0])
			for _, row := range s.rows {
				yield(ordinal, row)
			}
		}
	}
}

// place does what a load puts off for the values of a dictionary: it puts them into the order of their columns, and finds the rows
// that have them. Columns have nothing in common but the pages that they are written to.
func (t *table) place(g generation) {
	if !t.unplaced {
		return
	}
	t.unplaced = false
	type placed struct {
		ids    []uint32 // the column's values in their order
		starts []uint32 // by value: where its rows start, and end where those of the next one do
		rows   []uint32
	}
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
	for column := uint32(1); column <= t.width; column++ {
		p := columns[column]
		t.ownColumn(g, column).values = orderOf(g, p.ids)
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
}

// inOrder sorts values by folded text and then by text.
func (t *table) inOrder(ids []uint32) []uint32 {
	type keyed struct {
		text string
		id   uint32
	}
	list := make([]keyed, len(ids))
	for i, id := range ids {
		list[i] = keyed{t.values.get(id).text, id}
	}
	slices.SortFunc(list, func(a, b keyed) int {
		return cmp.Or(query.CompareFold(a.text, b.text), strings.Compare(a.text, b.text))
	})
	for i := range list {
		ids[i] = list[i].id
	}
	return ids
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
	for _, t := range b.next.tables {
		t.place(b.next.gen)
		t.loading = false
	}
	b.loading = false
}
