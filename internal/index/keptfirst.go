package index

import (
	"cmp"
	"slices"
)

// first finds the outermost buckets that come first when only some nodes are counted: by the nodes that are kept of the greatest buckets, see
// byBuckets, or by the rows of the nodes.
type first struct {
	*eval
	kept   *keptCount
	last   *keptPart
	t      *table // of the last part
	wanted int
	nodes  bitset       // those that are in a group of the first of two parts
	among  []groupNodes // the same by group; of one part, all of them
	groups int          // that a node has at most, of those

	*firstScratch
	together *union
	best     []firstBucket // as many as are wanted, in order
}

// firstScratch is some MB that are used again: else every few questions would make the collector look at the whole fleet.
type firstScratch struct {
	tallies [][]uint32 // by share, see tallyIn
	ofRow   []uint32   // by row: the nodes that have it; one that has it twice counts twice
	most    []int      // by label: what the bucket has at most
	least   []uint32   // by label
	rows    []firstRow
}

// zeroed gives n zeros, in the memory of b if there is room.
func zeroed[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	clear(b[:n])
	return b[:n]
}

type groupNodes struct {
	group uint32
	nodes bitset
}

// firstRow is a row of a bucket that may come first.
type firstRow struct {
	label, group, row uint32
	most              int // what the bucket has at most
}

// firstBucket is a bucket with its cells.
type firstBucket struct {
	ranking
	cells []groupCell
}

type groupCell struct {
	of    [2]uint32
	nodes uint32
}

// addFirst adds to c what countByKept would of the nodes' wanted first outermost buckets. It says false if that does not pay; byRows tells
// whether it does by the rows of the nodes.
func (k *keptCount) addFirst(c *combos, e *eval, nodes bitset, wanted int, byRows bool) bool {
	if last := k.parts[len(k.parts)-1]; last.levels[0] != 0 || e.tables[last.table].byNode {
		return false
	}
	scratch, ok := e.scratch.Get().(*firstScratch)
	if !ok {
		scratch = &firstScratch{}
	}
	defer e.scratch.Put(scratch)
	f := &first{
		eval: e, kept: k, last: k.parts[len(k.parts)-1], wanted: wanted, nodes: e.bitset(),
		firstScratch: scratch, together: e.union(),
	}
	f.t = e.tables[f.last.table]
	f.divide(nodes)
	if !f.byBuckets(nodes.count()) {
		if !byRows {
			return false
		}
		f.byRows()
	}
	tries := k.tries()
	for _, b := range f.best {
		for _, cell := range b.cells {
			c.add(tries, cell.of[2-len(tries):], cell.nodes)
		}
	}
	return true
}

// byRows walks the nodes' rows once, and does no more with them than to count rows, which bounds what the buckets have. Those few that may come
// first are counted by the sets of nodes that have their rows. To find the groups of all rows and count those takes several times as long.
func (f *first) byRows() {
	f.plan("the first %d buckets, by the rows of the nodes", f.wanted)
	if !f.countRows() {
		return
	}
	f.bound()
	floor := int(nthGreatest(f.least, f.wanted))
	if len(f.best) == f.wanted { // by the nodes kept, though there may be better ones
		floor = max(floor, f.best[f.wanted-1].total)
	}
	for f.err == nil {
		f.rank(f.rowsFrom(floor))
		reached := 0
		if len(f.best) == f.wanted {
			reached = f.best[f.wanted-1].total
		}
		if reached >= floor {
			return
		}
		floor = reached // it was too great: a row that a node has twice counts twice
	}
}

// divide finds the nodes of each group of the first of two parts.
func (f *first) divide(nodes bitset) {
	if len(f.kept.parts) == 1 {
		copy(f.nodes, nodes)
		f.among, f.groups = []groupNodes{{nodes: f.nodes}}, 1
		return
	}
	if f.tables[f.kept.parts[0].table].byNode {
		f.divideByValue(nodes)
		return
	}
	of := make([]bitset, len(f.kept.parts[0].parent))
	t := newTeller(f.eval, &f.kept.groupCounts)
	for ordinal := range nodes.each {
		t.meet(0, f.records.get(ordinal))
		f.groups = max(f.groups, len(t.met[0]))
		for _, group := range t.met[0] {
			if of[group] == nil {
				of[group] = f.bitset()
				f.among = append(f.among, groupNodes{group, of[group]})
			}
			of[group].put(ordinal)
			f.nodes.put(ordinal)
		}
		if !f.goOn(1) {
			return
		}
	}
}

// divideByValue does it where a node has one row: those that have a group's values are in it.
func (f *first) divideByValue(nodes bitset) {
	part := f.kept.parts[0]
	t, some := f.tables[part.table], f.bitset()
	for group := uint32(root + 1); int(group) < len(part.parent); group++ {
		if len(part.labelsOf(group)) < len(part.attributes) {
			continue
		}
		in := f.bitset()
		copy(in, nodes)
		for at, label := range part.labelsOf(group) {
			clear(some)
			for v := range t.spellings(t.column(part.attributes[at]), f.text(t, label)) {
				some.or(t.rowsWith.get(v))
			}
			in.and(some)
		}
		if in.any() {
			f.among, f.groups = append(f.among, groupNodes{group, in}), 1
			f.nodes.orBits(in)
		}
		f.goOn(len(in))
	}
}

