package index

import (
	"math/bits"

	"muster/internal/query"
)

// countBySets counts all nodes by the sets of nodes that have each row: to go through those takes far less than to unpack the rows of each
// node. The groups of all rows are known.
func (c *groupCounts) countBySets(e *eval, path []query.Attr) {
	last := c.parts[len(c.parts)-1]
	t, first := e.tables[last.table], c.firstGroups(e)
	c.counts = make([][]uint32, 1)
	if len(c.parts) > 1 {
		c.counts = make([][]uint32, len(c.parts[0].parent))
	}
	for group := range c.counts {
		c.counts[group] = make([]uint32, len(last.parent))
	}
	rows := rowsByGroup(last.ofRow, len(last.parent))
	e.plan("count by %v: the sets of nodes of %d rows", path, len(rows))
	e.visit(0, len(rows))
	e.share(16*shares(), len(rows), func(e *eval, _, from, to int) { // some groups have far more nodes than others
		defer e.release()
		together := e.union()
		for from > 0 && from < to && last.ofRow[rows[from]] == last.ofRow[rows[from-1]] {
			from++ // the part before this one counts it
		}
		for from < to && e.err == nil {
			group, n := last.ofRow[rows[from]], 1
			for from+n < len(rows) && last.ofRow[rows[from+n]] == group {
				n++
			}
			for _, row := range rows[from : from+n] {
				nodes := t.nodesOf(row)
				together.add(nodes)
				e.goOn(1 + nodes.len())
			}
			c.countUnion(e, together, first, group)
			together.reset()
			from += n
		}
	})
}

// countUnion counts the nodes of a group of the last part.
func (c *groupCounts) countUnion(e *eval, nodes *union, first *firstGroups, group uint32) {
	if !nodes.spread {
		for _, ordinal := range nodes.few {
			for in := first.of[ordinal]; in != 0; in &= in - 1 {
				c.counts[bits.TrailingZeros64(in)][group]++
			}
		}
		e.goOn(len(nodes.few))
		return
	}
	for _, a := range first.among {
		c.counts[a.group][group] = uint32(nodes.countIn(a.nodes))
	}
	e.goOn(len(first.among) * nodes.cost())
}

// firstGroups is the groups of the first of two parts, of which there are no more than keptWide. Of one part it is group 0.
type firstGroups struct {
	of    []uint64     // by node: those that it is in, as bits; none for a node that is not described
	among []groupNodes // the nodes of each
}

func (c *groupCounts) firstGroups(e *eval) *firstGroups {
	everybody := e.everybody()
	f := &firstGroups{of: make([]uint64, 64*len(everybody))}
	among := make([]bitset, keptWide+1)
	put := func(ordinal, group uint32) {
		if among[group] == nil {
			among[group] = e.bitset()
			f.among = append(f.among, groupNodes{group, among[group]})
		}
		f.of[ordinal] |= 1 << group
		among[group].put(ordinal)
	}
	if len(c.parts) == 1 {
		for ordinal := range everybody.each {
			put(ordinal, 0)
		}
		return f
	}
	t := e.tables[c.parts[0].table]
	for row, group := range c.parts[0].ofRow {
		if group == 0 || !e.goOn(1) {
			continue
		}
		for ordinal := range t.nodesOf(uint32(row)).each {
			if everybody.has(ordinal) {
				put(ordinal, group)
			}
		}
	}
	return f
}
