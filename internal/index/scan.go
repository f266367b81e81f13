package index

import (
	"slices"

	"muster/internal/query"
)

// scan does what match does where the terms speak of attributes that lie outside the dictionary: it walks the items of the nodes
// asked about. A row's own attribute goes before one from outside. Terms that the rows alone decide come first: the nodes that have
// no such row are not walked, and what lies outside is only read of the entries that are left.
func (e *eval) scan(t *table, terms []query.Term, nodes, hits bitset) {
	if inside := slices.DeleteFunc(slices.Clone(terms), t.needsOutside); len(inside) > 0 {
		candidates := e.bitset()
		e.match(t, inside, candidates)
		candidates.and(nodes)
		nodes = candidates
		terms = append(inside, slices.DeleteFunc(slices.Clone(terms), func(term query.Term) bool { return !t.needsOutside(term) })...)
	}
	e.plan("%s: each entry of %d nodes, for what lies outside the dictionary", t.name, nodes.countIn(t.holders))
	probes := t.probes(terms)
	var attributes []string
	for _, term := range terms {
		attributes = append(attributes, term.Attributes()...)
	}
	wanted := func(attribute string) bool { return slices.Contains(attributes, attribute) }
	var rows []uint32
	for ordinal := range t.holders.each {
		if !nodes.has(ordinal) {
			continue
		}
		e.visit(1, 0)
		of := e.records.get(ordinal).of(t)
		for i := range of {
			if !e.goOn(of[i].entries() + 1) {
				return
			}
			o := t.outsideOf(&of[i], wanted)
			rows = of[i].rowNumbers().appendTo(rows[:0])
			e.visit(0, len(rows))
			if anyPasses(t, rows, probes, &o) {
				hits.put(ordinal)
				break
			}
		}
	}
}

// anyPasses says whether some entry of an item with these rows satisfies all of the terms.
func anyPasses(t *table, rows []uint32, probes []*probe, o *outside) bool {
	for at, row := range rows {
		if passAllAt(t, row, probes, o, at) {
			return true
		}
	}
	return false
}

func passAllAt(t *table, row uint32, probes []*probe, o *outside, at int) bool {
	for _, p := range probes {
		if !p.passesAt(t, row, o, at) {
			return false
		}
	}
	return true
}

// probes makes one for each term, which remember what they say of values but not which values they are true of.
func (t *table) probes(terms []query.Term) []*probe {
	probes := make([]*probe, len(terms))
	for i, term := range terms {
		probes[i] = &probe{Matcher: term.Matcher(), op: term.Op, attribute: term.Attr.Name, column: t.column(term.Attr.Name), marks: t.marksFor(term)}
		if probes[i].column == nil {
			probes[i].column = &column{}
		}
		probes[i].verdict = make([]verdict, t.values.cap())
	}
	return probes
}

// textAt gives the value that the entry has of the probe's attribute.
func (p *probe) textAt(t *table, row uint32, o *outside, at int) (text string, ok bool) {
	if v := p.column.get(row); v != 0 {
		return t.values.get(v).text, true
	}
	return o.get(p.attribute, at)
}

// passesAt says whether the entry satisfies the term, whose row is at the place of an item that has o outside its rows.
func (p *probe) passesAt(t *table, row uint32, o *outside, at int) bool {
	if p.marks == nil && p.column.get(row) != 0 {
		return p.passes(t, row)
	}
	text, ok := p.textAt(t, row, o, at)
	if !ok || p.marks == nil {
		return p.Match(text, ok)
	}
	return p.MatchRelease(p.marks.of(t, row, o, at, text))
}
