package server

import (
	"reflect"
	"testing"

	"muster"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

func by(text string, inner ...ssmapi.InventoryAggregator) ssmapi.InventoryAggregator {
	return ssmapi.InventoryAggregator{Expression: &text, Aggregators: inner}
}

func grouped(names ...string) ssmapi.InventoryAggregator {
	a := ssmapi.InventoryAggregator{Groups: ssmapi.List[ssmapi.InventoryGroup]{}}
	for _, name := range names {
		a.Groups = append(a.Groups, ssmapi.InventoryGroup{Name: &name, Filters: ssmapi.List[ssmapi.InventoryFilter]{filter("TypeName", "Exists", string(app))}})
	}
	return a
}

func nested(depth int) ssmapi.InventoryAggregator {
	a := by("AWS:Application.Name")
	for range depth - 1 {
		a = by("AWS:Application.Name", a)
	}
	return a
}

func TestAggregations(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	words := r.vocabulary(r.caller.Space, r.fleet.Snapshot(r.caller.Space))
	attr := func(t muster.TypeName, name string) query.Attr { return query.Attr{Type: t, Name: name} }
	group := func(name string) query.Group {
		return query.Group{Name: name, Where: query.Where{{Holds: []muster.TypeName{app}}}}
	}
	both := by("AWS:Application.Name")
	both.Groups = grouped("g").Groups
	inside := grouped("g")
	inside.Aggregators = ssmapi.List[ssmapi.InventoryAggregator]{by("AWS:Application.Name")}
	for _, c := range []struct {
		name         string
		in           []ssmapi.InventoryAggregator
		want         []query.Aggregation // nil: not looked at
		code, strict muster.Code
	}{
		{"by an attribute", []ssmapi.InventoryAggregator{by("AWS:Application.Name")}, []query.Aggregation{{By: attr(app, "Name")}}, "", ""},
		{"nested", []ssmapi.InventoryAggregator{by("AWS:InstanceInformation.PlatformType", by("AWS:Application.Name"), by("AWS:Application.Version"))},
			[]query.Aggregation{{By: attr(muster.TypeInstanceInformation, "PlatformType"), Inner: []query.Aggregation{{By: attr(app, "Name")}, {By: attr(app, "Version")}}}}, "", ""},
		{"groups", []ssmapi.InventoryAggregator{grouped("a", "b")}, []query.Aggregation{{Groups: []query.Group{group("a"), group("b")}}}, "", ""},
		{"groups inside", []ssmapi.InventoryAggregator{by("AWS:Application.Name", grouped("a"))},
			[]query.Aggregation{{By: attr(app, "Name"), Inner: []query.Aggregation{{Groups: []query.Group{group("a")}}}}}, "", ""},
		{"not in AWS's list", []ssmapi.InventoryAggregator{by("AWS:Application.URL")}, []query.Aggregation{{By: attr(app, "URL")}}, "", muster.CodeInvalidAggregator},
		{"a custom type", []ssmapi.InventoryAggregator{by("Custom:Rack.Row")}, []query.Aggregation{{By: attr(rack, "Row")}}, "", muster.CodeInvalidAggregator},
		{"an unknown type", []ssmapi.InventoryAggregator{by("AWS:Nonsense.Name")}, nil, muster.CodeInvalidAggregator, muster.CodeInvalidAggregator},
		{"an unknown attribute", []ssmapi.InventoryAggregator{by("AWS:Application.Nonsense")}, nil, muster.CodeInvalidAggregator, muster.CodeInvalidAggregator},
		{"no attribute", []ssmapi.InventoryAggregator{by("AWS:Application")}, nil, muster.CodeInvalidAggregator, muster.CodeInvalidAggregator},
		{"neither", []ssmapi.InventoryAggregator{{}}, nil, muster.CodeInvalidAggregator, muster.CodeInvalidAggregator},
		{"both", []ssmapi.InventoryAggregator{both}, nil, muster.CodeInvalidAggregator, muster.CodeInvalidAggregator},
		{"something inside groups", []ssmapi.InventoryAggregator{inside}, nil, muster.CodeInvalidAggregator, muster.CodeInvalidAggregator},
		{"as deep as it goes", []ssmapi.InventoryAggregator{nested(muster.MaxAggregatorDepth)}, nil, "", ""},
		{"too deep", []ssmapi.InventoryAggregator{nested(muster.MaxAggregatorDepth + 1)}, nil, muster.CodeInvalidAggregator, muster.CodeInvalidAggregator},
		{"a name twice", []ssmapi.InventoryAggregator{grouped("a", "a")}, nil, muster.CodeInvalidInventoryGroup, muster.CodeInvalidInventoryGroup},
		{"a name twice, far apart", []ssmapi.InventoryAggregator{grouped("a"), by("AWS:Application.Name", grouped("a"))}, nil, muster.CodeInvalidInventoryGroup, muster.CodeInvalidInventoryGroup},
	} {
		for _, strict := range []bool{false, true} {
			wantCode := c.code
			if strict {
				wantCode = c.strict
			}
			got, err := aggregations{words, strict, map[string]bool{}}.list(c.in, 1)
			if code(err) != wantCode {
				t.Errorf("%s, strict %v: %v, want %q", c.name, strict, err, wantCode)
			}
			if err == nil && c.want != nil && !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
			}
		}
	}
}

