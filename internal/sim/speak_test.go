package sim

import "testing"

// TestHashesAreOfTheReport: what a node sends when nothing has befallen it is what it would send if it made its report anew; and
// if something has, something has changed.
func TestHashesAreOfTheReport(t *testing.T) {
	t.Parallel()
	const nodes = 60
	f := New(15, nodes, Churn{Updated: 0.2, Patched: 0.2, Rebooted: 0.2, Touched: 0.2}, Churn{})
	var s Scratch
	still := 0
	for i := range nodes {
		f.Report(&s, i, 0)
		before := s.sums
		items := f.Report(&s, i, 2)
		if !f.still(i, 0, 2) {
			if s.sums == before && f.Node(i).Platform == Linux { // Windows shows no file that could be touched
				t.Errorf("node %d reports the same, though something has befallen it", i)
			}
			continue
		}
		still++
		for n := range items {
			hashOnly(&items[n], items[types-1].SchemaVersion)
		}
		want := written(items)
		if got := written(f.hashes(&s, i, 2, &before)); got != want {
			t.Fatalf("node %d: got\n%s, want\n%s", i, got, want)
		}
	}
	if still < nodes/5 || still > nodes*4/5 {
		t.Errorf("nothing has befallen %d of %d nodes", still, nodes)
	}
}
