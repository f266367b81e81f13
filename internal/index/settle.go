package index

import (
	"cmp"
	"slices"

	"muster"
)

const (
	// A row that so many of the nodes that are looked at first have is common: its nodes are noted in a bitmap as they come. There are
	// some thousand such rows in a fleet, and they are most of what its nodes have. The other rows are brought together by sorting.
	commonAmong = 8

	lookAtFirst = 32   // one node in so many is looked at first
	mostCommon  = 8192 // bounds the bitmaps, of two kilobytes each
)

// unsorted is the rows that nodes have of a table, one node after the other.
type unsorted struct {
	nodes []uint32
	ends  []uint32 // by node: where its rows end
	rows  []muster.RowID
}

// await notes what a node has for when it is settled.
func (l *load) await(t *table, ordinal uint32, rows []muster.RowID) {
	for len(l.coming) <= int(t.id) {
		l.coming = append(l.coming, unsorted{})
	}
	u := &l.coming[t.id]
	if n := len(u.nodes); n >= 64 && len(u.rows)+len(rows) > cap(u.rows) { // room for all, as far as can be told
		u.rows = slices.Grow(u.rows, len(rows)+len(u.rows)/n*max(0, int(l.settleAfter)-n)*9/8)
	}
	u.nodes = append(u.nodes, ordinal)
	u.rows = append(u.rows, rows...)
	u.ends = append(u.ends, uint32(len(u.rows)))
}

// settle begins to bring the nodes that came since the last time into the sets of their rows. Until it is done nobody else may touch
// those sets.
func (b *Batch) settle() {
	b.fit()
	l := b.load
	l.settling.Wait()
	l.settled = b.index.nodeCap
	for i := range l.gone {
		u := &l.gone[i]
		u.nodes, u.ends, u.rows = u.nodes[:0], u.ends[:0], u.rows[:0]
	}
	l.coming, l.gone = l.gone, l.coming
	gen, going, tables := b.next.gen, l.gone, slices.Clone(b.next.tables)
	caps := make([]uint32, len(tables)) // more may come meanwhile, which these nodes do not have
	for i, t := range tables {
		caps[i] = t.shape.cap()
	}
	l.settling.Go(func() {
		for id := range going {
			l.byRow.settle(gen, tables[id], caps[id], going[id])
		}
	})
}

// settleAll is for what changes nodes that a load has brought.
func (b *Batch) settleAll() {
	b.settle()
	b.load.settling.Wait()
}

// waitBeside is for what changes dictionaries, which in a load is not to be expected after the first node.
func (b *Batch) waitBeside() {
	if b.load != nil {
		b.load.placing.Wait()
		b.load.settling.Wait()
	}
}

// byRow brings nodes together by the rows that they have.
type byRow struct {
	common []uint32 // the common rows
	place  []uint16 // by row: its place among them, from 1
	words  []uint64 // the nodes that have them, for each word of a leaf all rows: those of one node lie together

	leaf  [leafWords]uint64 // scratch of extend, as is the next
	again [leafSize]uint32

	starts, ends []uint32 // by row that is not common: of its nodes
	nodes        []uint32
}

// settle adds the nodes to the sets of their rows, leaf by leaf. It writes over the rows.
func (s *byRow) settle(g generation, t *table, rowCap uint32, u unsorted) {
	if !slices.IsSorted(u.nodes) { // an ordinal was given up, and taken again
		u = u.sorted()
	}
	from := uint32(0)
	for len(u.nodes) > 0 {
		leaf := u.nodes[0] / leafSize
		n, _ := slices.BinarySearch(u.nodes, (leaf+1)*leafSize)
		of := unsorted{u.nodes[:n], u.ends[:n], u.rows}
		s.findCommon(rowCap, from, of)
		from = s.part(rowCap, from, of)
		s.extend(g, t, leaf)
		u.nodes, u.ends = u.nodes[n:], u.ends[n:]
	}
}

