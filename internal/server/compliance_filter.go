package server

import (
	"slices"
	"strings"
	"time"

	"muster"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// complianceSearch is the filters of a call: those on a node's inventory, and those on each entry of its compliance.
type complianceSearch struct {
	nodes query.Where
	terms []query.Term // on entries with their Context and the node's id as InstanceId
}

// complianceSearch reads filters on a type of compliance, items or summaries. A key is an attribute of the type, or one of
// inventory with the type before it.
func (v vocabulary) complianceSearch(t muster.TypeName, filters []ssmapi.ComplianceFilter) (complianceSearch, error) {
	var s complianceSearch
	var inventory []query.Term
	for _, f := range filters {
		term := query.Term{Attr: query.Attr{Type: t, Name: f.Key}, Op: complianceOperator(f.Type), Values: f.Values}
		switch {
		case len(f.Values) == 0:
			return s, muster.ErrFilter("The filter %s has no values.", f.Key)
		case strings.Contains(f.Key, ":"):
			a, err := v.attribute(f.Key)
			if err != nil {
				return s, muster.ErrFilter("The filter name %s isn't valid. Verify that you entered the correct name and try again.", f.Key)
			}
			term.Attr = a
			inventory = append(inventory, term)
		case f.Key == "InstanceId", f.Key == "ResourceId":
			term.Attr.Name = "InstanceId"
			s.terms = append(s.terms, term)
		case schema.HasAttribute(t, f.Key), v.snapshot.HasAttribute(term.Attr):
			s.terms = append(s.terms, term)
		default:
			return s, muster.ErrFilter("The filter name %s isn't valid. Verify that you entered the correct name and try again.", f.Key)
		}
	}
	s.nodes = append(query.Where{{Holds: []muster.TypeName{t}}}, query.Compile(inventory)...)
	s.nodes = append(s.nodes, query.Compile(s.positive())...)
	return s, nil
}

// positive gives the terms on entries that only nodes can pass which have an entry for them: so the index finds these nodes, and no
// others are looked at. It would find what is in a Context no faster than a look at each.
func (s complianceSearch) positive() []query.Term {
	var terms []query.Term
	for _, t := range s.terms {
		if t.Op == query.NotEqual || inContext(t) {
			continue
		}
		if t.Attr.Name == "InstanceId" {
			t.Attr = shown("InstanceId")
		}
		terms = append(terms, t)
	}
	return terms
}

// passesItem says whether any entry of the item could pass: what is in the Context is the same for all of them.
func (s complianceSearch) passesItem(it index.Item) bool {
	for _, t := range s.terms {
		if !inContext(t) {
			continue
		}
		if value, ok := it.Context.Get(t.Attr.Name); !t.Match(value, ok) {
			return false
		}
	}
	return true
}

// aboutEntries says whether the terms are on entries and the ComplianceType only.
func (s complianceSearch) aboutEntries() bool {
	return !slices.ContainsFunc(s.terms, func(t query.Term) bool {
		return t.Attr.Name == "InstanceId" || t.Attr.Name != "ComplianceType" && inContext(t)
	})
}

func inContext(t query.Term) bool {
	return slices.Contains(schema.ContextAttributes(muster.TypeComplianceItem), t.Attr.Name)
}

func complianceOperator(word string) query.Op {
	return map[string]query.Op{
		"": query.Equal, "equal": query.Equal, "notequal": query.NotEqual, "beginwith": query.BeginWith,
		"lessthan": query.LessThan, "greaterthan": query.GreaterThan,
	}[ssmapi.PlainOperator(word)]
}

// passes gives the entry with its Context, and whether it passes the filters.
func (s complianceSearch) passes(node muster.NodeID, it index.Item, e muster.Entry) (muster.Entry, bool) {
	e = withContext(it, e)
	if len(s.terms) == 0 {
		return e, true
	}
	return e, matchesAll(s.terms, e.With("InstanceId", string(node)))
}

// run is when and how an item of compliance was found out.
func run(it index.Item) ssmapi.ComplianceExecutionSummary {
	text, _ := it.Context.Get("ExecutionTime")
	at := it.Reported
	for _, t := range []string{string(it.Captured), text} {
		if parsed, err := time.Parse(time.RFC3339, t); err == nil {
			at = parsed
		}
	}
	id, _ := it.Context.Get("ExecutionId")
	kind, _ := it.Context.Get("ExecutionType")
	return ssmapi.ComplianceExecutionSummary{ExecutionTime: timestamp(at), ExecutionId: id, ExecutionType: kind}
}
