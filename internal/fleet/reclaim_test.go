package fleet

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"muster"
	"muster/internal/store"
)

func packages(names ...string) PutItem {
	it := PutItem{Type: app, Version: "1.1", Captured: "2026-01-02T03:04:05Z"}
	for _, name := range names {
		it.Content = append(it.Content, muster.NewEntry([]muster.Field{{Name: "Name", Value: name}}))
	}
	return it
}

// rowsOf gives the dictionary rows by name, in the index, after making sure that the store has the same.
func (r *rig) rows() map[string]muster.RowID {
	r.t.Helper()
	stored := map[string]muster.RowID{}
	_, err := r.memory.Load(context.Background(), func(b store.Batch) error {
		for _, row := range b.Rows {
			name, _ := row.Entry.Get("Name")
			stored[name] = row.ID
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if n := r.Snapshot(here).Stats().Rows - r.Snapshot(here).Nodes(); n != len(stored) {
		r.t.Errorf("%d rows in the index, %d in the store", n, len(stored))
	}
	return stored
}

func TestUnusedRowsAreReclaimed(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	r.put(nodeID(1), packages("bash", "zsh", "fish"))
	r.put(nodeID(2), packages("zsh"))
	before := r.rows()["bash"]
	r.put(nodeID(1), packages("fish"))
	r.work()
	if rows := r.rows(); len(rows) != 3 {
		t.Errorf("after one look, which may only retire, there are %v", rows)
	}
	r.work()
	if rows := r.rows(); len(rows) != 2 || rows["bash"] != 0 {
		t.Errorf("after two looks there are %v", rows)
	}
	r.put(nodeID(2), packages("bash", "zsh"))
	if rows := r.rows(); rows["bash"] <= before {
		t.Errorf("bash had the number %d, and is back as %d", before, rows["bash"])
	}
	r.same()
}

// TestRowsOfPutsUnderWayStay: a put has found a row, and nobody uses it any more when the put is committed.
func TestRowsOfPutsUnderWayStay(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	r.put(nodeID(1), packages("bash"))
	began := r.putting.begin()
	late := r.putCall(here, &Put{Node: nodeID(2), Items: []PutItem{packages("bash")}}, muster.Node{})
	r.put(nodeID(1), packages("zsh"))
	for range 3 {
		r.work()
	}
	if rows := r.rows(); len(rows) != 2 {
		t.Fatalf("with a put under way there are %v", rows)
	}
	if err := r.commit(t.Context(), late.storeCall()); err != nil {
		t.Fatal(err)
	}
	r.putting.end(began)
	for range 3 {
		r.work()
	}
	if rows := r.rows(); len(rows) != 2 {
		t.Errorf("with both in use there are %v", rows)
	}
	r.put(nodeID(3), packages("bash"))
	if n := len(r.rows()); n != 2 {
		t.Errorf("a row that came into use again is not found: %d rows", n)
	}
	r.same()
}

// TestRowsAreReclaimedBesidePuts has nodes put now this and now that while rows are reclaimed as fast as can be.
func TestRowsAreReclaimedBesidePuts(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	var putters sync.WaitGroup
	for n := range 8 {
		putters.Go(func() {
			for i := range 60 {
				names := []string{fmt.Sprint(i % 7), fmt.Sprint((i + n) % 5), fmt.Sprint("own ", n, i)}
				if err := r.tryPut(nodeID(n), packages(names...)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	while(&putters, r.work)
	r.same()
	for range 3 {
		r.work()
	}
	if rows := r.rows(); len(rows) > 3*8 {
		t.Errorf("%d rows are left of what 8 nodes with 3 packages each have", len(rows))
	}
	r.same()
}
