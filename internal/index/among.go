package index

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"muster/internal/query"
)

// CountAmong counts the nodes that satisfy where by the values that an attribute has in entries that satisfy terms, which are on the
// attribute's type: of old packages, the names. A node has the value if a Clause says so of the terms and of Equal with the value.
// Buckets are named by folded text and come by Count, the greatest first, those with the same by name. It fails only when the
// context ends.
func (s *Snapshot) CountAmong(ctx context.Context, where query.Where, terms []query.Term, a query.Attr) ([]query.Bucket, error) {
	t := s.table(a.Type)
	if t == nil {
		return nil, nil
	}
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	nodes := e.where(where)
	var counts map[string]int
	if t.liesOutside(a.Name) || t.anyLiesOutside(terms) {
		counts = e.countEntriesAmong(t, nodes, terms, a)
	} else {
		counts = e.countRowsAmong(t, nodes, terms, a)
	}
	if e.err != nil {
		return nil, e.err
	}
	var buckets []query.Bucket
	for value, n := range counts {
		buckets = append(buckets, query.Bucket{Value: value, Count: n, Total: n})
	}
	slices.SortFunc(buckets, func(a, b query.Bucket) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return buckets, nil
}

// countRowsAmong looks at the rows that satisfy the terms, those with one value after those with another.
func (e *eval) countRowsAmong(t *table, nodes bitset, terms []query.Term, a query.Attr) map[string]int {
	type labelled struct{ label, row uint32 }
	column := t.column(a.Name)
	if column == nil {
		return nil
	}
	var rows []labelled
	for row := range e.rowsThat(t, terms) {
		if v := column.get(row); v != 0 {
			rows = append(rows, labelled{t.values.get(v).bucket, row})
		}
	}
	slices.SortFunc(rows, func(a, b labelled) int { return cmp.Compare(a.label, b.label) })
	counts, together := map[string]int{}, e.union()
	for at, r := range rows {
		together.add(t.nodesOf(r.row))
		if at+1 < len(rows) && rows[at+1].label == r.label {
			continue
		}
		if n := together.countIn(nodes); n > 0 {
			counts[e.text(t, r.label)] = n
		}
		if !e.goOn(8 + together.cost()) {
			return nil
		}
		together.reset()
	}
	return counts
}

// countEntriesAmong looks at each entry of the nodes, where the rows alone do not tell.
func (e *eval) countEntriesAmong(t *table, nodes bitset, terms []query.Term, a query.Attr) map[string]int {
	hits, counts := e.bitset(), map[string]int{}
	e.clause(query.Clause{Type: t.name, Terms: terms}, nodes, hits)
	hits.and(nodes)
	probes := t.probes(append(slices.Clip(terms), query.Term{Attr: a}))
	asked := probes[len(terms)]
	probes = probes[:len(terms)]
	var rows []uint32
	for ordinal := range hits.each {
		values := map[string]bool{}
		of := e.records.get(ordinal).of(t)
		for i := range of {
			if !e.goOn(8 * (of[i].entries() + 1)) {
				return nil
			}
			o := t.outsideOf(&of[i], nil)
			rows = of[i].rowNumbers().appendTo(rows[:0])
			for at, row := range rows {
				if text, ok := asked.textAt(t, row, &o, at); ok && passAllAt(t, row, probes, &o, at) {
					values[query.Fold(text)] = true
				}
			}
		}
		for value := range values {
			counts[value]++
		}
	}
	return counts
}
