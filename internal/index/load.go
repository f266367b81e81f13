package index

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"muster/internal/query"
)

// settleAfter is how many nodes a load brings before it looks which rows they have: few enough that these fit in a small part of
// the memory that the fleet will take.
const settleAfter = leafSize

// BeginLoad starts a batch for an index that is empty: what can be had for much less when it is done for many nodes together is
// put off. A load that changes or takes away what it brought itself works, slowly.
func (x *Index) BeginLoad() *Batch {
	b := x.Begin()
	b.shared, b.settleAfter = &texts{}, settleAfter
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
	b.fit()
	from, to := b.settled, b.index.nodeCap
	b.settled = to
	if b.shares == nil {
		b.shares = make([]nodesByRow, runtime.GOMAXPROCS(0))
	}
	shares := b.shares
	size := (to - from + uint32(len(shares)) - 1) / uint32(len(shares))
	for _, t := range b.next.tables {
		if t.byNode || t.shape.cap() == 0 || from == to {
			continue
		}
		var workers sync.WaitGroup
		for i := range shares {
			first := from + uint32(i)*size
			workers.Go(func() { shares[i].sort(b, t, min(first, to), min(first+size, to)) })
		}
		workers.Wait()
		t.nodes.at(b.next.gen, t.shape.cap()-1) // so that nobody lengthens the vector below
		part := t.shape.cap() / pageSize / uint32(len(shares)) * pageSize
		for i := range shares {
			first, end := uint32(i)*part, uint32(i+1)*part
			if i == len(shares)-1 {
				end = t.shape.cap()
			}
			workers.Go(func() { b.extend(t, shares, first, end) })
		}
		workers.Wait()
	}
}

// extend adds the nodes to the sets of the rows from one up to but not including another.
func (b *Batch) extend(t *table, shares []nodesByRow, from, to uint32) {
	for row := from; row < to; row++ {
		for i := range shares {
			if nodes := shares[i].of(row); len(nodes) > 0 {
				at := t.nodes.at(b.next.gen, row)
				*at = at.extend(b.next.gen, nodes)
			}
		}
	}
}

// nodesByRow is some nodes, sorted by the rows that they have of a table.
type nodesByRow struct {
	starts, ends []uint32 // by row: of its nodes
	nodes        []uint32

	rows  []uint32 // of all nodes, one node after the other
	until []uint32 // by node: where its rows end
}

func (s *nodesByRow) of(row uint32) []uint32 { return s.nodes[s.starts[row]:s.ends[row]] }

// sort takes the nodes from one ordinal up to but not including another.
func (s *nodesByRow) sort(b *Batch, t *table, from, to uint32) {
	s.unpack(b, t, from, to)
	s.starts = slices.Grow(s.starts[:0], int(t.shape.cap())+1)[:t.shape.cap()+1]
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

func (s *nodesByRow) unpack(b *Batch, t *table, from, to uint32) {
	s.rows, s.until = s.rows[:0], s.until[:0]
	for ordinal := from; ordinal < to; ordinal++ {
		if r := b.next.records.get(ordinal); r != nil {
			of := r.of(t)
			for i := range of {
				s.rows = of[i].rowNumbers().appendTo(s.rows)
			}
		}
		s.until = append(s.until, uint32(len(s.rows)))
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
	for _, t := range b.next.tables {
		t.place(b.next.gen)
		t.shared = nil
	}
	b.shared, b.shares = nil, nil
}
