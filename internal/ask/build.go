package ask

import (
	"muster"
	"muster/internal/query"
)

// Equal is the filter that asks for a value of an attribute, by its full key.
func Equal(key, value string) Filter {
	return Filter{condition{key: key, op: query.Equal, values: []string{value}}}
}

// BeginsWith is the filter that asks for values which begin so.
func BeginsWith(key, value string) Filter {
	return Filter{condition{key: key, op: query.BeginWith, values: []string{value}}}
}

// Differs is the filter for the nodes of which no entry has the value.
func Differs(key, value string) Filter {
	return Filter{condition{key: key, op: query.NotEqual, values: []string{value}}}
}

// Less is the filter that asks for values below.
func Less(key, value string) Filter {
	return Filter{condition{key: key, op: query.LessThan, values: []string{value}}}
}

// Of is the filter that asks what a term does, which has one of the operators of the language.
func Of(t query.Term) Filter {
	return Filter{condition{key: t.Attr.String(), op: t.Op, values: t.Values}}
}

// Not is the filter for the nodes that do not pass one, which must not be true of every node. Of a filter that begins with not, it is
// what follows that.
func Not(f Filter) Filter {
	if not, ok := f.root.(negate); ok {
		return Filter{not.of}
	}
	return Filter{negate{f.root}}
}

// Apart is the filter in has ( … ): what it asks of entries, it asks of others than those that a filter beside it speaks of.
func Apart(f Filter) Filter {
	if f.root == nil {
		return f
	}
	return Filter{entry{of: f.root}}
}

// Has is the filter for the nodes that have reported a type, Lacks that for the others.
func Has(t muster.TypeName) Filter { return Filter{holds{typ: string(t)}} }

// Lacks is the opposite of Has.
func Lacks(t muster.TypeName) Filter { return Filter{holds{typ: string(t), lacks: true}} }

// Parts gives the filters that this one joins by and, or itself; none if it is true of every node.
func (f Filter) Parts() []Filter {
	joined, ok := f.root.(both)
	switch {
	case f.root == nil:
		return nil
	case !ok:
		return []Filter{f}
	}
	var parts []Filter
	for _, root := range joined.parts {
		parts = append(parts, Filter{root})
	}
	return parts
}

// And joins filters as the word and does. One that is true of every node adds nothing, and one of several parts each of these.
func And(filters ...Filter) Filter {
	var roots []expression
	for _, f := range filters {
		roots = append(roots, rootsOf(f.Parts())...)
	}
	switch len(roots) {
	case 0:
		return Filter{}
	case 1:
		return Filter{roots[0]}
	}
	return Filter{both{roots}}
}

// Or joins filters as the word or does. There has to be one, and none that is true of every node.
func Or(filters ...Filter) Filter { return Filter{either{rootsOf(filters)}} }

func rootsOf(filters []Filter) (roots []expression) {
	for _, f := range filters {
		if f.root != nil {
			roots = append(roots, f.root)
		}
	}
	return roots
}
