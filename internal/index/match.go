package index

import (
	"iter"

	"muster/internal/query"
)

// probe is a term and the column it looks at.
type probe struct {
	query.Matcher
	op      query.Op
	column  *column
	verdict []verdict // by value, of those that were met; nil where asking each time is cheaper
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
	var found []uint32 // values that the best term so far is true of, if it is one that the order of values answers
	best, cost := -1, t.rows
	for _, term := range terms {
		c := t.column(term.Attr.Name)
		if c == nil {
			if term.Op == query.NotEqual {
				continue // true of every row
			}
			return
		}
		p := &probe{Matcher: term.Matcher(), op: term.Op, column: c}
		probes = append(probes, p)
		switch term.Op {
		case query.Equal, query.BeginWith:
			if values, rows := e.valuesOf(t, c, term); rows <= cost {
				best, cost, found = len(probes)-1, rows, values
			}
		case query.LessThan, query.GreaterThan, query.Exists:
			if c.rows < cost || best < 0 {
				best, cost, found = len(probes)-1, c.rows, nil
			}
		}
	}
	if best < 0 {
		e.matchRows(t, t.allRows(), probes, hits)
		return
	}
	driver := probes[best]
	probes = append(probes[:best], probes[best+1:]...)
	if cost > 1000 {
		for _, p := range probes {
			p.verdict = make([]verdict, t.values.cap())
		}
	}
	if found == nil {
		found = e.valuesThat(t, driver)
	}
	for _, v := range found {
		if !e.goOn(1) {
			return
		}
		rows := t.rowsWith.get(v)
		if t.byNode && len(probes) == 0 {
			hits.or(rows)
			continue
		}
		e.matchRows(t, rows.each, probes, hits)
	}
}

// valuesOf gives the values that an Equal or BeginWith term is true of, found by their order, and how many rows have them.
func (e *eval) valuesOf(t *table, c *column, term query.Term) (values []uint32, rows int) {
	values = []uint32{}
	for _, text := range term.Values {
		folded := query.Fold(text)
		same := t.spellings(c, folded)
		if term.Op == query.BeginWith {
			same = t.withPrefix(c, folded)
		}
		for v := range same {
			if !e.goOn(1) {
				return values, rows
			}
			values = append(values, v)
			rows += t.rowsWith.get(v).len()
		}
	}
	return values, rows
}

// valuesThat gives the values of the probe's column that satisfy it.
func (e *eval) valuesThat(t *table, p *probe) []uint32 {
	var values []uint32
	for v := range p.column.values.from(place{}) {
		if !e.goOn(8) {
			break
		}
		if p.op == query.Exists || p.Match(t.values.get(v).text, true) {
			values = append(values, v)
		}
	}
	return values
}

// matchRows puts into hits the nodes of those rows that pass all probes.
func (e *eval) matchRows(t *table, rows iter.Seq[uint32], probes []*probe, hits bitset) {
	for row := range rows {
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
