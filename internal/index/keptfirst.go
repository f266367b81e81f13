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
	nodes  bitset
	among  []groupNodes // the same by group
	groups int          // that a node has at most, of those
	inLeaf []int        // how many of the nodes a leaf can have
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
	f.column, f.together, f.nodes = f.t.column(outermost), e.union(), nodes
	for leaf := range slices.Chunk(nodes, leafWords) {
		f.inLeaf = append(f.inLeaf, leaf.count())
	}
	f.divide()
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

// divide finds the nodes of each group of the first of two parts; of one part, all of them.
func (f *first) divide() {
	if len(f.kept.parts) == 1 {
		f.among, f.groups = []groupNodes{{nodes: f.nodes}}, 1
		return
	}
	t := newTeller(f.eval, &f.kept.groupCounts)
	for ordinal := range f.nodes.each {
		t.meet(0, f.records.get(ordinal))
		f.groups = max(f.groups, len(t.met[0]))
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
		var great []ranking
		for _, label := range labels {
			switch {
			case most[label] >= floor:
				great = append(great, ranking{label: label, total: int(most[label])})
			case !f.hopeless(int(most[label])):
				rest = append(rest, label)
			}
		}
		slices.SortFunc(great, func(a, b ranking) int { return cmp.Compare(b.total, a.total) })
		for _, r := range great {
			if f.hopeless(r.total) {
				break
			}
			if !f.rank(r.label) {
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
func (f *first) hopeless(most int) bool {
	return len(f.best) == f.wanted && most < f.best[f.wanted-1].total
}

// rank puts a bucket in its place. It says false when the budget is spent.
func (f *first) rank(label uint32) bool {
	f.findRows(label)
	b := firstBucket{ranking: ranking{label: label, total: f.bound()}}
	if !f.comesLate(b) {
		f.count(&b)
	}
	if b.total > 0 && !f.comesLate(b) {
		at, _ := slices.BinarySearchFunc(f.best, b, f.compare)
		f.best = slices.Insert(f.best, at, b)[:min(f.wanted, len(f.best)+1)]
	}
	return f.budget > 0 && f.err == nil
}

// comesLate says whether the bucket is not among the first.
func (f *first) comesLate(b firstBucket) bool {
	return len(f.best) == f.wanted && f.compare(b, f.best[f.wanted-1]) > 0
}

// bound gives what the bucket has at most, from its rows: that is less work than to count it, and mostly what it has. Leaf by leaf of
// the rows' sets the bound comes down, until it is too low to matter.
func (f *first) bound() int {
	most := 0
	for _, r := range f.rows {
		nodes := f.t.nodes.get(r.row)
		if !nodes.spread() {
			most += f.nodes.countIn(nodes)
			f.spend(1 + nodes.len())
			continue
		}
		for at, l := range nodes.many.leaves {
			if l != nil {
				most += min(l.len(), f.inLeaf[at])
			}
		}
	}
	for at, n := range f.inLeaf {
		if f.hopeless(most * f.groups) {
			break
		}
		for _, r := range f.rows {
			if l := f.t.nodes.get(r.row).leaf(at); l != nil && n > 0 {
				most += l.countIn(f.nodes[at*leafWords:]) - min(l.len(), n)
				f.spend(min(l.len(), leafWords))
			}
		}
	}
	return most * f.groups
}

// count counts the bucket's cells.
func (f *first) count(b *firstBucket) {
	b.total = 0
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
