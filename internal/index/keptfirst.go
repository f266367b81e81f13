package index

import (
	"cmp"
	"slices"
)

// first finds the outermost buckets that come first when only some nodes are counted, by asking the rows of a bucket for their nodes,
// bucket after bucket, the greatest of the whole fleet first: none has more of some nodes than of all. So a page costs what is on it,
// and not what all the nodes have.
type first struct {
	*eval
	kept   *keptCount
	t      *table
	column *column // the outermost attribute
	among  []groupNodes
	wanted int
	budget int

	together *union
	rows     []groupRow    // of the bucket that is being ranked
	best     []firstBucket // as many as are wanted, in order
}

// groupNodes is the nodes, of those that are counted, that are in a group of the first of two parts.
type groupNodes struct {
	group uint32
	nodes bitset
}

// groupRow is a row in its group of the last part.
type groupRow struct{ group, row uint32 }

// firstBucket is a bucket with its cells.
type firstBucket struct {
	ranking
	cells []groupCell
}

type groupCell struct {
	of    [2]uint32
	nodes uint32
}

// addFirst adds to c what countByKept would of the nodes' wanted first outermost buckets, and maybe of others. It says false if that
// cannot be had within a budget of steps.
func (k *keptCount) addFirst(c *combos, e *eval, nodes bitset, outermost string, wanted, budget int) bool {
	last := k.parts[len(k.parts)-1]
	f := &first{eval: e, kept: k, t: e.tables[last.table], wanted: wanted, budget: budget}
	if last.levels[0] != 0 || f.t.byNode {
		return false
	}
	f.column, f.together = f.t.column(outermost), e.union()
	f.divide(nodes)
	if !f.find() {
		return false
	}
	tries := k.tries()
	for _, b := range f.best {
		for _, cell := range b.cells {
			c.add(tries, cell.of[2-len(tries):], cell.nodes)
		}
	}
	return true
}

// divide gives the nodes of each group of the first of two parts; of one part, all of them.
func (f *first) divide(nodes bitset) {
	if len(f.kept.parts) == 1 {
		f.among = []groupNodes{{nodes: nodes}}
		return
	}
	t := newTeller(f.eval, &f.kept.groupCounts)
	for ordinal := range nodes.each {
		t.meet(0, f.records.get(ordinal))
		for _, group := range t.met[0] {
			at := slices.IndexFunc(f.among, func(g groupNodes) bool { return g.group == group })
			if at < 0 {
				at = len(f.among)
				f.among = append(f.among, groupNodes{group, f.bitset()})
			}
			f.among[at].nodes.put(ordinal)
		}
		if !f.goOn(1) {
			return
		}
	}
}

// find ranks the buckets, until the others have too few nodes of the whole fleet.
func (f *first) find() bool {
	most := f.bounds()
	var labels []uint32
	floor := uint32(0)
	for label, n := range most {
		if floor = max(floor, n); n > 0 {
			labels = append(labels, uint32(label))
		}
	}
	f.goOn(len(most))
	for ; len(labels) > 0; floor /= 2 {
		rest := labels[:0]
		for _, label := range labels {
			switch {
			case f.hopeless(most[label]):
			case most[label] < floor:
				rest = append(rest, label)
			case !f.rank(label):
				return false
			}
		}
		labels = rest
	}
	return true
}

// bounds gives by label how many the bucket has of all nodes.
func (f *first) bounds() []uint32 {
	most := make([]uint32, f.t.labelCap())
	last := f.kept.parts[len(f.kept.parts)-1]
	for _, byLast := range f.kept.counts {
		for group, n := range byLast {
			if n > 0 {
				most[last.outermost(uint32(group))] += n
			}
		}
		f.goOn(len(byLast))
	}
	return most
}

// hopeless says whether a bucket of at most so many is not among the first.
func (f *first) hopeless(most uint32) bool {
	return len(f.best) == f.wanted && int(most) < f.best[f.wanted-1].total
}

// rank counts a bucket and puts it in its place. It says false when the budget is spent.
func (f *first) rank(label uint32) bool {
	b := firstBucket{ranking: ranking{label: label}}
	f.findRows(label)
	for rows := f.rows; len(rows) > 0; {
		group := rows[0].group
		for len(rows) > 0 && rows[0].group == group {
			nodes := f.t.nodes.get(rows[0].row)
			f.together.add(nodes)
			f.spend(1 + min(nodes.len(), len(f.together.met)))
			rows = rows[1:]
		}
		for _, a := range f.among {
			if n := f.together.countIn(a.nodes); n > 0 {
				b.cells = append(b.cells, groupCell{[2]uint32{a.group, group}, uint32(n)})
				b.total += n
			}
		}
		f.spend(len(f.among) * f.together.cost())
		f.together.reset()
	}
	if b.total > 0 {
		at, _ := slices.BinarySearchFunc(f.best, b, f.compare)
		f.best = slices.Insert(f.best, at, b)[:min(f.wanted, len(f.best)+1)]
	}
	return f.budget > 0 && f.err == nil
}

// findRows gives the rows of a bucket, those of one group together.
func (f *first) findRows(label uint32) {
	last := f.kept.parts[len(f.kept.parts)-1]
	f.rows = f.rows[:0]
	for v := range f.t.spellings(f.column, f.text(f.t, label)) {
		for row := range f.t.rowsWith.get(v).each {
			if group := last.group(f.t, row); group != 0 {
				f.rows = append(f.rows, groupRow{group, row})
			}
		}
	}
	f.visit(0, len(f.rows))
	slices.SortFunc(f.rows, func(a, b groupRow) int { return cmp.Compare(a.group, b.group) })
}

func (f *first) compare(a, b firstBucket) int {
	if a.total != b.total {
		return cmp.Compare(b.total, a.total)
	}
	return cmp.Compare(f.text(f.t, a.label), f.text(f.t, b.label))
}

// spend accounts for steps.
func (f *first) spend(steps int) {
	f.budget -= steps
	f.goOn(steps)
}
