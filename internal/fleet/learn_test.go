package fleet

import (
	"fmt"
	"slices"
	"testing"

	"muster"
	"muster/internal/index"
)

// TestExpectSplits: what the catalogue expects to be another on each node is kept out of the dictionary from the first put on.
func TestExpectSplits(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	const app = muster.TypeName("AWS:Application")
	for node := range 3 {
		r.putTimes(node, app)
	}
	if rows := r.Snapshot(here).Stats().Rows; rows != timedEntries+3 { // and each node's own
		t.Errorf("the dictionary has %d rows of three nodes with the same packages", rows)
	}
	r.reopen()
	for node := range 3 {
		r.checkTimes(node, app, 1)
	}
}

// TestLearnSplits: attributes that are another on each node are kept out of the dictionary from then on, entries come back as
// they were put under either split, and the split outlives a restart.
func TestLearnSplits(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	const own = muster.TypeName("Custom:Package")
	for node := range learnNodes {
		r.putTimes(node, own)
	}
	r.work()
	r.putTimes(learnNodes, own)
	rows := r.Snapshot(here).Stats().Rows
	if got := r.Snapshot(here).Splits(own).Newest(); !slices.Equal(got, []string{"InstalledTime"}) {
		t.Fatalf("volatile are %v", got)
	}
	r.putTimes(learnNodes+1, own)
	if after := r.Snapshot(here).Stats().Rows; after-rows > 1 { // the node's own
		t.Errorf("the dictionary grew by %d rows with another node of the same packages", after-rows)
	}
	r.reopen()
	for node := range learnNodes {
		r.checkTimes(node, own, 0)
	}
	r.checkTimes(learnNodes, own, 1)
	r.checkTimes(learnNodes+1, own, 1)
}

// TestLearnAfterALoad: what was loaded is looked at when the dictionary has grown by as many rows as are worth it, and then not
// until it is four times as large.
func TestLearnAfterALoad(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	const own = muster.TypeName("Custom:Package")
	for node := range 3 {
		r.putTimes(node, own)
	}
	const rows = 3 * timedEntries
	r.reopen()
	l, key := r.learning, muster.SplitsKey{Space: here, Type: own}
	if got := l.next[key]; got != rows+learnEvery {
		t.Errorf("with %d rows loaded it is to be looked at with %d", rows, got)
	}
	const again = 3 * learnRows
	l.next[key] = again
	for _, c := range []struct {
		rows int
		due  bool
	}{{again - 1, false}, {again, true}, {again, false}, {4*again - 1, false}, {4 * again, true}} {
		if got := l.due(key, index.TypeStats{Type: own, Nodes: learnNodes, Rows: c.rows, Entries: c.rows}); got != c.due {
			t.Errorf("with %d rows it is due: %v", c.rows, got)
		}
	}
}

// timedEntries is how many entries a node has of which only the times differ from other nodes'.
const timedEntries = 34

func timed(node int) []muster.Entry {
	var list []muster.Entry
	for p := range timedEntries {
		list = append(list, muster.NewEntry([]muster.Field{
			{Name: "Name", Value: fmt.Sprint("package-", p)},
			{Name: "InstalledTime", Value: fmt.Sprintf("2026-01-%02dT%02d:%02d:%02dZ", 1+node%28, p%24, node/28%60, p%60)},
		}))
	}
	return list
}

func (r *rig) putTimes(node int, name muster.TypeName) {
	r.put(nodeID(node), PutItem{Type: name, Version: "1.1", Captured: "2026-01-01T00:00:00Z", Content: timed(node)})
}

func (r *rig) checkTimes(node int, name muster.TypeName, split uint32) {
	r.t.Helper()
	item := r.Snapshot(here).Items(nodeID(node), name)[0]
	var got []muster.Entry
	for _, e := range item.Entries(0, item.Len()) {
		got = append(got, e)
	}
	if !slices.EqualFunc(got, timed(node), muster.Entry.Equal) {
		r.t.Errorf("node %d does not have what was put for it", node)
	}
	if item.Split() != split {
		r.t.Errorf("node %d is of split %d, not %d", node, item.Split(), split)
	}
}
