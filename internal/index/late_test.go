package index

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster"
	"muster/internal/query"
)

// TestLateClauses asks for the first nodes of clauses that most nodes satisfy: first where these lie evenly, then where they are the last.
func TestLateClauses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		has  func(place int) bool // by the order of ids
		not  bool
		late bool // to the end
	}{
		"evenly":         {func(place int) bool { return place%3 > 0 }, false, true},
		"not, evenly":    {func(place int) bool { return place%2 > 0 }, true, true},
		"last ones":      {func(place int) bool { return place > 1200 }, false, false},
		"not, last ones": {func(place int) bool { return place < 1200 }, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := emptyFleet()
			numbers := make([]int, 2400)
			for n := range numbers {
				numbers[n] = n
			}
			slices.SortFunc(numbers, func(a, b int) int { return strings.Compare(string(nodeID(a)), string(nodeID(b))) })
			b := f.index.BeginLoad()
			for place, n := range numbers {
				rows := []muster.RowID{f.application(8, 1), f.application(9, 1), f.application(10, place%2)}
				if c.has(place) {
					rows = append(rows, f.application(7, place%2)) // of either of two versions
				}
				f.describe(b, n)
				f.put(b, n, application, rows)
			}
			b.Publish(1)
			s, m := f.index.Snapshot(), f.model(t)
			where := query.Where{
				{Type: application, Not: c.not, Terms: []query.Term{{Attr: appName, Op: query.Equal, Values: []string{"PACKAGE-7"}}}},
				{Type: application, Terms: []query.Term{{Attr: appName, Op: query.BeginWith, Values: []string{"package-1"}}}},
			}
			var work Work
			got, more, err := s.Noting(&work).Select(t.Context(), where, "", 10)
			if want, wantMore := m.selected(where, "", 10); err != nil || more != wantMore || !slices.Equal(got, want) {
				t.Errorf("%v, more %v, %v\nwant %v, more %v", got, more, err, want, wantMore)
			}
			plan := fmt.Sprint(work.Plan)
			if strings.Contains(plan, "by looking at") != c.late {
				t.Errorf("late to the end is not %v: %s", c.late, plan)
			}
			next, _, err := s.Select(t.Context(), where, got[9], 5)
			if want, _ := m.selected(where, got[9], 5); err != nil || !slices.Equal(next, want) {
				t.Errorf("then %v, %v, want %v", next, err, want)
			}
		})
	}
}
