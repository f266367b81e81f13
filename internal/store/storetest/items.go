package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"muster"
	"muster/internal/store"
)

func testDeletes(t *testing.T, f *fixture) {
	item := itemKey("i-1", app)
	setting := muster.Change{Key: muster.SettingKey{Name: "s"}, Value: &muster.Setting{Value: []byte("x")}}
	empty := f.load()

	f.put(nodeChange("i-1", "x"), itemChange(item, "h", entry("Name", "a")), setting)
	full := f.load()
	gone := []muster.Change{{Key: nodeKey("i-1")}, {Key: item}, {Key: setting.Key}}
	f.put(gone...)
	empty.Position, empty.Rows = 2, full.Rows // rows stay
	f.same(empty)

	// Of what is not there, in a space and of a type that nobody has seen.
	f.put(slices.Concat(gone, []muster.Change{{Key: muster.ItemKey{Space: other, Node: "i-1", Type: custom}}})...)
	empty.Position++
	f.same(empty)

	// A node and its items live apart.
	f.put(nodeChange("i-1", "x"), itemChange(item, "h", entry("Name", "a")))
	f.put(muster.Change{Key: nodeKey("i-1")})
	if st := f.load(); len(st.Records) != 1 || len(st.Entries(item)) != 1 {
		t.Errorf("without its node the item is %v", st)
	}
	f.put(nodeChange("i-1", "x"), muster.Change{Key: item})
	if st := f.load(); len(st.Records) != 1 {
		t.Errorf("without its item the node is %v", st)
	}

	// Gone and back in one call, and in one group with a look at what is derived between the two.
	f.put(muster.Change{Key: nodeKey("i-1")}, itemChange(item, "h", entry("Name", "a")), muster.Change{Key: item}, nodeChange("i-1", "y"))
	census := muster.CensusKey{Space: space, Type: app}
	looks := store.Call{Reads: []muster.Key{census}, Decide: func(v store.View) ([]muster.Change, error) {
		v.Get(census)
		return nil, errRefused
	}}
	f.commit(makes(itemChange(item, "h", entry("Name", "a"))), looks, makes(gone...), looks,
		makes(nodeChange("i-1", "z"), itemChange(item, "i", entry("Name", "b"))))
	st := f.load()
	if got := st.Records[nodeKey("i-1")].Value.(*muster.Node).Usage.Day; got != "z" {
		t.Errorf("the node that came back is %q, want z", got)
	}
	if got := fmt.Sprint(st.Entries(item)); got != "[[{Name b}]]" {
		t.Errorf("the item that came back has %s", got)
	}
	f.same(st)
}

func testTouch(t *testing.T, f *fixture) {
	key := itemKey("i-1", app)
	f.put(itemChange(key, "h", entry("Name", "a"), entry("Name", "b")))
	content := f.load().Records[key].Value.(*muster.Item).Content

	touched := &muster.Item{Version: "1.1", Captured: "2026-03-02T00:00:00Z", Hash: "i", Context: entry("a", "b"), Reported: now.AddDate(0, 0, 1)}
	o := f.put(muster.Change{Key: key, Value: touched})
	if got := o.Changes[0].Value.(*muster.Item); got.Content != nil || got.Hash != "i" {
		t.Errorf("the outcome of a touch has %v", got)
	}
	want := *touched
	want.Content = content
	st := f.load()
	if got := recordText(st.Records[key].Value); got != recordText(&want) || st.Records[key].At != 2 {
		t.Errorf("touched, the item is\n%s at %d, want\n%s at 2", got, st.Records[key].At, recordText(&want))
	}
	f.same(st)

	if got := f.sees(key)[0].(*muster.Item); got.At != 2 || got.Content != nil {
		t.Errorf("a call sees the item as changed at %d, with the content %v", got.At, got.Content)
	}

	// Put and touched in one group, and in one call.
	f.commit(makes(itemChange(key, "j", entry("Name", "c"))), makes(muster.Change{Key: key, Value: touched}))
	f.put(itemChange(itemKey("i-2", app), "j", entry("Name", "c")), muster.Change{Key: itemKey("i-2", app), Value: touched})
	st = f.load()
	for _, n := range []muster.NodeID{"i-1", "i-2"} {
		if got := fmt.Sprint(st.Entries(itemKey(n, app))); got != "[[{Name c}]]" {
			t.Errorf("%s has %s after a put and a touch", n, got)
		}
	}
	f.same(st)
}

