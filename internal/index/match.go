package index

import (
	"cmp"
	"iter"
	"slices"

	"muster/internal/query"
)

// probe is a term and the column it looks at.
type probe struct {
	query.Matcher
	op        query.Op
	column    *column
	attribute string    // for looking outside the rows
	values    []uint32  // those that it is true of, if their order tells; of NotEqual, those that it is false of
	rows      int       // at most so many satisfy it
	verdict   []verdict // by value, of those that were met; nil where asking each time is cheaper
	marks     *marks    // of a term that orders releases, which takes more than the value; else nil
}

type verdict uint8

const (
	unknown verdict = iota
	yes
	no
	byMarks // what else the row has decides
)

// passes says whether the row satisfies the term.
func (p *probe) passes(t *table, row uint32) bool {
	v := p.column.get(row)
	if v == 0 {
		return p.Match("", false)
	}
	if p.marks != nil && p.verdict == nil { // to ask what holds whatever the marks are pays for rows with one value
		return p.MatchRelease(p.marks.of(t, row, nil, 0, t.values.get(v).text))
	}
	verdict := p.of(t, v)
	return verdict == yes || verdict == byMarks && p.MatchRelease(p.marks.of(t, row, nil, 0, t.values.get(v).text))
}

// of gives the verdict on a value.
func (p *probe) of(t *table, v uint32) verdict {
	if p.verdict == nil {
		return p.judge(t.values.get(v).text)
	}
	if p.verdict[v] == unknown {
		p.verdict[v] = p.judge(t.values.get(v).text)
	}
	return p.verdict[v]
}

func (p *probe) judge(text string) verdict {
	match, sure := false, true
	if p.marks != nil {
		match, sure = p.MatchVersion(text)
	} else {
		match = p.Match(text, true)
	}
	switch {
	case !sure:
		return byMarks
	case match:
		return yes
	}
	return no
}

// match puts into hits the nodes with a row that satisfies all the terms.
func (e *eval) match(t *table, terms []query.Term, hits bitset) {
	if t.byNode {
		if probes, ok := e.probesOf(t, terms); ok {
			e.matchNodes(t, probes, hits)
		}
		return
	}
	if f, few := e.find(t, terms, hits); few {
		e.hitFound(&f, hits)
	}
}

// hit puts into hits the nodes that have one of the rows.
func (e *eval) hit(t *table, rows iter.Seq[uint32], hits bitset) {
	for row := range rows {
		nodes := t.nodes.get(row)
		hits.or(nodes)
		if !e.goOn(1 + nodes.len()/64) {
			return
		}
	}
}

// probesOf gives one for each term that not every row satisfies. It says false if none does.
func (e *eval) probesOf(t *table, terms []query.Term) (probes []*probe, ok bool) {
	for _, term := range terms {
		c := t.column(term.Attr.Name)
		switch {
		case c != nil:
			probes = append(probes, e.probe(t, c, term))
		case term.Op != query.NotEqual: // which is true of every row
			e.plan("%s: no node has %s", t.name, term.Attr.Name)
			return nil, false
		}
	}
	return probes, true
}

// rowsThat gives the rows that satisfy all the terms. It begins with those that the most selective term leaves and asks the others of
// each.
func (e *eval) rowsThat(t *table, terms []query.Term) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		probes, ok := e.probesOf(t, terms)
		if !ok {
			return
		}
		slices.SortStableFunc(probes, func(a, b *probe) int { return cmp.Compare(a.rows, b.rows) })
		if len(probes) == 0 || probes[0].op == query.NotEqual {
			e.plan("%s: each of %d rows", t.name, t.rows)
			e.passing(t, t.allRows(), probes, yield)
			return
		}
		first, others := probes[0], probes[1:]
		if first.marks != nil {
			others = probes // values do not decide alone
		}
		if first.rows > 1000 {
			for _, p := range others {
				p.verdict = make([]verdict, t.values.cap())
			}
		}
		values := e.valuesThat(t, first)
		e.plan("%s: %d of %d rows by %d values of %s, then %d more terms", t.name, first.rows, t.rows, len(values), first.column.name, len(others))
		for _, v := range values {
			if !e.goOn(1) || !e.passing(t, t.rowsWith.get(v).each, others, yield) {
				return
			}
		}
	}
}

// passing calls yield with those of the rows that pass all probes, until it says false, and then says so.
func (e *eval) passing(t *table, rows iter.Seq[uint32], probes []*probe, yield func(uint32) bool) bool {
	for row := range rows {
		e.visit(0, 1)
		if passAll(t, row, probes) && !yield(row) || !e.goOn(1) {
			return false
		}
	}
	return true
}

// matchNodes is match for the table whose rows are nodes: there each term is a set of nodes.
func (e *eval) matchNodes(t *table, probes []*probe, hits bitset) {
	hits.or(t.holders)
	some := e.bitset()
	for _, p := range probes {
		clear(some)
		for _, v := range e.valuesThat(t, p) {
			rows := t.rowsWith.get(v)
			e.visit(0, rows.len())
			some.or(rows)
			if !e.goOn(1 + rows.len()/64) {
				return
			}
		}
		if p.op == query.NotEqual {
			hits.andNot(some)
		} else {
			hits.and(some)
		}
		e.plan("%s: the nodes with any of the values of %s", t.name, p.column.name)
	}
}

// probe finds out how selective a term is.
func (e *eval) probe(t *table, c *column, term query.Term) *probe {
	p := &probe{Matcher: term.Matcher(), op: term.Op, column: c, rows: c.rows, marks: t.marksFor(term)}
	switch term.Op {
	case query.Equal, query.BeginWith:
		p.rows = 0
		for _, text := range term.Values {
			e.addValues(t, p, query.Fold(text))
		}
	case query.NotEqual:
		for _, text := range term.Values {
			e.addValues(t, p, query.Fold(text))
		}
		p.rows = t.rows
	}
	return p
}

// addValues adds the values that a term asks for by one of its texts.
func (e *eval) addValues(t *table, p *probe, folded string) {
	values := t.spellings(p.column, folded)
	if p.op == query.BeginWith {
		values = t.withPrefix(p.column, folded)
	}
	for v := range values {
		if !e.goOn(1) {
			return
		}
		p.values = append(p.values, v)
		p.rows += t.rowsWith.get(v).len()
	}
}

// valuesThat gives the values of the probe's column that satisfy it or may do so, or that do not if it is NotEqual.
func (e *eval) valuesThat(t *table, p *probe) []uint32 {
	switch p.op {
	case query.Equal, query.BeginWith, query.NotEqual:
		return p.values
	}
	var values []uint32
	for v := range p.column.values.from(place{}) {
		if !e.goOn(8) {
			break
		}
		if p.of(t, v) != no {
			values = append(values, v)
		}
	}
	return values
}

func passAll(t *table, row uint32, probes []*probe) bool {
	for _, p := range probes {
		if !p.passes(t, row) {
			return false
		}
	}
	return true
}

// allRows gives every row that is defined.
func (t *table) allRows() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for row := range t.shape.cap() {
			if t.shape.get(row) != 0 && !yield(row) {
				return
			}
		}
	}
}
