package ui

import (
	"slices"
	"strings"

	"muster/internal/ask"
	"muster/internal/query"
)

// facet is the values of an attribute and how many of the nodes that pass the filter have each.
type facet struct {
	Values []facetValue
	Beside string // what else is asked of the entries with the values; empty if nothing
	More   bool   // there are others, which fewer nodes have
	CSV    string // all of them
}

// facetValue is a value. With and Without are the exploration of the nodes that have it, and of those that have not.
type facetValue struct {
	count
	With, Without string
}

// valuesInFacet is how many values are shown.
const valuesInFacet = 50

func (x exploration) facet(matching int) (f facet, err error) {
	if x.Attribute == "" {
		return f, nil
	}
	alone := x
	alone.By = nil
	f.CSV = alone.at("explore.csv")
	r, err := x.reading()
	if err != nil {
		return f, err
	}
	buckets, more, err := x.values(r, valuesInFacet)
	if err != nil {
		return f, err
	}
	f.More, f.Beside = more, ask.And(r.conditions()...).String()
	for _, b := range buckets {
		value := x.v.snapshot.Spelling(x.counted(), b.Value)
		having, lacking := r.filters(x.Filter, x.is(value))
		f.Values = append(f.Values, facetValue{x.nodes(value, b.Count, having, matching), x.with(having), x.with(lacking)})
	}
	return f, nil
}

// is the filter for a value of the attribute that is counted.
func (x exploration) is(value string) ask.Filter {
	return ask.Of(query.Term{Attr: x.counted(), Op: query.Equal, Values: []string{value}})
}

// reading is what a condition on the attribute means once it is joined to the filter.
type reading struct {
	where  query.Where  // what else is asked of the node
	beside []query.Term // and of the entry that has the value
	apart  bool         // the filter has alternatives, and the condition is put into has ( … )
}

// reading joins a value to the filter, and looks which clause comes of it.
func (x exploration) reading() (reading, error) {
	value := strings.Repeat(".", ask.MaxLength+1) // longer than any in a filter that was read
	where, err := ask.And(x.Filter, x.is(value)).Where(x.attribute)
	if err != nil {
		return reading{}, err
	}
	for i, clause := range where {
		at := slices.IndexFunc(clause.Terms, func(t query.Term) bool { return slices.Equal(t.Values, []string{value}) })
		if at >= 0 {
			return reading{where: slices.Delete(slices.Clone(where), i, i+1), beside: slices.Delete(slices.Clone(clause.Terms), at, at+1)}, nil
		}
	}
	return reading{where: x.where, apart: true}, nil
}

// conditions are those on the entry beside the value.
func (r reading) conditions() (conditions []ask.Filter) {
	for _, t := range r.beside {
		conditions = append(conditions, ask.Of(t))
	}
	return conditions
}

// filters gives the one for the nodes that have what is asked for, and the one for those that have not.
func (r reading) filters(f, is ask.Filter) (having, lacking ask.Filter) {
	lacking = ask.And(f, ask.Not(ask.And(append(r.conditions(), is)...)))
	if r.apart {
		is = ask.Apart(is)
	}
	return ask.And(f, is), lacking
}

// values counts the nodes by those that most of them have, and says whether there are more.
func (x exploration) values(r reading, size int) (buckets []query.Bucket, more bool, err error) {
	if len(r.beside) == 0 {
		tallies, more, err := x.v.snapshot.CountPage(x.v.Context(), r.where, []query.Aggregation{{By: x.counted()}}, 0, size)
		if err != nil {
			return nil, false, err
		}
		return tallies[0].Buckets, more, nil
	}
	buckets, err = x.v.snapshot.CountAmong(x.v.Context(), r.where, r.beside, x.counted())
	return buckets[:min(size, len(buckets))], len(buckets) > size, err
}
