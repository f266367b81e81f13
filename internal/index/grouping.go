package index

import (
	"slices"

	"muster/internal/query"
)

// trie numbers groups: the combinations of buckets that rows of one type have under some attributes. A group's parent is the
// combination without the last attribute. A row that lacks one of the attributes has no group, which is number 0; 1 is the root.
type trie struct {
	levels        []int    // the levels of the path that the attributes are
	parent, label []uint32 // by group
	child         finder   // groups by parent and label, filled when one is looked for
	found         int      // the groups that child has
}

func newTrie(levels []int) *trie {
	return &trie{levels: levels, parent: make([]uint32, root+1), label: make([]uint32, root+1)}
}

func (t *trie) add(parent, label uint32) uint32 {
	t.parent = append(t.parent, parent)
	t.label = append(t.label, label)
	return uint32(len(t.parent) - 1)
}

// childOf gives the group of a combination with one more label, made if there is none.
func (t *trie) childOf(parent, label uint32) uint32 {
	for t.found = max(t.found, root+1); t.found < len(t.parent); t.found++ {
		t.child.add(hashPair(t.parent[t.found], t.label[t.found]), uint32(t.found))
	}
	group, ok := t.child.find(hashPair(parent, label), func(id uint32) bool { return t.parent[id] == parent && t.label[id] == label })
	if !ok {
		group = t.add(parent, label)
	}
	return group
}

