package ask_test

import (
	"testing"

	"muster/internal/ask"
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
