package fleet

import (
	"slices"
	"testing"
	"time"
)

func TestMinutes(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 30, 0, time.UTC)
	var m minutes
	want := func(after time.Duration, last ...int) {
		t.Helper()
		got := m.all(start.Add(after))
		if len(got) != minutesKept {
			t.Fatalf("got %d minutes", len(got))
		}
		if got := got[minutesKept-len(last):]; !slices.Equal(got, last) {
			t.Errorf("after %s the last minutes are %v, want %v", after, got, last)
		}
	}
	m.add(start)
	m.add(start.Add(20 * time.Second))
	m.add(start.Add(40 * time.Second))
	want(time.Minute, 0, 2, 1)
	m.add(start.Add(-time.Hour)) // the clock was set back
	want(time.Minute, 0, 2, 2)
	want(3*time.Minute, 2, 2, 0, 0)
	want(60*time.Minute, 0, 0)
	if got := m.all(start.Add(60 * time.Minute)); got[0] != 2 {
		t.Errorf("the oldest minute has %d, want 2", got[0])
	}
	want(61*time.Minute, 0)
	if got := m.all(start.Add(1000 * time.Hour)); slices.Max(got) != 0 {
		t.Errorf("after weeks there are still %v", got)
	}
}
