package server

import (
	"fmt"
	"testing"

	"muster"
	"muster/internal/ssmapi"
)

func TestCompareInventory(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	for n := range 10 {
		r.put(n, app, entry("Name", "bash", "Version", fmt.Sprint("5.", n%2)))
	}
	r.put(3, rack, entry("Row", "C"))
	compare := func(a, b string, most *int32) *ssmapi.CompareInventoryOutput {
		t.Helper()
		out, err := r.compareInventory(t.Context(), r.caller, &ssmapi.CompareInventoryInput{WhereA: a, WhereB: b, MaxResults: most})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := func(out *ssmapi.CompareInventoryOutput) string {
		t.Helper()
		if len(out.Differences) == 0 {
			return ""
		}
		d := out.Differences[0]
		return fmt.Sprint(out.NodesA, out.NodesB, " ", d.TypeName, muster.Entry(d.Entry), " ", d.Where, " ", d.NodesA, d.NodesB, " ", d.Points)
	}
	for _, c := range []struct{ a, b, want string }{
		{"has Custom:Rack", "", "1 10 Custom:Rack[] has Custom:Rack 1 1 90"},
		{"lacks Custom:Rack", "has Custom:Rack", "9 1 Custom:Rack[] has Custom:Rack 0 1 -100"},
		{"version = 5.1 and lacks Custom:Rack", "lacks Custom:Rack", "4 9 AWS:Application[{Name bash} {Version 5.0}] has (name = bash and version = 5.0) 0 5 -55.6"},
		{"name = none", "", "0 10 AWS:Application[] has AWS:Application 0 10 -100"},
		{"", "name = bash", ""},
	} {
		if got := first(compare(c.a, c.b, nil)); got != c.want {
			t.Errorf("%s and %s: the first is %s, want %s", c.a, c.b, got, c.want)
		}
	}
	if out := compare("version = 5.1", "", new(int32(1))); len(out.Differences) != 1 || !out.More {
		t.Errorf("of many there are %d, and more: %v", len(out.Differences), out.More)
	}
	for _, wrong := range []string{"name =", "name = (bash"} {
		if out, err := r.compareInventory(t.Context(), r.caller, &ssmapi.CompareInventoryInput{WhereA: "name = bash", WhereB: wrong}); err == nil {
			t.Errorf("%s is answered %v", wrong, out)
		}
	}
}
