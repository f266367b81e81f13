package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryErrorHasACase holds that each error that the six operations declare is answered in some case, or that
// docs/divergences.md says why nothing can cause it.
func TestEveryErrorHasACase(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var cases strings.Builder
	for _, path := range paths {
		cases.Write(read(t, path))
	}
	divergences := string(read(t, "../docs/divergences.md"))
	_, uncaused, found := strings.Cut(divergences, "## Errors that nothing causes")
	if !found {
		t.Fatal("docs/divergences.md has no chapter on errors that nothing causes")
	}
	for _, code := range slices.Sorted(maps.Keys(modelled)) {
		if code == "InternalServerError" {
			continue // takes a broken disk; the tests of the store have one
		}
		inCase := strings.Contains(cases.String(), `"__type": "`+code+`"`)
		if excused := strings.Contains(uncaused, "| "+code+" |"); inCase == excused {
			t.Errorf("%s: in a case %v, excused in docs/divergences.md %v", code, inCase, excused)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