func buckets(values ...string) []query.Bucket {
	var list []query.Bucket
	for i, v := range values {
		list = append(list, query.Bucket{Value: v, Count: 10 - i, Total: 10 - i})
	}
	return list
}

func TestEntities(t *testing.T) {
	t.Parallel()
	attr := func(t muster.TypeName, name string) query.Attr { return query.Attr{Type: t, Name: name} }
	name := query.Aggregation{By: attr(app, "Name")}
	version := query.Aggregation{By: attr(app, "Version")}
	platform := query.Aggregation{By: attr(muster.TypeInstanceInformation, "PlatformType")}
	group := query.Aggregation{Groups: []query.Group{{Name: "g"}}}
	counts := query.Tally{Groups: []query.GroupCount{{Name: "g", Matching: 1, Not: 2}}}
	within := func(a query.Aggregation, inner ...query.Aggregation) query.Aggregation {
		a.Inner = inner
		return a
	}
	for _, c := range []struct {
		name    string
		by      []query.Aggregation
		tallies []query.Tally
		want    string
	}{
		{"a list", []query.Aggregation{name}, []query.Tally{{Buckets: buckets("bash", "zsh")}},
			`[{"Data":{"AWS:Application":{"Content":[{"Count":"10","Name":"bash"},{"Count":"9","Name":"zsh"}]}}}]`},
		{"nothing (A9)", []query.Aggregation{name}, []query.Tally{{}},
			`[{"Data":{"AWS:Application":{"Content":[]}}}]`},
		{"two types (A5)", []query.Aggregation{name, platform}, []query.Tally{{Buckets: buckets("bash")}, {Buckets: buckets("linux")}},
			`[{"Data":{"AWS:Application":{"Content":[{"Count":"10","Name":"bash"}]},"AWS:InstanceInformation":{"Content":[{"Count":"10","PlatformType":"linux"}]}}}]`},
		{"one type twice (A5)", []query.Aggregation{name, version, platform}, []query.Tally{{Buckets: buckets("bash")}, {Buckets: buckets("5")}, {Buckets: buckets("linux")}},
			`[{"Data":{"AWS:Application":{"Content":[{"Count":"10","Name":"bash"}]}}},{"Data":{"AWS:Application":{"Content":[{"Count":"10","Version":"5"}]},"AWS:InstanceInformation":{"Content":[{"Count":"10","PlatformType":"linux"}]}}}]`},
		{"siblings inside (A6)", []query.Aggregation{within(platform, name, version)},
			[]query.Tally{{Buckets: []query.Bucket{{Value: "linux", Inner: []query.Tally{{Buckets: buckets("bash")}, {Buckets: buckets("5")}}}}}},
			`[{"Data":{"AWS:InstanceInformation":{"Content":[{"Count":"10","Name":"bash","PlatformType":"linux"},{"Count":"10","PlatformType":"linux","Version":"5"}]}}}]`},
		{"one name twice in a chain (A7)", []query.Aggregation{within(name, query.Aggregation{By: attr("AWS:Service", "Name")})},
			[]query.Tally{{Buckets: []query.Bucket{{Value: "outer", Inner: []query.Tally{{Buckets: buckets("inner")}}}}}},
			`[{"Data":{"AWS:Application":{"Content":[{"Count":"10","Name":"inner"}]}}}]`},
		{"groups", []query.Aggregation{group}, []query.Tally{counts},
			`[{"Data":{"g":{"Content":[{"notMatchingCount":"2"},{"matchingCount":"1"}]}}}]`},
		{"groups of nothing (A12)", []query.Aggregation{group}, []query.Tally{{Groups: []query.GroupCount{{Name: "g"}}}},
			`[{"Data":{"g":{"Content":[{"notMatchingCount":"0"},{"matchingCount":"0"}]}}}]`},
		{"groups inside (A13)", []query.Aggregation{within(platform, group)},
			[]query.Tally{{Buckets: []query.Bucket{{Value: "linux", Inner: []query.Tally{counts}}, {Value: "windows", Inner: []query.Tally{counts}}}}},
			`[{"Data":{"g":{"Content":[{"PlatformType":"linux","notMatchingCount":"2"},{"PlatformType":"linux","matchingCount":"1"},{"PlatformType":"windows","notMatchingCount":"2"},{"PlatformType":"windows","matchingCount":"1"}]}}}]`},
		{"groups and more inside", []query.Aggregation{within(platform, group, name)},
			[]query.Tally{{Buckets: []query.Bucket{{Value: "linux", Inner: []query.Tally{counts, {Buckets: buckets("bash")}}}}}},
			`[{"Data":{"AWS:InstanceInformation":{"Content":[{"Count":"10","Name":"bash","PlatformType":"linux"}]},"g":{"Content":[{"PlatformType":"linux","notMatchingCount":"2"},{"PlatformType":"linux","matchingCount":"1"}]}}}]`},
		{"groups on a later page", []query.Aggregation{group, name}, []query.Tally{{}, {Buckets: buckets("bash")}},
			`[{"Data":{"AWS:Application":{"Content":[{"Count":"10","Name":"bash"}]}}}]`},
	} {
		if got := text(t, entities(c.by, c.tallies)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}
