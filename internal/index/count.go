package index

import (
	"context"
	"math"

	"muster/internal/query"
)

// Count answers each of the aggregations for the nodes that satisfy where. Buckets are named by folded text and come by Total,
// the greatest first, those with the same by name; one under which nothing is counted is left out. Of groups inside a bucket, the
// bucket's nodes count once towards its Total. It fails only when the context ends.
func (s *Snapshot) Count(ctx context.Context, where query.Where, by []query.Aggregation) ([]query.Tally, error) {
	tallies, _, err := s.CountPage(ctx, where, by, 0, math.MaxInt)
	return tallies, err
}

// CountPage does what Count does for a part of each aggregation's outermost buckets, so many from one on, and says whether any
// aggregation has more. Only the first page has the counts of outermost groups.
func (s *Snapshot) CountPage(ctx context.Context, where query.Where, by []query.Aggregation, from, size int) (tallies []query.Tally, more bool, err error) {
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	nodes := e.where(where)
	tallies = make([]query.Tally, len(by))
	branches := make([]*branch, len(by))
	for i, a := range by {
		e.wanted = 0
		if isChain(a) {
			page, rest, ok := e.keptPage(a, nodes, from, size)
			if tallies[i], more = page, more || rest; ok {
				continue
			}
			if size < math.MaxInt-from {
				e.wanted = from + size + 1 // the last tells that there are more
			}
		}
		branches[i] = e.branch(a, nil, nodes)
	}
	if e.err != nil {
		return nil, false, e.err
	}
	w := &writer{eval: e}
	for i, b := range branches {
		switch {
		case b == nil:
			continue
		case len(b.Groups) == 0:
			more = w.cut(b, from, size) || more
		case from > 0:
			continue
		}
		for _, leaf := range b.leaves {
			leaf.sort(len(e.texts))
		}
		tallies[i] = w.whole(b)
	}
	return tallies, more, nil
}

// branch is an aggregation whose innermost ones have been counted, each by itself along its path.
type branch struct {
	query.Aggregation
	inner  []*branch
	leaves []*leafCount // of the innermost below, from left to right, or its own
}

// leafCount is one innermost aggregation.
type leafCount struct {
	combos
	groups   []combos   // by group: the nodes that match it
	matching [][]uint32 // by group, then by combination: the same, once all are sorted
}

func (e *eval) branch(a query.Aggregation, path []query.Attr, nodes bitset) *branch {
	b := &branch{Aggregation: a}
	if len(a.Groups) > 0 {
		leaf := &leafCount{combos: e.combos(path, nodes)}
		for _, g := range a.Groups {
			matching := e.bitset()
			copy(matching, nodes)
			e.narrow(matching, g.Where)
			leaf.groups = append(leaf.groups, e.combos(path, matching))
		}
		b.leaves = []*leafCount{leaf}
		return b
	}
	path = append(path[:len(path):len(path)], a.By)
	if len(a.Inner) == 0 {
		b.leaves = []*leafCount{{combos: e.combos(path, nodes)}}
		return b
	}
	for _, a := range a.Inner {
		inner := e.branch(a, path, nodes)
		b.inner = append(b.inner, inner)
		b.leaves = append(b.leaves, inner.leaves...)
	}
	return b
}

// isChain says whether the aggregation counts along a single path.
func isChain(a query.Aggregation) bool {
	for len(a.Inner) == 1 {
		a = a.Inner[0]
	}
	return len(a.Inner)+len(a.Groups) == 0
}

// sort orders what was counted by the labels.
func (l *leafCount) sort(texts int) {
	l.combos.sort(texts)
	for i := range l.groups {
		l.groups[i].sort(texts)
		l.matching = append(l.matching, l.align(l.groups[i]))
	}
}

// align gives the nodes of part for each combination of c. Those of part are some of those of c.
func (c *combos) align(part combos) []uint32 {
	nodes := make([]uint32, len(c.nodes))
	at := 0
	for i := range nodes {
		if at < len(part.nodes) && sameLabels(c, i, &part, at) {
			nodes[i] = part.nodes[at]
			at++
		}
	}
	return nodes
}

func sameLabels(c *combos, i int, d *combos, j int) bool {
	for level := range c.labels {
		if c.labels[level][i] != d.labels[level][j] {
			return false
		}
	}
	return true
}
