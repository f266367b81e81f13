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
}

type verdict uint8

const (
	unknown verdict = iota
	yes
	no
)

// passes says whether the row satisfies the term.
func (p *probe) passes(t *table, row uint32) bool {
	v := p.column.get(row)
	if v == 0 {
		return p.Match("", false)
	}
	if p.verdict == nil {
		return p.Match(t.values.get(v).text, true)
	}
	if p.verdict[v] == unknown {
		p.verdict[v] = no
		if p.Match(t.values.get(v).text, true) {
			p.verdict[v] = yes
		}
	}
	return p.verdict[v] == yes
}

// match puts into hits the nodes with a row that satisfies all the terms. It begins with the rows that the most selective term
// leaves and asks the others of each.
func (e *eval) match(t *table, terms []query.Term, hits bitset) {
	var probes []*probe
	for _, term := range terms {
		c := t.column(term.Attr.Name)
		switch {
		case c != nil:
			probes = append(probes, e.probe(t, c, term))
		case term.Op != query.NotEqual: // which is true of every row
			e.plan("%s: no node has %s", t.name, term.Attr.Name)
			return
		}
	}
	if t.byNode {
		e.matchNodes(t, probes, hits)
		return
	}
	slices.SortStableFunc(probes, func(a, b *probe) int { return cmp.Compare(a.rows, b.rows) })
	if len(probes) == 0 || probes[0].op == query.NotEqual {
		e.plan("%s: each of %d rows", t.name, t.rows)
		e.matchRows(t, t.allRows(), probes, hits)
		return
	}
	first, others := probes[0], probes[1:]
	if first.rows > 1000 {
		for _, p := range others {
			p.verdict = make([]verdict, t.values.cap())
		}
	}
	values := e.valuesThat(t, first)
	e.plan("%s: %d of %d rows by %d values of %s, then %d more terms", t.name, first.rows, t.rows, len(values), first.column.name, len(others))
	for _, v := range values {
		if !e.goOn(1) {
			return
		}
		e.matchRows(t, t.rowsWith.get(v).each, others, hits)
	}
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
	p := &probe{Matcher: term.Matcher(), op: term.Op, column: c, rows: c.rows}
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

// valuesThat gives the values of the probe's column that satisfy it, or that do not if it is NotEqual.
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
		if p.Match(t.values.get(v).text, true) {
			values = append(values, v)
		}
	}
	return values
}

// matchRows puts into hits the nodes of those rows that pass all probes.
func (e *eval) matchRows(t *table, rows iter.Seq[uint32], probes []*probe, hits bitset) {
	for row := range rows {
		e.visit(0, 1)
		if passAll(t, row, probes) {
			nodes := t.nodesOf(row)
			hits.or(nodes)
			if !e.goOn(nodes.len() / 64) {
				return
			}
		}
		if !e.goOn(1) {
			return
		}
	}
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