func testSubTypes(t *testing.T, f *fixture) {
	key := func(sub string) muster.ItemKey {
		return muster.ItemKey{Space: space, Node: "i-1", Type: muster.TypeComplianceItem, SubType: sub}
	}
	held := func() string {
		list := muster.SubTypesKey{Space: space, Node: "i-1", Type: muster.TypeComplianceItem}
		return fmt.Sprintf("%q", f.sees(list)[0].(*muster.SubTypes).Names)
	}
	if got := held(); got != "[]" {
		t.Errorf("a node that is not there holds %s", got)
	}
	f.put(itemChange(itemKey("i-1", app), "h"), itemChange(itemKey("i-2", muster.TypeComplianceItem), "h"))
	subs := []string{"Patch", "", "Association", "Custom:b", "Custom:a", "Custom:aa"}
	for _, sub := range subs {
		f.put(itemChange(key(sub), muster.ContentHash(sub), entry("Id", sub)))
	}
	f.put(muster.Change{Key: key("Custom:a")})
	f.put(muster.Change{Key: key("Patch"), Value: &muster.Item{Hash: "touched"}})
	if got := held(); got != `["" "Association" "Custom:aa" "Custom:b" "Patch"]` {
		t.Errorf("the node holds %s", got)
	}
	st := f.load()
	for _, sub := range subs {
		want := fmt.Sprintf("[[{Id %s}]]", sub)
		if sub == "Custom:a" {
			want = "[]"
		}
		if got := fmt.Sprint(st.Entries(key(sub))); got != want {
			t.Errorf("subtype %q has %s, want %s", sub, got, want)
		}
	}
	f.same(st)
}

// numbers puts an item of these entries and gives the ids of its rows, and of those that are new.
func (f *fixture) numbers(key muster.ItemKey, entries ...muster.Entry) (all, added []muster.RowID) {
	f.t.Helper()
	o := f.put(itemChange(key, "h", entries...))
	for _, r := range o.Rows {
		if r.Space != key.Space || r.Type != key.Type {
			f.t.Errorf("a new row of %#v is %v", key, r)
		}
		added = append(added, r.ID)
	}
	return o.Changes[0].Value.(*muster.Item).Content.Rows, added
}

func testRows(t *testing.T, f *fixture) {
	a, b, c := entry("Name", "a"), entry("Name", "b"), entry("Name", "c")
	elsewhere := muster.ItemKey{Space: other, Node: "i-1", Type: app}
	for i, step := range []struct {
		key        muster.ItemKey
		entries    []muster.Entry
		all, added string
	}{
		{itemKey("i-1", app), []muster.Entry{b, a, b}, "[1 2 1]", "[1 2]"},
		{itemKey("i-2", app), []muster.Entry{a}, "[2]", "[]"},
		{itemKey("i-1", app), nil, "[]", "[]"},
		{itemKey("i-2", custom), []muster.Entry{a}, "[1]", "[1]"},
		{elsewhere, []muster.Entry{c, a}, "[1 2]", "[1 2]"},
		{itemKey("i-2", app), []muster.Entry{c, b}, "[3 1]", "[3]"}, // b has no user left, and keeps its number
	} {
		if all, added := f.numbers(step.key, step.entries...); fmt.Sprint(all) != step.all || fmt.Sprint(added) != step.added {
			t.Errorf("step %d: rows %v, new %v, want %s, new %s", i+1, all, added, step.all, step.added)
		}
		f.reopen()
	}
	known := muster.Change{Key: itemKey("i-3", app), Value: &muster.Item{Content: &muster.Content{
		Rows:  []muster.RowID{3, 0, 1, 3},
		Fresh: []muster.FreshRow{{At: 1, Entry: entry("Name", "d")}},
	}}}
	if got := f.put(known).Changes[0].Value.(*muster.Item).Content; fmt.Sprint(got.Rows, got.Fresh) != "[3 4 1 3] []" {
		t.Errorf("known and fresh rows together are %v", got)
	}
	f.same(f.load())
}

func testRowsOfGroup(t *testing.T, f *fixture) {
	put := func(n muster.NodeID, names ...string) store.Call {
		var entries []muster.Entry
		for _, name := range names {
			entries = append(entries, entry("Name", name))
		}
		return makes(itemChange(itemKey(n, app), "h", entries...))
	}
	outcomes := f.commit(put("i-1", "a", "b"), refuses(), put("i-2", "b", "c"), put("i-1", "c", "a"))
	for i, want := range []string{"[1 2] 2", "", "[2 3] 1", "[3 1] 0"} {
		if want == "" {
			continue
		}
		o := outcomes[i]
		if got := fmt.Sprint(o.Changes[0].Value.(*muster.Item).Content.Rows, len(o.Rows)); got != want {
			t.Errorf("call %d has the rows and the number of new ones %s, want %s", i, got, want)
		}
	}
	f.same(f.load())
}

func rowChange(id muster.RowID) muster.Change {
	return muster.Change{Key: muster.RowKey{Space: space, Type: app, ID: id}, At: unusedNow}
}

// unusedNow promises for a row that no item has it, whatever was committed before.
const unusedNow = muster.Position(math.MaxInt64)

