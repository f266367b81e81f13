package index

import (
	"cmp"
	"slices"

	"muster/internal/query"
)

// combos is how many nodes have each combination of buckets under the attributes of a path, once sorted in the order of the labels.
type combos struct {
	tables []*table   // by level: whose labels they are
	labels [][]uint32 // by level, then by combination
	nodes  []uint32   // by combination
}

// combos counts nodes by a path of attributes; the combinations are in no order yet. Attributes of one type are looked for in one row; those of several types combine
// as a node's rows of the one with its rows of the other. Without attributes all nodes are one combination.
func (e *eval) combos(path []query.Attr, among bitset) combos {
	c := combos{tables: make([]*table, len(path)), labels: make([][]uint32, len(path))}
	nodes := e.bitset()
	copy(nodes, among)
	for level, attr := range path {
		t := e.table(attr.Type)
		if t == nil {
			return c
		}
		c.tables[level] = t
		holders := e.bitset()
		holders.or(t.holders)
		nodes.and(holders)
	}
	n := nodes.count()
	switch {
	case len(path) == 0:
		c.nodes = []uint32{uint32(n)}
		return c
	case n == 0:
		return c
	case len(path) == 1 && e.setsAreCheaper(c.tables[0], path[0].Name, n):
		e.countSets(&c, path[0].Name, nodes)
	case e.countByKept(&c, path, nodes, n):
	default:
		e.countRows(&c, path, nodes, n)
	}
	return c
}

// setsAreCheaper compares the work of intersecting the sets of nodes that have the attribute's values with that of walking the
// rows of n nodes.
func (e *eval) setsAreCheaper(t *table, attribute string, n int) bool {
	c := t.column(attribute)
	if c == nil || t.liesOutside(attribute) {
		return false
	}
	if t.byNode {
		return true
	}
	words := int(e.records.cap()) / 64
	return 3*c.rows*words < t.rows+n*t.entries/t.holders.len()
}

// countSets counts by one attribute. Values of one bucket are neighbours.
func (e *eval) countSets(c *combos, attribute string, nodes bitset) {
	t := c.tables[0]
	e.plan("count by %s.%s: the sets of nodes of %d rows", t.name, attribute, t.column(attribute).rows)
	e.visit(0, t.column(attribute).rows)
	column := t.column(attribute)
	union := e.bitset()
	bucket := uint32(0)
	count := 0
	flush := func() {
		if !t.byNode {
			union.and(nodes)
			count = union.count()
			clear(union)
		}
		if count > 0 {
			c.labels[0] = append(c.labels[0], bucket)
			c.nodes = append(c.nodes, uint32(count))
		}
		count = 0
	}
	for v := range column.values.from(place{}) {
		if b := t.values.get(v).bucket; b != bucket {
			flush()
			bucket = b
		}
		rows := t.rowsWith.get(v)
		if !e.goOn(1 + rows.len()/64) {
			return
		}
		if t.byNode { // a row is a node, and has one value
			count += nodes.countIn(rows)
			continue
		}
		for row := range rows.each {
			union.or(t.nodes.get(row))
		}
	}
	flush()
}

// countRows counts by walking the rows of the nodes: it divides the nodes by the groups of one type after the other, the type
// with the most entries last, and counts the groups of that.
func (e *eval) countRows(c *combos, path []query.Attr, nodes bitset, n int) {
	parts := e.groupings(path, c.tables, n)
	e.plan("count by %v: the rows of %d nodes", path, n)
	e.visit(n, 0)
	list := make([]uint32, 0, n)
	for ordinal := range nodes.each {
		list = append(list, ordinal)
	}
	e.countParts(c, parts, make([]uint32, len(parts)), 0, list)
}

// everyNode asks groupings for the groups of all rows.
const everyNode = -1