// countRows walks the rows of the nodes, unless the context ends.
func (f *first) countRows() bool {
	var nodes []uint32
	for ordinal := range f.nodes.each {
		nodes = append(nodes, ordinal)
	}
	into := shares()
	f.tallies = slices.Grow(f.tallies[:0], into)[:into]
	f.share(into, len(nodes), func(e *eval, at, from, to int) {
		tally := zeroed(f.tallies[at], int(f.t.rowCap())+1)
		f.tallies[at] = tally
		for _, ordinal := range nodes[from:to] {
			e.visit(1, 0)
			of := e.records.get(ordinal).of(f.t)
			for i := range of {
				of[i].rowNumbers().tallyIn(tally)
				e.visit(0, of[i].entries())
				if !e.goOn(of[i].entries() + 8) {
					return
				}
			}
		}
	})
	if f.err != nil {
		return false
	}
	f.ofRow = zeroed(f.ofRow, int(f.t.rowCap()))
	have := uint32(0)
	for row := range f.ofRow {
		for _, tally := range f.tallies {
			have += tally[row]
		}
		f.ofRow[row] = have
	}
	return true
}

// bound finds out what each bucket has at most and at least.
func (f *first) bound() {
	f.most, f.least = zeroed(f.most, int(f.t.labelCap())), zeroed(f.least, int(f.t.labelCap()))
	for row, n := range f.ofRow {
		if n == 0 {
			continue
		}
		if group := f.last.group(f.t, uint32(row)); group != 0 {
			label := f.last.outermost(group)
			f.most[label] += int(n) * f.groups
			f.least[label] = max(f.least[label], n)
		}
	}
	f.goOn(len(f.ofRow))
}

// rowsFrom gives the rows of the buckets that may have so many, those of one bucket together, and of one group, and the greatest first.
func (f *first) rowsFrom(floor int) []firstRow {
	rows := f.rows[:0]
	for row, n := range f.ofRow {
		if n == 0 {
			continue
		}
		group := f.last.group(f.t, uint32(row))
		if group == 0 {
			continue
		}
		if label := f.last.outermost(group); f.most[label] >= floor {
			rows = append(rows, firstRow{label, group, uint32(row), f.most[label]})
		}
	}
	f.rows = rows
	f.goOn(len(f.ofRow))
	slices.SortFunc(rows, func(a, b firstRow) int {
		return cmp.Or(cmp.Compare(b.most, a.most), cmp.Compare(a.label, b.label), cmp.Compare(a.group, b.group))
	})
	return rows
}

// rank puts the buckets of the rows in their places.
func (f *first) rank(rows []firstRow) {
	f.best = f.best[:0]
	for len(rows) > 0 && f.mayBeBest(rows[0].most) && f.err == nil {
		n := 1
		for n < len(rows) && rows[n].label == rows[0].label {
			n++
		}
		b := firstBucket{ranking: ranking{label: rows[0].label}}
		f.count(&b, rows[:n])
		f.place(b)
		rows = rows[n:]
	}
}

// mayBeBest says whether a bucket of so many nodes may be one of the best.
func (f *first) mayBeBest(total int) bool {
	return len(f.best) < f.wanted || total >= f.best[f.wanted-1].total
}

// place puts a bucket in its place, if it is one of the best.
func (f *first) place(b firstBucket) {
	if b.total > 0 {
		at, _ := slices.BinarySearchFunc(f.best, b, f.compare)
		f.best = slices.Insert(f.best, at, b)[:min(f.wanted, len(f.best)+1)]
	}
}

// count counts the cells of a bucket, given its rows, and adds them up.
func (f *first) count(b *firstBucket, rows []firstRow) {
	b.total = 0
	for at, r := range rows {
		nodes := f.t.nodes.get(r.row)
		f.together.add(nodes)
		f.goOn(1 + min(nodes.len(), len(f.together.met)))
		if at+1 < len(rows) && rows[at+1].group == r.group {
			continue
		}
		for _, a := range f.among {
			if n := f.together.countIn(a.nodes); n > 0 {
				b.cells = append(b.cells, groupCell{[2]uint32{a.group, r.group}, uint32(n)})
				b.total += n
			}
		}
		f.goOn(len(f.among) * f.together.cost())
		f.together.reset()
	}
}

func (f *first) compare(a, b firstBucket) int { return f.byText(f.t)(a.ranking, b.ranking) }

// nthGreatest gives the number that n-1 of them are greater than or equal to, 0 if there are fewer.
func nthGreatest(numbers []uint32, n int) uint32 {
	if n > len(numbers) {
		return 0
	}
	return bestOf(n, slices.Values(numbers), func(a, b uint32) int { return cmp.Compare(b, a) })[n-1]
}
