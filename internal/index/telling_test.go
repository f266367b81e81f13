package index

import (
	"fmt"
	"testing"

	"muster"
)

func TestTelling(t *testing.T) {
	t.Parallel()
	w := newWriter(New())
	entry := func(name, version, publisher string) muster.Entry {
		return muster.NewEntry([]muster.Field{{Name: "Name", Value: name}, {Name: "Version", Value: version}, {Name: "Publisher", Value: publisher}})
	}
	entries := []muster.Entry{entry("bash", "1", "a"), entry("bash", "2", "a"), entry("zsh", "1", "a"), entry("ZSH", "1", "b")}
	for _, e := range entries {
		w.row("AWS:Service", e)
	}
	w.batch.Publish(1)
	s := w.index.Snapshot()
	order := []string{"Name", "Nowhere", "Publisher", "Version"}
	for i, want := range []string{"[{Name bash} {Version 1}]", "[{Name bash} {Version 2}]", "[{Name zsh} {Publisher a}]", "[{Name ZSH} {Publisher b}]"} {
		if got := fmt.Sprint(s.Telling("AWS:Service", entries[i], order)); got != want {
			t.Errorf("of %v: %s, want %s", entries[i], got, want)
		}
	}
	if got := s.Telling("AWS:Nothing", entries[0], order); got != nil {
		t.Errorf("of a type that is not there: %v", got)
	}
}
