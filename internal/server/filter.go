package server

import (
	"strings"

	"muster"
	"muster/internal/ask"
	"muster/internal/fleet"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// typeNameKey is the key of the filter that asks which types a node has.
const typeNameKey = "TypeName"

// vocabulary is which types and attributes there are to ask about, in one space.
type vocabulary struct {
	snapshot *index.Snapshot
	custom   func(muster.TypeName) *muster.CustomType
}

// Attribute reads the names of attributes in a space as the operations do, for others who ask the fleet.
func Attribute(f *fleet.Fleet, space muster.Space, snapshot *index.Snapshot) ask.Attribute {
	v := vocabulary{snapshot, func(t muster.TypeName) *muster.CustomType { return f.CustomType(space, t) }}
	return v.attribute
}

// knows says whether a type is in the catalogue or has been put.
func (v vocabulary) knows(t muster.TypeName) bool {
	if t.Custom() {
		return v.custom(t) != nil
	}
	_, ok := schema.Builtin(t)
	return ok
}

// has says whether the attribute is in the catalogue or among the data. The agent sends attributes that no catalogue has.
func (v vocabulary) has(a query.Attr) bool {
	return schema.HasAttribute(a.Type, a.Name) || v.snapshot.HasAttribute(a)
}

// attribute reads "AWS:Application.Name". A custom type or attribute that nobody has put may still come, so it is no error.
func (v vocabulary) attribute(key string) (query.Attr, error) {
	t, name, ok := muster.SplitAttribute(key, v.knows)
	a := query.Attr{Type: t, Name: name}
	switch {
	case !ok, !t.Custom() && !strings.HasPrefix(string(t), "AWS:"):
		return a, muster.ErrFilter("The filter name %s isn't valid; it has the form AWS:Type.Attribute or Custom:Type.Attribute.", key)
	case t.Custom():
		return a, nil
	case !v.knows(t):
		return a, muster.ErrUnknownType(t)
	case !v.has(a):
		return a, muster.ErrFilter("The filter name %s isn't valid: %s has no attribute %s.", key, t, name)
	}
	return a, nil
}

// where reads the Filters of a call, all of which have to hold.
func (v vocabulary) where(filters []ssmapi.InventoryFilter) (query.Where, error) {
	terms := make([]query.Term, 0, len(filters))
	for _, f := range filters {
		if operator(f) == query.Exists || *f.Key == typeNameKey {
			return nil, muster.ErrFilter("The filter %s isn't valid here: %s and Exists are for groups.", *f.Key, typeNameKey)
		}
		a, err := v.attribute(*f.Key)
		if err != nil {
			return nil, err
		}
		terms = append(terms, query.Term{Attr: a, Op: operator(f), Values: f.Values})
	}
	return query.Compile(terms), nil
}

// Filters gives the terms as the Filters of a call, and whether a call may have so many.
func Filters(terms []query.Term) (filters ssmapi.List[ssmapi.InventoryFilter], ok bool) {
	for _, t := range terms {
		key, word := t.Attr.String(), operatorWord(t.Op)
		filters = append(filters, ssmapi.InventoryFilter{Key: &key, Values: t.Values, Type: &word})
		if len(t.Values) > muster.MaxFilterValues {
			return nil, false
		}
	}
	return filters, len(filters) <= muster.MaxFilters
}

// group reads the Filters of an inventory group, which may also ask for types.
func (v vocabulary) group(g ssmapi.InventoryGroup) (query.Group, error) {
	var holds query.Where
	var terms []query.Term
	for _, f := range g.Filters {
		if *f.Key == typeNameKey {
			clause, err := v.holds(*g.Name, f)
			if err != nil {
				return query.Group{}, err
			}
			holds = append(holds, clause)
			continue
		}
		a, err := v.attribute(*f.Key)
		if err != nil {
			return query.Group{}, muster.ErrGroup("The group %s isn't valid: %s", *g.Name, err.(*muster.Error).Message)
		}
		terms = append(terms, query.Term{Attr: a, Op: operator(f), Values: f.Values})
	}
	return query.Group{Name: *g.Name, Where: append(holds, query.Compile(terms)...)}, nil
}

// holds reads a filter on TypeName.
func (v vocabulary) holds(group string, f ssmapi.InventoryFilter) (query.Clause, error) {
	if operator(f) != query.Exists {
		return query.Clause{}, muster.ErrGroup("The group %s isn't valid: %s goes with the type Exists only.", group, typeNameKey)
	}
	var c query.Clause
	for _, value := range f.Values {
		t := muster.TypeName(value)
		if !schema.ValidTypeName(t) {
			return c, muster.ErrGroup("The group %s isn't valid: there is no inventory type %s.", group, t)
		}
		c.Holds = append(c.Holds, t)
	}
	return c, nil
}

// operatorWord is what AWS calls an operator.
func operatorWord(op query.Op) string {
	return map[query.Op]string{
		query.Equal: "Equal", query.NotEqual: "NotEqual", query.BeginWith: "BeginWith",
		query.LessThan: "LessThan", query.GreaterThan: "GreaterThan", query.Exists: "Exists",
	}[op]
}

// operator is the filter's, Equal if it names none. The constraints let no other word pass.
func operator(f ssmapi.InventoryFilter) query.Op { return operatorNamed(f.Type) }

func operatorNamed(name *string) query.Op {
	if name == nil {
		return query.Equal
	}
	return map[string]query.Op{
		"Equal": query.Equal, "NotEqual": query.NotEqual, "BeginWith": query.BeginWith,
		"LessThan": query.LessThan, "GreaterThan": query.GreaterThan, "Exists": query.Exists,
	}[*name]
}
