package ask_test

import (
	"slices"
	"testing"

	"muster/internal/ask"
	"muster/internal/query"
)

func TestBuild(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		built ask.Filter
		want  string
	}{
		{ask.Equal("AWS:Application.Name", "openssl"), `name = openssl`},
		{ask.Equal("Custom:Disk.Use (GB)", `a "b" or`), `"Custom:Disk.Use (GB)" = "a \"b\" or"`},
		{ask.Equal("AWS:Application.Name", ""), `name = ""`},
		{ask.BeginsWith("AWS:InstanceInformation.ComputerName", "db-"), `computer begins with db-`},
		{ask.Differs("AWS:Application.Name", "openssl"), `name != openssl`},
		{ask.And(ask.Equal("AWS:Application.Name", "openssl"), ask.Less("AWS:Application.Version", "3.0.7")), `name = openssl and version < 3.0.7`},
		{ask.Of(query.Term{Attr: query.Attr{Type: "AWS:Application", Name: "Version"}, Op: query.GreaterThan, Values: []string{"1", "a b"}}), `version > 1, "a b"`},
		{ask.Not(ask.Equal("AWS:Application.Name", "bash")), `not name = bash`},
		{ask.Not(ask.Not(ask.Has("Custom:Rack"))), `has Custom:Rack`},
		{ask.Not(ask.And(ask.Has("Custom:A"), ask.Has("Custom:B"))), `not (has Custom:A and has Custom:B)`},
		{ask.And(ask.And(ask.Has("Custom:A"), ask.Has("Custom:B")), ask.Has("Custom:C")), `has Custom:A and has Custom:B and has Custom:C`},
		{ask.Apart(ask.Filter{}), ``},
		{ask.And(ask.Equal("AWS:Application.Name", "a"), ask.Apart(ask.Equal("AWS:Application.Name", "b"))), `name = a and has (name = b)`},
		{ask.Has("Custom:Rack"), `has Custom:Rack`},
		{ask.Lacks("Custom:A Rack"), `lacks "Custom:A Rack"`},
		{ask.And(), ``},
		{ask.And(ask.Filter{}, ask.Has("Custom:Rack")), `has Custom:Rack`},
		{ask.And(ask.Or(ask.Has("Custom:A"), ask.Has("Custom:B")), ask.Lacks("Custom:C")), `(has Custom:A or has Custom:B) and lacks Custom:C`},
	} {
		if got := c.built.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		parsed, err := ask.Parse(c.want)
		if err != nil || parsed.String() != c.want {
			t.Errorf("%s is read as %s, %v", c.want, parsed, err)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                                    nil,
		"name = a":                            {"name = a"},
		"name = a or ip = b":                  {"name = a or ip = b"},
		"name = a and (ip = b or not ip = c)": {"name = a", "ip = b or not ip = c"},
		"not (name = a and ip = b)":           {"not (name = a and ip = b)"},
	} {
		f, err := ask.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, part := range f.Parts() {
			got = append(got, part.String())
		}
		if !slices.Equal(got, want) || ask.And(f.Parts()...).String() != text {
			t.Errorf("%s: the parts are %q, together %s", text, got, ask.And(f.Parts()...))
		}
	}
}
