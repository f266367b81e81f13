package index

import (
	"context"
	"math/bits"
	"slices"

	"muster"
	"muster/internal/query"
)

// Select gives the nodes that satisfy where, by id, those after the one given and at most limit of them, and whether there are
// more. It fails only when the context ends.
func (s *Snapshot) Select(ctx context.Context, where query.Where, after muster.NodeID, limit int) (nodes []muster.NodeID, more bool, err error) {
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	hits, late := e.whereLate(where, limit+1)
	if e.err != nil {
		return nil, false, e.err
	}
	if nodes = e.firstLate(hits, late, after, limit+1); len(nodes) > limit {
		return nodes[:limit], true, e.err
	}
	return nodes, false, e.err
}

// first gives the first of the nodes by id, those after the one given.
func (e *eval) first(hits bitset, after muster.NodeID, limit int) []muster.NodeID {
	n := hits.count()
	if n == 0 || limit <= 0 {
		return nil
	}
	walk := e.Nodes() / n * min(limit, n) // about how many nodes to walk past to meet limit hits, if they lie evenly
	if sort := n * bits.Len(uint(n)); sort < walk {
		e.plan("%d nodes found, all sorted by id", n)
		return e.firstOfSorted(hits, after, limit)
	}
	e.plan("%d nodes found, the first of them by walking all in order of id", n)
	nodes := make([]muster.NodeID, 0, min(limit, n))
	for ordinal := range e.byID.from(e.placeAfter(after)) {
		if !e.goOn(1) || len(nodes) == limit {
			break
		}
		if hits.has(ordinal) {
			nodes = append(nodes, e.records.get(ordinal).id)
		}
	}
	return nodes
}

// placeAfter gives the place of the first node by id that is after the one given.
func (e *eval) placeAfter(after muster.NodeID) place {
	return e.byID.find(func(ordinal uint32) bool { return e.records.get(ordinal).id <= after })
}

// firstOfSorted does it for few hits among many nodes.
func (e *eval) firstOfSorted(hits bitset, after muster.NodeID, limit int) []muster.NodeID {
	nodes := make([]muster.NodeID, 0, hits.count())
	for ordinal := range hits.each {
		if id := e.records.get(ordinal).id; id > after {
			nodes = append(nodes, id)
		}
	}
	slices.Sort(nodes)
	return nodes[:min(limit, len(nodes))]
}
