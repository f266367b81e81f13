package index

import (
	"cmp"
	"maps"
	"slices"

	"muster"
	"muster/internal/query"
)

// model is a fleet as plain maps, and its answers as the decision tables word them: the brute force that the index has to agree
// with. A clone stays as it is.
type model struct {
	position muster.Position
	nodes    map[muster.NodeID]modelNode
}

// modelNode is one node. Its items may be there before it is described, and it exists from then on.
type modelNode struct {
	described bool
	items     map[modelKey]modelItem
}

type modelKey struct {
	typ     muster.TypeName
	subType string
}

type modelItem struct {
	version  muster.Version
	captured muster.CaptureTime
	context  muster.Entry
	entries  []muster.Entry
	seen     []muster.Entry // the entries with the context
	at       muster.Position
}

func (m *model) clone() *model {
	c := &model{m.position, map[muster.NodeID]modelNode{}}
	for id, n := range m.nodes {
		c.nodes[id] = modelNode{n.described, maps.Clone(n.items)}
	}
	return c
}

func (m *model) set(id muster.NodeID, key modelKey, it modelItem) {
	n, ok := m.nodes[id]
	if !ok {
		n.items = map[modelKey]modelItem{}
	}
	for _, e := range it.entries {
		it.seen = append(it.seen, muster.NewEntry(slices.Concat(it.context, e)))
	}
	n.items[key] = it
	n.described = n.described || key.typ == muster.TypeInstanceInformation
	m.nodes[id] = n
}

// ids gives the nodes that exist, in order.
func (m *model) ids() []muster.NodeID {
	var ids []muster.NodeID
	for id, n := range m.nodes {
		if n.described {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// anyRow says whether any of a node's entries of a type is as wanted. Filters and aggregators see an entry with its item's
// context, where it does not have the attribute itself.
func (m *model) anyRow(id muster.NodeID, typ muster.TypeName, wanted func(row muster.Entry) bool) bool {
	for key, it := range m.nodes[id].items {
		if key.typ == typ && slices.ContainsFunc(it.seen, wanted) {
			return true
		}
	}
	return false
}

func (m *model) holds(id muster.NodeID, typ muster.TypeName) bool {
	for key := range m.nodes[id].items {
		if key.typ == typ {
			return true
		}
	}
	return false
}

func (m *model) satisfies(id muster.NodeID, where query.Where) bool {
	for _, c := range where {
		hit := slices.ContainsFunc(c.Holds, func(typ muster.TypeName) bool { return m.holds(id, typ) })
		if len(c.Holds) == 0 {
			hit = m.anyRow(id, c.Type, func(row muster.Entry) bool {
				return !slices.ContainsFunc(c.Terms, func(term query.Term) bool { return !term.MatchEntry(row) })
			})
		}
		if hit == c.Not {
			return false
		}
	}
	return true
}

func (m *model) find(where query.Where) []muster.NodeID {
	return slices.DeleteFunc(m.ids(), func(id muster.NodeID) bool { return !m.satisfies(id, where) })
}

func (m *model) selected(where query.Where, after muster.NodeID, limit int) (ids []muster.NodeID, more bool) {
	ids = slices.DeleteFunc(m.find(where), func(id muster.NodeID) bool { return id <= after })
	return ids[:min(limit, len(ids))], len(ids) > limit
}

func (m *model) count(where query.Where, by []query.Aggregation) []query.Tally {
	tallies := make([]query.Tally, len(by))
	for i, a := range by {
		tallies[i], _ = m.tally(a, m.find(where), nil, nil)
	}
	return tallies
}

// tally counts those of the nodes that have the values along the path to the aggregation.
func (m *model) tally(a query.Aggregation, nodes []muster.NodeID, path []query.Attr, values []string) (t query.Tally, total int) {
	if len(a.Groups) > 0 {
		inside := slices.DeleteFunc(slices.Clone(nodes), func(id muster.NodeID) bool { return !m.combines(id, path, values) })
		for _, g := range a.Groups {
			count := query.GroupCount{Name: g.Name}
			for _, id := range inside {
				if m.satisfies(id, g.Where) {
					count.Matching++
				} else {
					count.Not++
				}
			}
			t.Groups = append(t.Groups, count)
		}
		return t, len(inside)
	}
	path = append(slices.Clone(path), a.By)
	met := map[string]bool{}
	for _, id := range nodes {
		m.anyRow(id, a.By.Type, func(row muster.Entry) bool {
			if v, ok := row.Get(a.By.Name); ok {
				met[query.Fold(v)] = true
			}
			return false
		})
	}
	for v := range met {
		b := query.Bucket{Value: v}
		values := append(slices.Clone(values), v)
		for _, inner := range a.Inner {
			tally, n := m.tally(inner, nodes, path, values)
			b.Inner = append(b.Inner, tally)
			b.Total += n
		}
		if len(a.Inner) == 0 {
			for _, id := range nodes {
				if m.combines(id, path, values) {
					b.Count++
				}
			}
			b.Total = b.Count
		}
		if b.Total > 0 {
			t.Buckets = append(t.Buckets, b)
			total += b.Total
		}
	}
	slices.SortFunc(t.Buckets, func(a, b query.Bucket) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Value, b.Value))
	})
	return t, total
}

// combines says whether the node has, for each type on the path, one row with all the values that the path has of that type.
func (m *model) combines(id muster.NodeID, path []query.Attr, values []string) bool {
	for _, attr := range path {
		if !m.anyRow(id, attr.Type, func(row muster.Entry) bool {
			for i, other := range path {
				v, ok := row.Get(other.Name)
				if other.Type == attr.Type && (!ok || query.Fold(v) != values[i]) {
					return false
				}
			}
			return true
		}) {
			return false
		}
	}
	return true
}