// testRemovedRows takes rows away and puts their entries again: no number is given twice, also when a store was opened in between.
func testRemovedRows(t *testing.T, f *fixture) {
	named := func(names ...string) (entries []muster.Entry) {
		for _, n := range names {
			entries = append(entries, entry("Name", n))
		}
		return entries
	}
	one, two := itemKey("i-1", app), itemKey("i-2", app)
	for i, step := range []struct {
		removed    []muster.RowID
		reopen     bool
		put        []string
		all, added string
	}{
		{nil, false, []string{"a", "b", "c", "d"}, "[1 2 3 4]", "[1 2 3 4]"},
		{nil, false, []string{"a"}, "[1]", "[]"},
		{[]muster.RowID{4, 2}, false, []string{"d", "a"}, "[5 1]", "[5]"}, // the highest, at once
		{nil, false, nil, "[]", "[]"},
		{[]muster.RowID{5}, true, []string{"c", "d"}, "[3 6]", "[6]"}, // and after a restart
		{nil, true, nil, "[]", "[]"},
		{[]muster.RowID{1, 3, 6}, true, []string{"b", "a"}, "[7 8]", "[7 8]"},        // all
		{[]muster.RowID{1, 3, 9, 1 << 31}, false, []string{"a", "b"}, "[8 7]", "[]"}, // none of which is there
	} {
		var changes []muster.Change
		for _, id := range step.removed {
			changes = append(changes, rowChange(id))
		}
		o := f.put(changes...)
		if len(o.Changes) != len(changes) {
			t.Errorf("step %d: the outcome has %v", i+1, o.Changes)
		}
		if step.reopen {
			f.same(f.load())
		}
		if all, added := f.numbers(one, named(step.put...)...); fmt.Sprint(all) != step.all || fmt.Sprint(added) != step.added {
			t.Errorf("step %d: rows %v, new %v, want %s, new %s", i+1, all, added, step.all, step.added)
		}
	}
	st := f.load()
	if len(st.Rows) != 2 {
		t.Errorf("the dictionary has %v, want two rows", st.Rows)
	}
	f.same(st)

	// In one group with the call that gave the number, and with the next that has the entry.
	fresh := func(name string) store.Call { return makes(itemChange(two, "h", named(name)...)) }
	outcomes := f.commit(fresh("x"), makes(muster.Change{Key: two}), makes(rowChange(9)), fresh("x"))
	if got := outcomes[3].Changes[0].Value.(*muster.Item).Content.Rows; fmt.Sprint(got) != "[10]" {
		t.Errorf("removed and put again in one group, the row has the number %v, want 10", got)
	}
	f.same(f.load())

	// Many at once, as the fleet does when it has learned that an attribute is volatile.
	var names []string
	for i := range 3000 {
		names = append(names, fmt.Sprint("package-", i))
	}
	all, _ := f.numbers(one, named(names...)...)
	f.numbers(one, named(names[:1000]...)...)
	var changes []muster.Change
	for i := 2999; i >= 1000; i-- {
		changes = append(changes, rowChange(all[i]))
	}
	f.put(changes...)
	if kept, _ := f.numbers(one, named(names[:1000]...)...); !slices.Equal(kept, all[:1000]) {
		t.Error("the rows that were kept have other numbers")
	}
	if _, added := f.numbers(one, named(names...)...); len(added) != 2000 || added[0] != all[2999]+1 {
		t.Errorf("%d rows are new, from %d on, want 2000 from %d on", len(added), added[0], all[2999]+1)
	}
	f.same(f.load())
}

// testLookAlikes has entries that a careless encoding takes for one another.
func testLookAlikes(t *testing.T, f *fixture) {
	entries := []muster.Entry{
		entry(), entry("", ""), entry("a", ""), entry("", "a"), entry("a", "b"), entry("ab", ""), entry("a", "b", "c", "d"), entry("a", "bc", "d", ""),
		entry("a", "b\x00c"), entry("a", "b\x00"), entry("a\x00b", "c"), entry("a", `b"`), entry("A", "b"), entry("a", "B"),
		entry("a", "é"), entry("a", "e\u0301"), entry("a", " b"), entry("a", "b "), entry("a", strings.Repeat("x", 127)), entry("a", strings.Repeat("x", 128)),
	}
	all, added := f.numbers(itemKey("i-1", app), entries...)
	if len(added) != len(entries) {
		t.Errorf("%d different entries have the numbers %v", len(entries), all)
	}
	f.same(f.load())
	if _, added := f.numbers(itemKey("i-2", app), entries...); len(added) > 0 {
		t.Errorf("put again, the entries have the new numbers %v", added)
	}
}

