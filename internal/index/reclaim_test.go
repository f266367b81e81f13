package index

import (
	"slices"
	"testing"

	"muster"
)

// TestReclaim takes a row through its life: used, unused, retired, used again, retired and gone. Snapshots of before know it still.
func TestReclaim(t *testing.T) {
	t.Parallel()
	x := New()
	const rows = 600 // of several pages
	entry := func(id muster.RowID) muster.Entry {
		return muster.NewEntry([]muster.Field{{Name: "Name", Value: string(rune('a' + id%7))}, {Name: "Number", Value: string(rune(1000 + id))}})
	}
	put := func(ids ...muster.RowID) {
		b := x.Begin()
		for id := range muster.RowID(rows) {
			b.Define([]muster.Row{{Type: application, ID: id + 1, Entry: entry(id + 1)}})
		}
		b.Put(muster.ItemKey{Node: nodeID(1), Type: application}, 1, &muster.Item{Content: &muster.Content{Rows: ids}})
		b.Publish(1)
	}
	found := func(id muster.RowID) bool {
		got, ok := x.Lookup(application, entry(id))
		return ok && got == id
	}
	var all []muster.RowID
	for id := range muster.RowID(rows) {
		all = append(all, id+1)
	}
	put(all...)
	before := x.Snapshot()
	put(2, 600)

	if names := x.Snapshot().Dictionaries(); len(names) != 1 || names[0] != application {
		t.Errorf("the dictionaries are %v", names)
	}
	var unused []muster.RowID
	for last, some := muster.RowID(0), []muster.RowID(nil); ; {
		some, last = x.Snapshot().Unused(application, last, 100)
		if unused = append(unused, some...); last == 0 {
			break
		}
	}
	if len(unused) != rows-2 || slices.Contains(unused, 2) || slices.Contains(unused, 600) {
		t.Fatalf("%d unused rows: %v", len(unused), unused)
	}
	retired := x.Retire(application, append(unused, 2))
	if !slices.Equal(retired.Rows, unused) {
		t.Errorf("retired %v, want %v", retired.Rows, unused)
	}
	if again := x.Retire(application, unused[:9]); again.Rows != nil {
		t.Errorf("retired a second time: %v", again)
	}
	if found(1) || !found(2) {
		t.Errorf("row 1, retired, is found: %v; row 2: %v", found(1), found(2))
	}

	put(2, 1, 600)
	put(2, 600)
	if !found(1) {
		t.Error("row 1 is not found, though a node had it since it was retired")
	}
	again := x.Retire(application, []muster.RowID{1})
	if len(again.Rows) != 1 {
		t.Error("row 1 cannot be retired again")
	}
	still := x.StillRetired(application, retired)
	if !slices.Equal(still, unused[1:]) {
		t.Errorf("still retired: %v", still)
	}
	b := x.Begin()
	b.Undefine(application, still)
	b.Undefine(application, []muster.RowID{1})
	b.Publish(2)
	if n := x.Snapshot().Stats(); n.Rows != 2 || n.Values != 4 {
		t.Errorf("%+v is left of rows 2 and 600, with two attributes each", n)
	}
	if pages := x.Snapshot().table(application).shape.pages; pages[1] != nil {
		t.Error("the page of rows 256 to 511 is kept, and nothing is in it")
	}
	if found(1) || found(300) || !found(2) || !found(600) {
		t.Error("a row that is gone is found, or one that is there is not")
	}
	if got := before.Items(nodeID(1), application); len(got) != 1 || got[0].Len() != rows {
		t.Errorf("the snapshot of before has lost rows: %v", got)
	}
	for at, e := range before.Items(nodeID(1), application)[0].Entries(0, rows) {
		if !e.Equal(entry(all[at])) {
			t.Fatalf("the snapshot of before has %v at %d, want %v", e, at, entry(all[at]))
		}
	}
}
