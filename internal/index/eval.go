package index

import (
	"context"

	"muster/internal/query"
)

// eval is one question to one snapshot. Its loops stop when the context ends; err then tells, and what they made is void.
type eval struct {
	*Snapshot
	ctx      context.Context
	err      error
	steps    int
	borrowed []bitset
	wanted   int // of a count, so many outermost buckets that come first will do; 0 if not

	texts   []string // of contexts, that buckets are named by and no row has
	textIDs map[string]uint32
}

// stepsBetweenLooks is how many steps, of some nanoseconds each, go by between two looks at the context.
const stepsBetweenLooks = 1 << 14

// goOn accounts for steps and says whether to do more.
func (e *eval) goOn(steps int) bool {
	if e.steps += steps; e.steps < stepsBetweenLooks {
		return e.err == nil
	}
	e.steps = 0
	if e.err == nil {
		e.err = e.ctx.Err()
	}
	return e.err == nil
}

// bitset lends an empty bitset until release.
func (e *eval) bitset() bitset {
	// Whole leaves, so that a leaf's bitmap can be combined without looking where the snapshot ends.
	words := (int(e.records.cap()) + leafSize - 1) / leafSize * leafWords
	b, _ := e.bitsets.Get().(*bitset)
	if b == nil || cap(*b) < words {
		made := make(bitset, words)
		b = &made
	}
	lent := (*b)[:words]
	clear(lent)
	e.borrowed = append(e.borrowed, lent)
	return lent
}

// release takes back all that was lent.
func (e *eval) release() {
	for _, b := range e.borrowed {
		e.bitsets.Put(&b)
	}
	e.borrowed = nil
}

// everybody lends the nodes that are described.
func (e *eval) everybody() bitset {
	all := e.bitset()
	all.or(e.described())
	return all
}

// where lends the nodes that satisfy every clause.
func (e *eval) where(where query.Where) bitset {
	nodes := e.everybody()
	e.narrow(nodes, where)
	return nodes
}

// narrow leaves in nodes those that satisfy every clause.
func (e *eval) narrow(nodes bitset, where query.Where) {
	hits := e.bitset()
	for _, c := range where {
		clear(hits)
		e.clause(c, nodes, hits)
		nodes.narrow(c, hits)
	}
}

// narrow leaves in nodes those that satisfy the clause, given those of which it is true without its Not.
func (b bitset) narrow(c query.Clause, hits bitset) {
	if c.Not {
		b.andNot(hits)
	} else {
		b.and(hits)
	}
}

// clause puts into hits the nodes of which the clause is true, without its Not. It may leave out those that are not in nodes, and
// put in more than those.
func (e *eval) clause(c query.Clause, nodes, hits bitset) {
	for _, name := range c.Holds {
		if t := e.table(name); t != nil {
			hits.or(t.holders)
		}
	}
	t := e.table(c.Type)
	switch {
	case len(c.Any) > 0:
		e.anyOf(c.Any, nodes, hits)
	case len(c.Holds) > 0 || t == nil:
	case t.anyLiesOutside(c.Terms):
		e.scan(t, c.Terms, nodes, hits)
	default:
		e.match(t, c.Terms, hits)
	}
}

// anyOf puts into hits those of the nodes that satisfy one of the conditions.
func (e *eval) anyOf(conditions []query.Where, nodes, hits bitset) {
	some := e.bitset()
	for _, where := range conditions {
		copy(some, nodes)
		e.narrow(some, where)
		hits.orBits(some)
	}
}