// testDecidedContent has one Decide's content twice: the first time leaves it as it was.
func testDecidedContent(t *testing.T, f *fixture) {
	c := itemChange(itemKey("i-1", app), "h", entry("Name", "a"), entry("Name", "b"))
	call := makes(c)
	for _, o := range f.commit(call, call) {
		if got := fmt.Sprint(o.Changes[0].Value.(*muster.Item).Content.Rows); got != "[1 2]" {
			t.Errorf("the outcome has the rows %s", got)
		}
	}
	if got := c.Value.(*muster.Item); fmt.Sprint(got.Content.Rows) != "[0 0]" || len(got.Content.Fresh) != 2 {
		t.Errorf("after the commit the call's own content is %v", got.Content)
	}
}

func testBigItem(t *testing.T, f *fixture) {
	key := itemKey("i-1", app)
	entries := make([]muster.Entry, muster.MaxEntries)
	for i := range entries {
		entries[i] = entry("Name", fmt.Sprint("package-", i*7%5000), "Version", "1.0")
	}
	f.put(itemChange(key, "h", entries...))
	st := f.load()
	if len(st.Rows) != 5000 {
		t.Errorf("%d rows, want 5000", len(st.Rows))
	}
	if !slices.EqualFunc(st.Entries(key), entries, muster.Entry.Equal) {
		t.Error("the entries came back changed")
	}
	f.same(st)
}

func testOddStrings(t *testing.T, f *fixture) {
	odd := []string{
		"\x00", "a\x00b", "\x00\x00", "\"\\", "<&>", "'; --", "?1", "\u2028\u2029", "\ufeff", "\ufffe\uffff", "\ufffd", "\U0010ffff",
		"\x01\x1f\x7f\u0085", "🦄 é e\u0301", "%00", "\r\n\t", strings.Repeat("ü", 4096),
	}
	for i, s := range odd {
		sp := muster.Space{Account: muster.AccountID(s), Region: muster.Region(s)}
		node, typ := muster.NodeID(s), muster.TypeName(s)
		f.put(
			muster.Change{Key: muster.NodeKey{Space: sp, Node: node}, Value: &muster.Node{Status: muster.InstanceStatus(s)}},
			muster.Change{Key: muster.ItemKey{Space: sp, Node: node, Type: typ, SubType: s}, Value: &muster.Item{
				Version: muster.Version(s), Captured: muster.CaptureTime(s), Hash: muster.ContentHash(s), Context: entry(s, s), Content: fresh(entry(s, s)),
			}},
			muster.Change{Key: muster.CustomTypeKey{Space: sp, Type: typ}, Value: &muster.CustomType{DisabledUpTo: muster.Version(s)}},
			muster.Change{Key: muster.ClientTokenKey{Space: sp, Token: s}, Value: &muster.ClientToken{DeletionID: s}},
			muster.Change{Key: muster.DeletionKey{Space: sp, ID: s}, Value: &muster.Deletion{Token: s}},
			muster.Change{Key: muster.AssociationKey{Space: sp, ID: muster.AssociationID(s)}, Value: &muster.Association{Name: s}},
			muster.Change{Key: muster.ExecutionKey{Space: sp, Node: node, Association: "a"}, Value: &muster.Execution{Summary: s}},
			muster.Change{Key: muster.AccessKeyKey{ID: s}, Value: &muster.AccessKey{Secret: s}},
			muster.Change{Key: muster.SettingKey{Name: s}, Value: &muster.Setting{Value: []byte(s)}},
		)
		f.reopen()
		st := f.load()
		if len(st.Records) != 9*(i+1) || len(st.Rows) != i+1 {
			t.Fatalf("after %q there are %d records and %d rows", s, len(st.Records), len(st.Rows))
		}
		got := st.Records[muster.ItemKey{Space: sp, Node: node, Type: typ, SubType: s}].Value.(*muster.Item)
		if string(got.Version) != s || string(got.Captured) != s || string(got.Hash) != s || !got.Context.Equal(entry(s, s)) {
			t.Errorf("of %q came back %v", s, got)
		}
		if e := st.Rows[muster.RowKey{Space: sp, Type: typ, ID: 1}]; !e.Equal(entry(s, s)) {
			t.Errorf("of %q came back the row %q", s, e)
		}
		for _, r := range f.sees(
			muster.NodeKey{Space: sp, Node: node}, muster.ClientTokenKey{Space: sp, Token: s},
			muster.DeletionKey{Space: sp, ID: s}, muster.AccessKeyKey{ID: s}, muster.SettingKey{Name: s},
			muster.AssociationKey{Space: sp, ID: muster.AssociationID(s)}, muster.ExecutionKey{Space: sp, Node: node, Association: "a"},
		) {
			if r == nil || !strings.Contains(recordText(r), strings.Trim(jsonText(s), `"`)) && !strings.Contains(recordText(r), "value") {
				t.Errorf("of %q a view shows %v", s, r)
			}
		}
	}
}
