package ask

import (
	"fmt"
	"slices"

	"muster"
	"muster/internal/query"
)

// Attribute finds the attribute that a key such as "AWS:Application.Name" names. Who knows the custom types can tell where the
// name of one ends that has dots.
type Attribute func(key string) (query.Attr, error)

// AnyAttribute takes a key apart at its first dot, and refuses none that a Filter holds.
func AnyAttribute(key string) (query.Attr, error) { return AmongTypes()(key) }

// AmongTypes takes a key apart where the name of one of the types ends, and one that is of none of them at its first dot.
func AmongTypes(types ...muster.TypeName) Attribute {
	return func(key string) (query.Attr, error) {
		t, name, ok := muster.SplitAttribute(key, func(t muster.TypeName) bool { return slices.Contains(types, t) })
		if !ok {
			return query.Attr{}, fmt.Errorf("%s is no attribute", key)
		}
		return query.Attr{Type: t, Name: name}, nil
	}
}

type compiler struct{ attribute Attribute }

// conjunction is terms that are to be compiled together, and clauses that are finished.
type conjunction struct {
	terms   []query.Term
	clauses []query.Clause
}

func (c conjunction) where() query.Where {
	return append(query.Compile(c.terms), c.clauses...)
}

// Where gives the condition that the filter means.
//
// Conditions joined by and mean what the filters of one GetInventory call mean: those on one type hold of one entry, and a != that
// is alone with its type says that no entry is so ([query.Compile]). An or inside an and is taken out first, so that in
// "name = openssl and (version < 3 or version = 3.1)" each version is that of an entry whose name is openssl. What stands after
// not, has or lacks in parentheses is a condition of its own: no entry outside is meant by it.
func (f Filter) Where(attribute Attribute) (query.Where, error) {
	alternatives, err := f.alternatives(attribute)
	if err != nil {
		return nil, err
	}
	return anyOf(alternatives, false), nil
}

// Terms gives the filter as the filters of one GetInventory call, if it can be said so. It does not ask how many there may be.
func (f Filter) Terms(attribute Attribute) (terms []query.Term, ok bool, err error) {
	alternatives, err := f.alternatives(attribute)
	if err != nil || len(alternatives) != 1 {
		return nil, false, err
	}
	terms = alternatives[0].terms
	for _, c := range alternatives[0].clauses {
		if !c.Not || len(c.Terms) != 1 || c.Terms[0].Op != query.Equal {
			return nil, false, nil
		}
		term := c.Terms[0]
		term.Op = query.NotEqual
		if slices.ContainsFunc(terms, func(t query.Term) bool { return t.Attr.Type == c.Type && t.Op != query.NotEqual }) {
			return nil, false, nil // among others of the type it would speak of their entry
		}
		terms = append(slices.Clip(terms), term)
	}
	return terms, true, nil
}

// Entries gives a function that says which entries of a type a filter asks for: those of which one of its alternatives speaks.
// Where an alternative asks for no entry of the type, any will do.
func (f Filter) Entries(t muster.TypeName, attribute Attribute) (func(muster.Entry) bool, error) {
	alternatives, err := f.alternatives(attribute)
	if err != nil {
		return nil, err
	}
	var wanted [][]query.Term
	for _, a := range alternatives {
		clauses := slices.DeleteFunc(a.where(), func(c query.Clause) bool { return c.Not || c.Type != t })
		if len(clauses) == 0 {
			return func(muster.Entry) bool { return true }, nil
		}
		for _, c := range clauses {
			wanted = append(wanted, c.Terms)
		}
	}
	return func(e muster.Entry) bool {
		return slices.ContainsFunc(wanted, func(terms []query.Term) bool {
			return !slices.ContainsFunc(terms, func(term query.Term) bool { return !term.MatchEntry(e) })
		})
	}, nil
}

// Types gives the types that the filter speaks of, each once, in the order in which they are named.
func (f Filter) Types(attribute Attribute) ([]muster.TypeName, error) {
	where, err := f.Where(attribute)
	if err != nil {
		return nil, err
	}
	var types []muster.TypeName
	for _, t := range typesOf(where) {
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types, nil
}

func typesOf(where query.Where) (types []muster.TypeName) {
	for _, c := range where {
		if c.Type != "" {
			types = append(types, c.Type)
		}
		types = append(types, c.Holds...)
		for _, alternative := range c.Any {
			types = append(types, typesOf(alternative)...)
		}
	}
	return types
}

func (f Filter) alternatives(attribute Attribute) ([]conjunction, error) {
	if f.root == nil {
		return []conjunction{{}}, nil
	}
	return f.root.compile(compiler{attribute})
}

// anyOf makes one condition of alternatives, and turns it round.
func anyOf(alternatives []conjunction, not bool) query.Where {
	if len(alternatives) == 1 {
		where := alternatives[0].where()
		if !not {
			return where
		}
		if len(where) == 1 {
			where[0].Not = !where[0].Not
			return where
		}
	}
	c := query.Clause{Not: not}
	for _, a := range alternatives {
		c.Any = append(c.Any, a.where())
	}
	return query.Where{c}
}

func (e either) compile(c compiler) ([]conjunction, error) {
	var all []conjunction
	for _, part := range e.parts {
		alternatives, err := part.compile(c)
		if err != nil {
			return nil, err
		}
		if all = append(all, alternatives...); len(all) > MaxAlternatives {
			return nil, errAlternatives
		}
	}
	return all, nil
}

func (e both) compile(c compiler) ([]conjunction, error) {
	all := []conjunction{{}}
	for _, part := range e.parts {
		alternatives, err := part.compile(c)
		if err != nil {
			return nil, err
		}
		if len(all)*len(alternatives) > MaxAlternatives {
			return nil, errAlternatives
		}
		var products []conjunction
		for _, a := range all {
			for _, b := range alternatives {
				products = append(products, conjunction{slices.Concat(a.terms, b.terms), slices.Concat(a.clauses, b.clauses)})
			}
		}
		all = products
	}
	return all, nil
}

var errAlternatives = &Error{
	Text: fmt.Sprintf("with every or taken out of the ands around it, it has more than %d alternatives", MaxAlternatives),
	Hint: "list values with commas, name = bash, zsh, or put what belongs together into has ( … )",
}

func (e negate) compile(c compiler) ([]conjunction, error) { return own(e.of, c, true) }

func (e entry) compile(c compiler) ([]conjunction, error) { return own(e.of, c, e.lacks) }

// own makes finished clauses of an expression, so that nothing outside speaks of its entries.
func own(e expression, c compiler, not bool) ([]conjunction, error) {
	alternatives, err := e.compile(c)
	if err != nil {
		return nil, err
	}
	return []conjunction{{clauses: anyOf(alternatives, not)}}, nil
}

func (e holds) compile(compiler) ([]conjunction, error) {
	return []conjunction{{clauses: []query.Clause{{Holds: []muster.TypeName{muster.TypeName(e.typ)}, Not: e.lacks}}}}, nil
}

func (e condition) compile(c compiler) ([]conjunction, error) {
	attribute, err := c.attribute(e.key)
	if err != nil {
		return nil, err
	}
	return []conjunction{{terms: []query.Term{{Attr: attribute, Op: e.op, Values: e.values}}}}, nil
}