// groupings divides a path by type, for counting so many nodes. The type with the most entries comes last.
func (e *eval) groupings(path []query.Attr, tables []*table, n int) []*grouping {
	var parts []*grouping
	for level, t := range tables {
		if slices.Index(tables, t) < level {
			continue
		}
		var attributes []string
		var levels []int
		for at, attr := range path {
			if tables[at] == t {
				attributes, levels = append(attributes, attr.Name), append(levels, at)
			}
		}
		lookups := t.rows
		if n != everyNode {
			lookups = n * t.entries / t.holders.len()
		}
		parts = append(parts, e.grouping(t, attributes, levels, lookups))
	}
	slices.SortStableFunc(parts, func(a, b *grouping) int { return cmp.Compare(a.t.entries, b.t.entries) })
	return parts
}

// countParts counts the nodes by the groups of parts[at:], given the groups that were chosen of those before.
func (e *eval) countParts(c *combos, parts []*grouping, chosen []uint32, at int, nodes []uint32) {
	g := parts[at]
	last := at == len(parts)-1
	var met []uint32             // groups
	var groups, members []uint32 // pairs of a group and a node
	for _, ordinal := range nodes {
		for _, group := range g.groupsOf(ordinal) {
			t := &g.tallies[group]
			if t.count == 0 {
				met = append(met, group)
			}
			t.count++
			if !last {
				groups, members = append(groups, group), append(members, ordinal)
			}
		}
	}
	if last {
		tries := make([]*trie, len(parts))
		for i, g := range parts {
			tries[i] = g.trie
		}
		for _, group := range met {
			chosen[at] = group
			c.add(tries, chosen, g.tallies[group].count)
			g.tallies[group].count = 0
		}
		return
	}
	// Sort the members by counting. From here a group's count says where its next member goes.
	starts := make([]uint32, len(met)+1)
	for i, group := range met {
		starts[i+1] = starts[i] + g.tallies[group].count
		g.tallies[group].count = starts[i]
	}
	sorted := make([]uint32, len(members))
	for i, group := range groups {
		sorted[g.tallies[group].count] = members[i]
		g.tallies[group].count++
	}
	for i, group := range met {
		g.tallies[group].count = 0
		chosen[at] = group
		e.countParts(c, parts, chosen, at+1, sorted[starts[i]:starts[i+1]])
	}
}

// grow makes room for so many more combinations.
func (c *combos) grow(n int) {
	c.nodes = slices.Grow(c.nodes, n)
	for level := range c.labels {
		c.labels[level] = slices.Grow(c.labels[level], n)
	}
}

// add puts in a combination of groups.
func (c *combos) add(tries []*trie, groups []uint32, nodes uint32) {
	c.nodes = append(c.nodes, nodes)
	for i, g := range tries {
		group := groups[i]
		for at := len(g.levels) - 1; at >= 0; at-- {
			level := g.levels[at]
			c.labels[level] = append(c.labels[level], g.label[group])
			group = g.parent[group]
		}
	}
}

// sort orders the combinations by their labels, the first level first. texts is the number of labels above the values'.
func (c *combos) sort(texts int) {
	if len(c.nodes) == 0 {
		return
	}
	order := make([]uint32, len(c.nodes))
	for i := range order {
		order[i] = uint32(i)
	}
	span := 0
	for _, t := range c.tables {
		span += int(t.labelCap()) + texts
	}
	if span < 8*len(order) {
		for level := len(c.labels) - 1; level >= 0; level-- {
			order = stableByLabel(order, c.labels[level], int(c.tables[level].labelCap())+texts)
		}
	} else {
		slices.SortFunc(order, func(a, b uint32) int {
			for _, labels := range c.labels {
				if labels[a] != labels[b] {
					return cmp.Compare(labels[a], labels[b])
				}
			}
			return 0
		})
	}
	c.nodes = picked(c.nodes, order)
	for level := range c.labels {
		c.labels[level] = picked(c.labels[level], order)
	}
}

// stableByLabel sorts by counting: the labels are less than limit.
func stableByLabel(order, labels []uint32, limit int) []uint32 {
	ends := make([]uint32, limit+1)
	for _, label := range labels {
		ends[label+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	sorted := make([]uint32, len(order))
	for _, i := range order {
		sorted[ends[labels[i]]] = i
		ends[labels[i]]++
	}
	return sorted
}

func picked(from, order []uint32) []uint32 {
	to := make([]uint32, len(order))
	for i, at := range order {
		to[i] = from[at]
	}
	return to
}
