// Package history is what the last reports of an item changed in its content: how entries that went and entries that came are brought
// together, and how a few changes are packed into a record of bounded size. It does not know where the record is kept, nor the
// dictionary.
package history

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"muster"
)

// What is kept of an item. Counts are exact, whatever is left out of the rest.
const (
	MaxChanges = 4
	MaxRows    = 32   // of a change
	MaxBytes   = 4096 // of all changes, packed
)

// Change is what one report changed.
type Change struct {
	Reported time.Time // by the server's clock
	Captured muster.CaptureTime

	// Unknown says that nobody knows what the report changed, if anything: others reported for the same node at the same time.
	Unknown bool

	Added, Removed, Changed int   // entries, in all
	Rows                    []Row // as many of them as were kept, by what they are about
}

// sighting is an entry, and the thing that it is about.
type sighting struct {
	thing string
	entry muster.Entry
}

func sightings(entries []muster.Entry) []sighting {
	seen := make([]sighting, len(entries))
	for i, e := range entries {
		seen[i] = sighting{thingOf(e), e}
	}
	slices.SortFunc(seen, func(a, b sighting) int {
		return cmp.Or(strings.Compare(a.thing, b.thing), a.entry.Compare(b.entry))
	})
	return seen
}

// Compare gives what it means that the one entries went and the others came; false if that is nothing, because they are the same. Two
// are one thing before and after if they agree in what says so and no other that went or came does.
func Compare(went, came []muster.Entry) (c Change, differs bool) {
	before, after := sightings(went), sightings(came)
	for len(before)+len(after) > 0 {
		about := first(before, after)
		b, a := run(before, about), run(after, about)
		c.add(besides(before[:b], after[:a]))
		before, after = before[b:], after[a:]
	}
	return c, c.Added+c.Removed+c.Changed > 0
}

// first gives the thing that comes first on either side, of which one has some.
func first(a, b []sighting) string {
	if len(b) == 0 || len(a) > 0 && a[0].thing < b[0].thing {
		return a[0].thing
	}
	return b[0].thing
}

// run gives how many there are of the thing, which come first if there are any.
func run(all []sighting, thing string) (n int) {
	for n < len(all) && all[n].thing == thing {
		n++
	}
	return n
}

// besides takes out the entries that both sides have.
func besides(before, after []sighting) (went, came []sighting) {
	for len(before) > 0 && len(after) > 0 {
		switch order := before[0].entry.Compare(after[0].entry); {
		case order < 0:
			went, before = append(went, before[0]), before[1:]
		case order > 0:
			came, after = append(came, after[0]), after[1:]
		default:
			before, after = before[1:], after[1:]
		}
	}
	return append(went, before...), append(came, after...)
}

// add notes what became of one thing.
func (c *Change) add(went, came []sighting) {
	if len(went) == 1 && len(came) == 1 {
		c.Changed++
		c.keep(Row{present(went[0].entry), present(came[0].entry)})
		return
	}
	for _, s := range went {
		c.Removed++
		c.keep(Row{Before: present(s.entry)})
	}
	for _, s := range came {
		c.Added++
		c.keep(Row{After: present(s.entry)})
	}
}

func (c *Change) keep(r Row) {
	if len(c.Rows) < MaxRows {
		c.Rows = append(c.Rows, r)
	}
}

// present tells an entry without attributes from none.
func present(e muster.Entry) muster.Entry {
	if e == nil {
		return muster.Entry{}
	}
	return e
}
