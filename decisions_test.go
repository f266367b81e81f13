package muster_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"testing"
)

const (
	decisionsPage = "docs/divergences.md"
	casesDir      = "conformance/testdata"
)

func TestDecisions(t *testing.T) {
	for _, fault := range checkDecisions(t, os.DirFS(".")) {
		t.Error(fault)
	}
}

var (
	decisionRow  = regexp.MustCompile(`(?m)^\| *([A-Z][0-9]+) *\|`)
	sourceLine   = regexp.MustCompile(`(?m)^source: .*$`)
	citedID      = regexp.MustCompile(`\b[A-Z][0-9]+\b`)
	citesThePage = regexp.MustCompile(`\b(inferred|muster) [A-Z][0-9]+\b.*`)
)

// checkDecisions returns a line for each decision that a conformance case cites and docs/divergences.md does not have, and
// for each that the page has twice.
func checkDecisions(t *testing.T, fsys fs.FS) []string {
	var faults []string
	decided := map[string]bool{}
	for _, match := range decisionRow.FindAllStringSubmatch(readText(t, fsys, decisionsPage), -1) {
		id := match[1]
		if decided[id] {
			faults = append(faults, fmt.Sprintf("%s has two rows %s", decisionsPage, id))
		}
		decided[id] = true
	}
	cited := citations(t, fsys)
	for _, id := range slices.Sorted(maps.Keys(cited)) {
		if !decided[id] {
			faults = append(faults, fmt.Sprintf("%s cites %s, which %s does not have", cited[id], id, decisionsPage))
		}
	}
	return faults
}

// citations returns the ids of decisions that source lines of conformance cases name, each with a file that does.
func citations(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	files, err := fs.Glob(fsys, path.Join(casesDir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	cited := map[string]string{}
	for _, file := range files {
		for _, line := range sourceLine.FindAllString(readText(t, fsys, file), -1) {
			for _, id := range citedID.FindAllString(citesThePage.FindString(line), -1) {
				cited[id] = file
			}
		}
	}
	return cited
}

func TestDecisionsBite(t *testing.T) {
	const page = "| Id | Question | muster |\n|---|---|---|\n| F1 | One | Two |\n| F10 | Three | Four |\n| E1 | Five | Six. No case |\n"
	for _, c := range []struct {
		name, page, cases string
		want              []string
	}{
		{"good", page, "source: inferred F1\nsource: docs page X; inferred F10", nil},
		{"two in a line", page, "source: inferred F1, F10", nil},
		{"an id in a reason is none", page, "source: inferred F1\nsource: inferred F10\nsource: inferred: K9 is a dog\nF7", nil},
		{"unknown", page, "source: inferred F1, F10\nsource: muster F2",
			[]string{"conformance/testdata/a.txtar cites F2, which docs/divergences.md does not have"}},
		{"twice", page + "| F1 | One | Three |\n", "source: inferred F1, F10",
			[]string{"docs/divergences.md has two rows F1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := textFS(map[string]string{decisionsPage: c.page, casesDir + "/a.txtar": c.cases})
			if got := checkDecisions(t, fsys); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
