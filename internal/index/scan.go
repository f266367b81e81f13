package index

import (
	"slices"

	"muster/internal/query"
)

// scan does what match does where the terms speak of attributes that an item's context has: those are not in the dictionary, so
// it walks the items of the nodes asked about. A row's own attribute goes before its context's.
func (e *eval) scan(t *table, terms []query.Term, nodes, hits bitset) {
	probes := make([]*probe, len(terms))
	for i, term := range terms {
		probes[i] = &probe{Matcher: term.Matcher(), op: term.Op, column: t.column(term.Attr.Name)}
		if probes[i].column == nil {
			probes[i].column = &column{}
		}
		probes[i].verdict = make([]verdict, t.values.cap())
	}
	outside := make([]bool, len(terms)) // what each term says of a row that lacks the attribute, by the item's context
	for ordinal := range t.holders.each {
		if !nodes.has(ordinal) {
			continue
		}
		for _, i := range e.records.get(ordinal).of(t) {
			for at, p := range probes {
				outside[at] = p.Match(i.context.Get(terms[at].Attr.Name))
			}
			if !e.goOn(len(i.rows) + 1) {
				return
			}
			if slices.ContainsFunc(i.rows, func(row uint32) bool { return passAllWithin(t, row, probes, outside) }) {
				hits.put(ordinal)
				break
			}
		}
	}
}

func passAllWithin(t *table, row uint32, probes []*probe, outside []bool) bool {
	for at, p := range probes {
		if p.column.get(row) == 0 {
			if !outside[at] {
				return false
			}
		} else if !p.passes(t, row) {
			return false
		}
	}
	return true
}
