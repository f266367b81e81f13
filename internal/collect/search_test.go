package collect

import (
	"slices"
	"testing"

	"muster"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	root := tree("opt/demo/a.conf", "1", "opt/demo/b.txt", "1", "opt/demo/sub/c.conf", "1", "opt/demo/sub/sub/d.conf", "1", "opt/e.conf", "1")
	for _, c := range []struct {
		search string
		want   []string
		cut    int
	}{
		{`[{"Path":"/opt/demo","Pattern":["*.conf"],"Recursive":false,"DirScanLimit":1000}]`, []string{"opt/demo/a.conf"}, 0},
		{`[{"Path":"C:\\opt\\demo\\","Pattern":["*.txt","a*"]}]`, []string{"opt/demo/a.conf", "opt/demo/b.txt"}, 0},
		{`[{"Path":"/opt/demo","Pattern":["*.conf"],"Recursive":true}]`, []string{"opt/demo/a.conf", "opt/demo/sub/c.conf", "opt/demo/sub/sub/d.conf"}, 0},
		{`[{"Path":"/opt","Pattern":["*.conf"],"Recursive":true,"DirScanLimit":2}]`, []string{"opt/demo/a.conf", "opt/e.conf"}, 1},
		{`[{"Path":"/","Pattern":["e*"],"Recursive":true}]`, []string{"opt/e.conf"}, 0},
		{`[{"Path":"/../gone","Pattern":["*"]}]`, nil, 0},
	} {
		searches, err := ParseSearches(c.search)
		if err != nil {
			t.Errorf("%s: %v", c.search, err)
			continue
		}
		got, cut, err := searches[0].find(t.Context(), root)
		if err != nil || !slices.Equal(got, c.want) || cut != c.cut {
			t.Errorf("%s: %q, %d cut, %v", c.search, got, cut, err)
		}
	}
	for _, text := range []string{"", "{{ files }}", `{"Path":"/opt"}`, `[{"Path":"/opt"}]`, `[{"Pattern":["*"]}]`, `[{"Path":"/opt","Pattern":["[a"]}]`} {
		if got, err := ParseSearches(text); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestChosenTypes(t *testing.T) {
	t.Parallel()
	host := Host{Root: tree("opt/a.conf", "1"), Interfaces: []Interface{{Name: "eth0"}}}
	reports := Gather(t.Context(), host, Options{
		Types:  []muster.TypeName{TypeFile, TypeApplication},
		Search: []Search{{Path: "/opt", Pattern: []string{"*"}}, {Path: "/opt", Pattern: []string{"a*"}}},
		Now:    noon,
	})
	if len(reports) != 1 || reports[0].Type != TypeFile || len(reports[0].Entries) != 1 {
		t.Errorf("%+v", reports)
	}
	if reports := Gather(t.Context(), host, Options{Types: []muster.TypeName{}, Now: noon}); len(reports) != 0 {
		t.Errorf("none chosen: %+v", reports)
	}
}
