package index

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"muster"
	"muster/internal/query"
)

// Order is one of nodes by an attribute of AWS:InstanceInformation: by folded text, then by id. Nodes without the attribute come
// last, also when Descending, which turns the texts round and not the ids.
type Order struct {
	Attribute  string
	Descending bool
}

// Place is where a node is in an Order: by the value that it had, if it had one.
type Place struct {
	Node  muster.NodeID
	Value string
	Has   bool
}

// SelectSorted is Select in another order: the nodes after the place, or all of them if it is nil.
func (s *Snapshot) SelectSorted(ctx context.Context, where query.Where, o Order, after *Place, limit int) (nodes []muster.NodeID, more bool, err error) {
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	hits := e.where(where)
	if e.err != nil {
		return nil, false, e.err
	}
	for _, c := range e.sorting(o).candidates(hits, after).first(limit + 1) {
		nodes = append(nodes, e.records.get(c.ordinal).id)
	}
	if len(nodes) > limit {
		return nodes[:limit], true, e.err
	}
	return nodes, false, e.err
}

// sorting knows the place of each value in an order.
type sorting struct {
	*eval
	Order
	column *column
	keys   []uint32 // by value: even numbers, the same for all that differ in case only
	last   uint32   // the greatest of them
}

func (e *eval) sorting(o Order) *sorting {
	s := &sorting{eval: e, Order: o, column: e.tables[0].column(o.Attribute)}
	if s.column == nil {
		s.column = &column{}
	}
	t := e.tables[0]
	s.keys = make([]uint32, t.values.cap())
	bucket := uint32(0)
	for v := range s.column.values.from(place{}) {
		if b := t.values.get(v).bucket; b != bucket {
			bucket = b
			s.last += 2
		}
		s.keys[v] = s.last
	}
	return s
}

// lacking is the key of a node without the attribute.
const lacking = math.MaxUint32

// key gives that of a value, turned round if the order is.
func (s *sorting) key(k uint32) uint32 {
	if s.Descending {
		return s.last + 1 - k
	}
	return k
}

// sorted is a node with its key.
type sorted struct{ key, ordinal uint32 }

// keyOf gives the key of a node. Rows of AWS:InstanceInformation have the ordinals of their nodes.
func (s *sorting) keyOf(ordinal uint32) uint32 {
	if v := s.column.get(ordinal); v != 0 {
		return s.key(s.keys[v])
	}
	return lacking
}

// keyAt gives the key of a place. A value that no node has any more is between those that were beside it: odd.
func (s *sorting) keyAt(p *Place) uint32 {
	if !p.Has {
		return lacking
	}
	t := s.tables[0]
	at := s.column.values.find(func(v uint32) bool { return query.CompareFold(t.values.get(v).text, p.Value) < 0 })
	v, ok := s.column.values.get(at)
	switch {
	case !ok:
		return s.key(s.last + 1)
	case query.CompareFold(t.values.get(v).text, p.Value) != 0:
		return s.key(s.keys[v] - 1)
	}
	return s.key(s.keys[v])
}

// candidates are the nodes that may be on the page.
type candidates struct {
	*sorting
	nodes []sorted
}

func (s *sorting) candidates(hits bitset, after *Place) candidates {
	c := candidates{s, make([]sorted, 0, hits.count())}
	afterKey := uint32(0)
	if after != nil {
		afterKey = s.keyAt(after)
	}
	for ordinal := range hits.each {
		if !s.goOn(4) {
			break
		}
		n := sorted{s.keyOf(ordinal), ordinal}
		if after == nil || n.key > afterKey || n.key == afterKey && s.records.get(ordinal).id > after.Node {
			c.nodes = append(c.nodes, n)
		}
	}
	return c
}

func (c candidates) compare(a, b sorted) int {
	if a.key != b.key {
		return cmp.Compare(a.key, b.key)
	}
	return strings.Compare(string(c.records.get(a.ordinal).id), string(c.records.get(b.ordinal).id))
}

// first gives the first n of the candidates, in order.
func (c candidates) first(n int) []sorted {
	if few(n, len(c.nodes)) {
		return bestOf(n, slices.Values(c.nodes), c.compare)
	}
	slices.SortFunc(c.nodes, c.compare)
	return c.nodes[:min(n, len(c.nodes))]
}
