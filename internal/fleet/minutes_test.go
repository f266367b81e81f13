package fleet

import (
	"slices"
	"testing"
	"time"
)

func TestMinutes(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 30, 0, time.UTC)
	var m minutes[int]
	one := func(n *int) { *n++ }
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
	m.add(start, one)
	m.add(start.Add(20*time.Second), one)
	m.add(start.Add(40*time.Second), one)
	want(time.Minute, 0, 2, 1)
	m.add(start.Add(-time.Hour), one) // the clock was set back
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

func TestCommitsByMinute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app))
		r.put(nodeID(1), item(app, entry("Name", "a")))
		before := Sum(r.CommitsByMinute())
		if before.Count < 2 || before.Calls < before.Count || before.Longest > before.Total || before.Mean() > before.Longest {
			t.Errorf("two puts: %+v", before)
		}
		r.put(nodeID(1), item(app, entry("Name", "b")))
		if after := Sum(r.CommitsByMinute()); after.Count <= before.Count {
			t.Errorf("a third put: %+v after %+v", after, before)
		}
		r.live(61 * time.Minute)
		if later := r.CommitsByMinute(); later[0].Count >= before.Count {
			t.Errorf("an hour later: %+v", later)
		}
	})
}