func hashPair(a, b uint32) uint32 {
	h := (uint64(a)<<32 | uint64(b)) * 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// grouping finds the groups of the rows of one type.
type grouping struct {
	*trie
	e          *eval
	t          *table
	attributes []string
	columns    []*column // nil where no row has the attribute

	ofRow []uint32 // all rows' groups; nil if they are found one by one

	tallies []groupTally // by group
	visit   uint32
	ofNode  []uint32 // what groupsOf gives
	rows    []uint32 // scratch
}

// groupTally is what is kept of a group while nodes are counted.
type groupTally struct {
	visit uint32 // the last one that met the group: a node with a row twice is one node
	count uint32
}

const root = 1

// grouping numbers the rows of the type for about so many look-ups.
func (e *eval) grouping(t *table, attributes []string, levels []int, lookups int) *grouping {
	g := &grouping{trie: newTrie(levels), e: e, t: t, attributes: attributes}
	outside := false
	for _, a := range attributes {
		g.columns = append(g.columns, t.column(a))
		outside = outside || t.liesOutside(a)
	}
	// A look-up of its own takes some ten times as long as one in an array that is made for all rows.
	if !outside && 10*lookups >= t.rows {
		g.numberAll()
	}
	g.grow()
	return g
}

// grow makes room for what is kept by group.
func (g *grouping) grow() {
	if more := len(g.parent) - len(g.tallies); more > 0 {
		g.tallies = append(g.tallies, make([]groupTally, more)...)
	}
}

// numberAll finds the groups of all rows: an attribute at a time it splits the groups by the attribute's buckets.
func (g *grouping) numberAll() {
	g.ofRow = make([]uint32, g.t.rowCap())
	for i, c := range g.columns {
		switch {
		case c == nil:
			clear(g.ofRow)
		case i == 0:
			g.split(c, func(yield func(uint32, uint32) bool) {
				for row := range c.each {
					if !yield(row, root) {
						return
					}
				}
			})
		default:
			g.split(c, g.rowsByGroup())
		}
	}
}

// split replaces the group of each row by its child for the row's bucket. Rows of one group come together.
func (g *grouping) split(c *column, rows func(yield func(row, group uint32) bool)) {
	type mark struct{ parent, child uint32 }
	last := make([]mark, g.t.values.cap()) // by bucket: the group that it last split off, and from which
	for row, group := range rows {
		if !g.e.goOn(1) {
			return
		}
		v := c.get(row)
		if v == 0 {
			g.ofRow[row] = 0
			continue
		}
		bucket := g.t.values.get(v).bucket
		if last[bucket].parent != group {
			last[bucket] = mark{group, g.add(group, bucket)}
		}
		g.ofRow[row] = last[bucket].child
	}
}

// rowsByGroup gives the rows that have a group, those of one group together.
func (g *grouping) rowsByGroup() func(yield func(row, group uint32) bool) {
	rows := rowsByGroup(g.ofRow, len(g.parent))
	return func(yield func(row, group uint32) bool) {
		for _, row := range rows {
			if !yield(row, g.ofRow[row]) {
				return
			}
		}
	}
}

// rowsByGroup gives the rows that have one of so many groups, in the order of these.
func rowsByGroup(ofRow []uint32, groups int) []uint32 {
	ends := make([]uint32, groups+1)
	for _, group := range ofRow {
		ends[group+1]++
	}
	for group := 1; group < len(ends); group++ {
		ends[group] += ends[group-1]
	}
	sorted := make([]uint32, len(ofRow))
	for row, group := range ofRow {
		sorted[ends[group]] = uint32(row)
		ends[group]++
	}
	return sorted[ends[0]:]
}

// find gives the group of a row, 0 for none, which is at the place of an item that has o outside its rows.
func (g *grouping) find(o *outside, at int, row uint32) uint32 {
	group := uint32(root)
	for level, c := range g.columns {
		label := g.labelOf(c, g.attributes[level], o, at, row)
		if label == 0 {
			return 0
		}
		group = g.childOf(group, label)
	}
	g.grow()
	return group
}

// labelOf gives the bucket of the attribute, in the row or outside, 0 for none.
func (g *grouping) labelOf(c *column, attribute string, o *outside, at int, row uint32) uint32 {
	if c != nil {
		if v := c.get(row); v != 0 {
			return g.t.values.get(v).bucket
		}
	}
	text, ok := o.get(attribute, at)
	if !ok {
		return 0
	}
	return g.e.labelOfText(g.t, c, query.Fold(text))
}

// labelOfText gives the bucket of a folded text, be it in no row of the type: the labels above all values are for those.
func (e *eval) labelOfText(t *table, c *column, folded string) uint32 {
	if c != nil {
		for v := range t.spellings(c, folded) {
			return t.values.get(v).bucket
		}
	}
	at, ok := e.textIDs[folded]
	if !ok {
		if e.textIDs == nil {
			e.textIDs = map[string]uint32{}
		}
		at = uint32(len(e.texts))
		e.texts = append(e.texts, folded)
		e.textIDs[folded] = at
	}
	return t.labelCap() + at
}

// labelCap is above every label that is a bucket of the type. Label 0 is none.
func (t *table) labelCap() uint32 { return max(1, t.values.cap()) }

// text gives the folded text that a label of the type stands for.
func (e *eval) text(t *table, label uint32) string {
	if values := t.labelCap(); label >= values {
		return e.texts[label-values]
	}
	return query.Fold(t.values.get(label).text)
}

// groupsOf gives the distinct groups of a node, until it is called again.
func (g *grouping) groupsOf(ordinal uint32) []uint32 {
	g.visit++
	g.tallies[0].visit = g.visit // so that no group is never met
	g.ofNode = g.ofNode[:0]
	of := g.e.records.get(ordinal).of(g.t)
	for i := range of {
		if !g.e.goOn(of[i].entries() + 8) {
			break
		}
		g.e.visit(0, of[i].entries())
		g.rows = of[i].rowNumbers().appendTo(g.rows[:0])
		if g.ofRow != nil {
			for _, row := range g.rows {
				g.meet(g.ofRow[row])
			}
			continue
		}
		o := g.t.outsideOf(&of[i], func(attribute string) bool { return slices.Contains(g.attributes, attribute) })
		for at, row := range g.rows {
			g.meet(g.find(&o, at, row))
		}
	}
	return g.ofNode
}

// meet adds a group to those of the node, once.
func (g *grouping) meet(group uint32) {
	if g.tallies[group].visit != g.visit {
		g.tallies[group].visit = g.visit
		g.ofNode = append(g.ofNode, group)
	}
}
