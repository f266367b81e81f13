package fleet

import (
	"fmt"
	"slices"
	"testing"

	"muster"
)

// TestLearnSplits: attributes that are another on each node are kept out of the dictionary from then on, entries come back as
// they were put under either split, and the split outlives a restart.
func TestLearnSplits(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	const app = muster.TypeName("AWS:Application")
	entries := func(node int) []muster.Entry {
		var list []muster.Entry
		for p := range 100 {
			list = append(list, muster.NewEntry([]muster.Field{
				{Name: "Name", Value: fmt.Sprint("package-", p)},
				{Name: "InstalledTime", Value: fmt.Sprintf("2026-01-%02dT%02d:%02d:%02dZ", 1+node%28, p%24, node/28%60, p%60)},
			}))
		}
		return list
	}
	put := func(node int) {
		r.put(nodeID(node), PutItem{Type: app, Version: "1.1", Captured: "2026-01-01T00:00:00Z", Content: entries(node)})
	}
	for node := range hintNodes {
		put(node)
	}
	r.work()
	put(hintNodes)
	rows := r.Snapshot(here).Stats().Rows
	if got := r.Snapshot(here).Splits(app).Newest(); !slices.Equal(got, []string{"InstalledTime"}) {
		t.Fatalf("volatile are %v", got)
	}
	put(hintNodes + 1)
	if after := r.Snapshot(here).Stats().Rows; after-rows > 1 { // the node's own
		t.Errorf("the dictionary grew by %d rows with another node of the same packages", after-rows)
	}
	r.reopen()
	for node := range hintNodes + 2 {
		items := r.Snapshot(here).Items(nodeID(node), app)
		var got []muster.Entry
		for _, e := range items[0].Entries(0, items[0].Len()) {
			got = append(got, e)
		}
		if !slices.EqualFunc(got, entries(node), muster.Entry.Equal) {
			t.Errorf("node %d does not have what was put for it", node)
		}
		if want := uint32(0); node >= hintNodes != (items[0].Split() > want) {
			t.Errorf("node %d is of split %d", node, items[0].Split())
		}
	}
}
