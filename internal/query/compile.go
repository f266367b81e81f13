package query

import (
	"slices"

	"muster"
)

// Compile makes the condition that a list of filters means. Every filter must hold; what remains to be said is which of them
// speak of one entry.
//
// Terms on different types are apart: each type has clauses of its own (F3). Of one type:
//
//   - With NotEqual alone, no entry may equal any of the values: a negated clause for each term (F1, F4).
//   - With at least one other operator, one entry has to satisfy all of the type's terms, NotEqual among them (F1).
//   - But Equal terms on one attribute that have no value in common cannot be true of one entry. Each of these gets a clause
//     with the type's remaining terms: the node has an entry for each (F2). Should several attributes be contradicted so,
//     nothing tells which of their values belong together, and a clause has one such term only.
//
// The clauses come in the order in which the terms name their types.
func Compile(terms []Term) Where {
	var where Where
	for rest := terms; len(rest) > 0; {
		t := rest[0].Attr.Type
		var ours, others []Term
		for _, term := range rest {
			if term.Attr.Type == t {
				ours = append(ours, term)
			} else {
				others = append(others, term)
			}
		}
		where = append(where, compileType(t, ours)...)
		rest = others
	}
	return where
}

func compileType(t muster.TypeName, terms []Term) []Clause {
	if !slices.ContainsFunc(terms, func(term Term) bool { return term.Op != NotEqual }) {
		return negated(t, terms)
	}
	var single, shared []Term
	for _, term := range terms {
		if contradicted(term, terms) {
			single = append(single, term)
		} else {
			shared = append(shared, term)
		}
	}
	if len(single) == 0 {
		return []Clause{{Type: t, Terms: shared}}
	}
	var clauses []Clause
	for _, term := range single {
		clauses = append(clauses, Clause{Type: t, Terms: append([]Term{term}, shared...)})
	}
	return clauses
}

// negated turns terms that are all NotEqual round.
func negated(t muster.TypeName, terms []Term) []Clause {
	var clauses []Clause
	for _, term := range terms {
		term.Op = Equal
		clauses = append(clauses, Clause{Type: t, Terms: []Term{term}, Not: true})
	}
	return clauses
}

// contradicted says whether no value satisfies all the Equal terms on the term's attribute, the term being one of them.
func contradicted(term Term, terms []Term) bool {
	if term.Op != Equal {
		return false
	}
	return !slices.ContainsFunc(term.Values, func(v string) bool {
		return !slices.ContainsFunc(terms, func(other Term) bool {
			return other.Op == Equal && other.Attr == term.Attr && !other.Match(v, true)
		})
	})
}
