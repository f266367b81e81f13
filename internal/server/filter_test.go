package server

import (
	"reflect"
	"testing"

	"muster"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

const app = muster.TypeName("AWS:Application")

func TestWhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	r.put(1, app, entry("Name", "bash", "Zodiac", "lion"))
	r.put(1, "Custom:Rack.Row", entry("Number", "1"))
	words := r.vocabulary(r.caller.Space, r.fleet.Snapshot(r.caller.Space))
	term := func(t muster.TypeName, name string, op query.Op, values ...string) query.Term {
		return query.Term{Attr: query.Attr{Type: t, Name: name}, Op: op, Values: values}
	}
	for _, c := range []struct {
		name    string
		filters []ssmapi.InventoryFilter
		terms   []query.Term
		code    muster.Code
	}{
		{"none", nil, []query.Term{}, ""},
		{"no operator", []ssmapi.InventoryFilter{filter("AWS:Application.Name", "", "a")}, []query.Term{term(app, "Name", query.Equal, "a")}, ""},
		{"every operator", []ssmapi.InventoryFilter{
			filter("AWS:Application.Name", "Equal", "a", "b"), filter("AWS:Application.Version", "NotEqual", "a"),
			filter("AWS:Application.Publisher", "BeginWith", ""), filter("AWS:Application.Version", "LessThan", "1"),
			filter("AWS:Application.Version", "GreaterThan", "0"),
		}, []query.Term{
			term(app, "Name", query.Equal, "a", "b"), term(app, "Version", query.NotEqual, "a"),
			term(app, "Publisher", query.BeginWith, ""), term(app, "Version", query.LessThan, "1"),
			term(app, "Version", query.GreaterThan, "0"),
		}, ""},
		{"an attribute beside the catalogue", []ssmapi.InventoryFilter{filter("AWS:Application.Zodiac", "", "lion")}, []query.Term{term(app, "Zodiac", query.Equal, "lion")}, ""},
		{"a custom type with a dot", []ssmapi.InventoryFilter{filter("Custom:Rack.Row.Number", "", "1")}, []query.Term{term("Custom:Rack.Row", "Number", query.Equal, "1")}, ""},
		{"a custom type to come", []ssmapi.InventoryFilter{filter("Custom:Never.A.B", "", "1")}, []query.Term{term("Custom:Never", "A.B", query.Equal, "1")}, ""},
		{"an unknown type", []ssmapi.InventoryFilter{filter("AWS:Nonsense.Name", "", "a")}, nil, muster.CodeInvalidTypeName},
		{"an unknown attribute", []ssmapi.InventoryFilter{filter("AWS:Application.Nonsense", "", "a")}, nil, muster.CodeInvalidFilter},
		{"another letter case", []ssmapi.InventoryFilter{filter("AWS:Application.name", "", "a")}, nil, muster.CodeInvalidFilter},
		{"another prefix", []ssmapi.InventoryFilter{filter("GCP:Application.Name", "", "a")}, nil, muster.CodeInvalidFilter},
		{"no dot", []ssmapi.InventoryFilter{filter("AWS:Application", "", "a")}, nil, muster.CodeInvalidFilter},
		{"no colon", []ssmapi.InventoryFilter{filter("Application.Name", "", "a")}, nil, muster.CodeInvalidFilter},
		{"nothing behind the dot", []ssmapi.InventoryFilter{filter("AWS:Application.", "", "a")}, nil, muster.CodeInvalidFilter},
		{"Exists", []ssmapi.InventoryFilter{filter("AWS:Application.Name", "Exists", "a")}, nil, muster.CodeInvalidFilter},
		{"TypeName", []ssmapi.InventoryFilter{filter("TypeName", "", "AWS:Application")}, nil, muster.CodeInvalidFilter},
		{"the second is wrong", []ssmapi.InventoryFilter{filter("AWS:Application.Name", "", "a"), filter("X", "", "a")}, nil, muster.CodeInvalidFilter},
	} {
		got, err := words.where(c.filters)
		if code(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if want := query.Compile(c.terms); err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, want)
		}
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	words := r.vocabulary(r.caller.Space, r.fleet.Snapshot(r.caller.Space))
	name := query.Term{Attr: query.Attr{Type: app, Name: "Name"}, Op: query.Equal, Values: []string{"bash"}}
	present := query.Term{Attr: query.Attr{Type: app, Name: "Version"}, Op: query.Exists, Values: []string{"true"}}
	for _, c := range []struct {
		name    string
		filters []ssmapi.InventoryFilter
		want    query.Where
		bad     bool
	}{
		{"a type", []ssmapi.InventoryFilter{filter("TypeName", "Exists", "AWS:Application", "Custom:Never")}, query.Where{{Holds: []muster.TypeName{app, "Custom:Never"}}}, false},
		{"an attribute", []ssmapi.InventoryFilter{filter("AWS:Application.Name", "Equal", "bash")}, query.Compile([]query.Term{name}), false},
		{"an attribute that is there", []ssmapi.InventoryFilter{filter("AWS:Application.Version", "Exists", "true")}, query.Compile([]query.Term{present}), false},
		{"both", []ssmapi.InventoryFilter{filter("AWS:Application.Name", "", "bash"), filter("TypeName", "Exists", "AWS:Application"), filter("AWS:Application.Version", "Exists", "true")},
			append(query.Where{{Holds: []muster.TypeName{app}}}, query.Compile([]query.Term{name, present})...), false},
		{"TypeName equals", []ssmapi.InventoryFilter{filter("TypeName", "Equal", "AWS:Application")}, nil, true},
		{"TypeName without operator", []ssmapi.InventoryFilter{filter("TypeName", "", "AWS:Application")}, nil, true},
		{"an unknown type", []ssmapi.InventoryFilter{filter("TypeName", "Exists", "AWS:Nonsense")}, nil, true},
		{"an unknown type's attribute", []ssmapi.InventoryFilter{filter("AWS:Nonsense.Name", "", "a")}, nil, true},
		{"an unknown attribute", []ssmapi.InventoryFilter{filter("AWS:Application.Nonsense", "", "a")}, nil, true},
	} {
		got, err := words.group(ssmapi.InventoryGroup{Name: new("G"), Filters: c.filters})
		switch {
		case c.bad && code(err) != muster.CodeInvalidInventoryGroup:
			t.Errorf("%s: %v, want InvalidInventoryGroupException", c.name, err)
		case !c.bad && (err != nil || !reflect.DeepEqual(got, query.Group{Name: "G", Where: c.want})):
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}
