package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"muster"
	"muster/internal/query"
)

// TestPlans asks a fleet that is big enough for every way of working out an answer, and holds the answers against walking all
// entries.
func TestPlans(t *testing.T) {
	t.Parallel()
	f := newFleet(400)
	s, m := f.index.Snapshot(), f.model(t)
	term := func(a query.Attr, op query.Op, values ...string) query.Term {
		return query.Term{Attr: a, Op: op, Values: values}
	}
	host := query.Attr{Type: muster.TypeInstanceInformation, Name: "ComputerName"}
	for name, terms := range map[string][]query.Term{
		"all nodes":                {},
		"one in four":              {term(host, query.BeginWith, "host-0000")},
		"one node":                 {term(host, query.Equal, "HOST-000007.example.com")},
		"a common row and another": {term(appName, query.Equal, "package-3"), term(appVersion, query.LessThan, "9.9.9-9")},
		"many rows and many more":  {term(appName, query.BeginWith, "package-1"), term(appVersion, query.GreaterThan, "3.2.1-0"), term(appVersion, query.NotEqual, "4.4.4-1")},
		"all but some":             {term(serviceUp, query.NotEqual, "running")},
		"none":                     {term(serviceUp, query.Equal, "failed")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := query.Compile(terms)
			for _, limit := range []int{1, 50, 2000} {
				got, more, err := s.Select(t.Context(), where, nodeID(200), limit)
				want, wantMore := m.selected(where, nodeID(200), limit)
				if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || more != wantMore {
					t.Errorf("%d of them: %v, more %v, %v\nwant %v, more %v", limit, got, more, err, want, wantMore)
				}
			}
			ids := m.find(where)
			for _, path := range [][]query.Attr{
				{platform}, {host}, {appName}, {service1}, {serviceUp}, {service1, serviceUp}, {serviceUp, platform, service1}, {appName, platform, appVersion},
			} {
				a := query.Aggregation{By: path[len(path)-1]}
				for i := len(path) - 2; i >= 0; i-- {
					a = query.Aggregation{By: path[i], Inner: []query.Aggregation{a}}
				}
				tallies, err := s.Count(t.Context(), where, []query.Aggregation{a})
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]int{}
				flatten(tallies[0], "", got)
				if want := m.walk(ids, path); !maps.Equal(got, want) {
					t.Errorf("by %v: %d combinations, want %d", path, len(got), len(want))
				}
			}
		})
	}
}

// walk counts the nodes by the values along a path, entry by entry. Types but the first have one attribute on the path.
func (m *model) walk(ids []muster.NodeID, path []query.Attr) map[string]int {
	counts := map[string]int{}
	for _, id := range ids {
		met := map[string]bool{}
		m.combine(id, path, make([]string, len(path)), met)
		for combination := range met {
			counts[combination]++
		}
	}
	return counts
}

// combine fills in the values of the types one after the other, a row of each at a time. Empty ones are those still to fill in: no
// value of the fleet is empty.
func (m *model) combine(id muster.NodeID, path []query.Attr, values []string, met map[string]bool) {
	open := -1
	for level := range path {
		if values[level] == "" {
			open = level
			break
		}
	}
	if open < 0 {
		met["/"+strings.Join(values, "/")] = true
		return
	}
	m.anyRow(id, path[open].Type, func(row muster.Entry) bool {
		filled := append([]string(nil), values...)
		for level, attr := range path {
			if attr.Type == path[open].Type {
				v, ok := row.Get(attr.Name)
				if !ok {
					return false
				}
				filled[level] = query.Fold(v)
			}
		}
		m.combine(id, path, filled, met)
		return false
	})
}

func flatten(t query.Tally, prefix string, counts map[string]int) {
	for _, b := range t.Buckets {
		if len(b.Inner) == 0 {
			counts[prefix+"/"+b.Value] = b.Count
		}
		for _, inner := range b.Inner {
			flatten(inner, prefix+"/"+b.Value, counts)
		}
	}
}

func TestQuestionsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	s := newFleet(400).index.Snapshot()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Count(ctx, nil, []query.Aggregation{{By: appName}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Count ends with %v", err)
	}
	where := query.Compile([]query.Term{{Attr: appVersion, Op: query.GreaterThan, Values: []string{"0"}}})
	if _, _, err := s.Select(ctx, where, "", 50); !errors.Is(err, context.Canceled) {
		t.Errorf("Select ends with %v", err)
	}
}

// TestDescribedValuesAreGivenUp changes what a node is described by, as a status or an address does, again and again.
func TestDescribedValuesAreGivenUp(t *testing.T) {
	t.Parallel()
	x := New()
	var first *Snapshot
	for n := range 5000 {
		b := x.Begin()
		b.Describe(nodeID(n%3), "1.0", "", muster.NewEntry([]muster.Field{
			{Name: "IpAddress", Value: fmt.Sprint(n)},
			{Name: "InstanceStatus", Value: []string{"Active", "active", "ConnectionLost"}[n%7%3]},
		}))
		if n%10 == 0 {
			b.Forget(nodeID(0))
		}
		b.Publish(muster.Position(n + 1))
		if n == 2 {
			first = x.Snapshot()
		}
	}
	stats, table := x.Snapshot().Stats(), x.Snapshot().tables[0]
	if stats.Rows > 3 || stats.Values > 6 || table.values.cap() > pageSize || table.shape.cap() > pageSize {
		t.Errorf("three nodes leave %+v", stats)
	}
	ids, _, err := first.Select(t.Context(), query.Compile([]query.Term{{
		Attr: query.Attr{Type: muster.TypeInstanceInformation, Name: "IpAddress"}, Op: query.Equal, Values: []string{"1"},
	}}), "", 10)
	if err != nil || len(ids) != 1 || ids[0] != nodeID(1) {
		t.Errorf("an old snapshot has lost a value that was given up: %v, %v", ids, err)
	}
}

func TestHasAttribute(t *testing.T) {
	t.Parallel()
	x := New()
	w := newWriter(x)
	key := modelKey{muster.TypeComplianceItem, "Patch"}
	w.do(op{kind: put, node: "i-1", key: key, context: muster.Entry{{Name: "ExecutionId", Value: "7"}}, entries: []muster.Entry{{{Name: "Id", Value: "KB1"}}}})
	w.do(op{kind: drop, node: "i-1", key: key})
	w.do(op{kind: publish})
	for name, want := range map[string]bool{"Id": true, "ExecutionId": true, "id": false, "": false} {
		if got := x.Snapshot().HasAttribute(query.Attr{Type: muster.TypeComplianceItem, Name: name}); got != want {
			t.Errorf("attribute %q is known: %v, want %v", name, got, want)
		}
	}
	if x.Snapshot().HasAttribute(query.Attr{Type: application, Name: "Id"}) {
		t.Error("an attribute of a type that nobody has is known")
	}
}
