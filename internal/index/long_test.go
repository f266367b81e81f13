package index

import (
	"strings"
	"testing"

	"muster"
)

// TestLongEntries are found as those are whose texts fit in one piece of memory, and no other is found for them.
func TestLongEntries(t *testing.T) {
	t.Parallel()
	entry := func(length int, end string) muster.Entry {
		return muster.NewEntry([]muster.Field{{Name: "Name", Value: "a"}, {Name: "Summary", Value: strings.Repeat("x", length) + end}})
	}
	x := New()
	b := x.Begin()
	var rows []muster.Row
	for _, length := range []int{900, 1006, 1007, 1008, 1024, 5000} { // with names and what is between them there are 17 more
		for _, end := range []string{"a", "b"} {
			rows = append(rows, muster.Row{Type: application, ID: muster.RowID(len(rows) + 1), Entry: entry(length, end)})
		}
	}
	b.Define(rows)
	b.Publish(1)
	for _, r := range rows {
		if id, ok := x.Lookup(application, r.Entry); !ok || id != r.ID {
			t.Errorf("of %d bytes row %d is found, %v, want %d", len(r.Entry[1].Value), id, ok, r.ID)
		}
		other := muster.Entry{r.Entry[0], {Name: "Summary", Value: r.Entry[1].Value + "c"}}
		if id, ok := x.Lookup(application, other); ok {
			t.Errorf("an entry that is not there is found as %d", id)
		}
	}
}