// sorted gives the same by node.
func (u unsorted) sorted() unsorted {
	order := make([]int, len(u.nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(u.nodes[a], u.nodes[b]) })
	var by unsorted
	for _, i := range order {
		from := uint32(0)
		if i > 0 {
			from = u.ends[i-1]
		}
		by.nodes, by.rows = append(by.nodes, u.nodes[i]), append(by.rows, u.rows[from:u.ends[i]]...)
		by.ends = append(by.ends, uint32(len(by.rows)))
	}
	return by
}

// findCommon looks at some of the nodes, and finds the rows that many of them have.
func (s *byRow) findCommon(rowCap, from uint32, u unsorted) {
	for _, row := range s.common {
		s.place[row] = 0
	}
	s.common = s.common[:0]
	if len(u.nodes) < lookAtFirst*commonAmong {
		return
	}
	s.place = append(s.place, make([]uint16, max(0, int(rowCap)-len(s.place)))...)
	seen := s.counts(rowCap)
	for i := 0; i < len(u.nodes); i += lookAtFirst {
		if i > 0 {
			from = u.ends[i-1]
		}
		for _, row := range u.rows[from:u.ends[i]] {
			if seen[row]++; seen[row] == commonAmong && len(s.common) < mostCommon {
				s.common = append(s.common, uint32(row))
				s.place[row] = uint16(len(s.common))
			}
		}
	}
	s.words = slices.Grow(s.words[:0], leafWords*len(s.common))[:leafWords*len(s.common)]
	clear(s.words)
}

// counts gives a zero for each row, and one more.
func (s *byRow) counts(rowCap uint32) []uint32 {
	s.starts = slices.Grow(s.starts[:0], int(rowCap)+1)[:rowCap+1]
	clear(s.starts)
	return s.starts
}

// part notes who has the common rows, and sorts the nodes by their other rows. It counts, so that each set is written once and in
// order. It gives where the rows of these nodes end.
func (s *byRow) part(rowCap, from uint32, u unsorted) (end uint32) {
	starts, place := s.counts(rowCap), s.place
	common, kept := len(s.common), from
	end = u.ends[len(u.ends)-1]
	at := from
	for i, until := range u.ends {
		low := u.nodes[i] % leafSize
		words, bit := s.words[int(low/64)*common:][:common], uint64(1)<<(low%64)
		for ; at < until; at++ {
			row := u.rows[at]
			if common > 0 {
				if p := place[row]; p != 0 {
					words[p-1] |= bit
					continue
				}
			}
			u.rows[kept] = row
			kept++
			starts[row+1]++
		}
		u.ends[i] = kept
	}
	for row := 1; row < len(starts); row++ {
		starts[row] += starts[row-1]
	}
	s.nodes = slices.Grow(s.nodes[:0], int(kept-from))[:kept-from]
	s.ends = append(s.ends[:0], starts...)
	at = from
	for i, until := range u.ends {
		ordinal := u.nodes[i]
		for ; at < until; at++ {
			row := u.rows[at]
			if end := s.ends[row]; end == starts[row] || s.nodes[end-1] != ordinal { // a node may have a row twice
				s.nodes[end] = ordinal
				s.ends[row]++
			}
		}
	}
	return end
}

// extend adds the nodes to the sets of their rows.
func (s *byRow) extend(g generation, t *table, leaf uint32) {
	for row := range len(s.starts) - 1 {
		if nodes := s.nodes[s.starts[row]:s.ends[row]]; len(nodes) > 0 {
			t.nodes.set(g, uint32(row), t.nodes.get(uint32(row)).extend(g, nodes))
		}
	}
	for i, row := range s.common {
		for word := range s.leaf {
			s.leaf[word] = s.words[word*len(s.common)+i]
		}
		t.nodes.set(g, row, t.nodes.get(row).extendLeaf(g, leaf, &s.leaf, s.again[:0]))
	}
}

// packSets brings the short lists of the sets that a load has made together in few pieces of memory.
func (t *table) packSets() {
	var pieces []byte
	for _, v := range []*sets{&t.nodes, &t.rowsWith} {
		for place := range v.places {
			if m := v.members.get(place); m != nil && m.leaves == nil {
				m.few.pack(&pieces)
			}
		}
	}
}
