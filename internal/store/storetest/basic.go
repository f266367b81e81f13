package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
)

var (
	space = muster.Space{Account: "111122223333", Region: "eu-west-1"}
	other = muster.Space{Account: "111122223333", Region: "us-east-1"}
	now   = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
)

const (
	app    muster.TypeName = "AWS:Application"
	custom muster.TypeName = "Custom:Rack.Info"
)

func nodeKey(n muster.NodeID) muster.NodeKey { return muster.NodeKey{Space: space, Node: n} }

func itemKey(n muster.NodeID, t muster.TypeName) muster.ItemKey {
	return muster.ItemKey{Space: space, Node: n, Type: t}
}

func nodeChange(n muster.NodeID, day string) muster.Change {
	return muster.Change{Key: nodeKey(n), Value: &muster.Node{Registered: now, Usage: muster.Usage{Day: day, Bytes: 7}}}
}

// itemChange puts an item whose entries all are fresh.
func itemChange(key muster.ItemKey, hash muster.ContentHash, entries ...muster.Entry) muster.Change {
	return muster.Change{Key: key, Value: &muster.Item{
		Version: "1.0", Captured: "2026-03-01T12:00:00Z", Hash: hash, Reported: now, Content: fresh(entries...),
	}}
}

func fresh(entries ...muster.Entry) *muster.Content {
	c := &muster.Content{Rows: make([]muster.RowID, len(entries))}
	for i, e := range entries {
		c.Fresh = append(c.Fresh, muster.FreshRow{At: i, Entry: e})
	}
	return c
}

// besides adds volatile values to the content.
func besides(c *muster.Content, split uint32, volatile string) *muster.Content {
	c.Split, c.Volatile = split, []byte(volatile)
	return c
}

func entry(names ...string) muster.Entry {
	var fields []muster.Field
	for i := 0; i < len(names); i += 2 {
		fields = append(fields, muster.Field{Name: names[i], Value: names[i+1]})
	}
	return muster.NewEntry(fields)
}

func testEmpty(t *testing.T, f *fixture) {
	empty := State{}
	f.same(empty)
	f.commit()
	f.same(empty)
	for _, r := range f.sees(nodeKey("i-1"), itemKey("i-1", app), muster.SettingKey{Name: "x"}) {
		if r != nil {
			t.Errorf("an empty store shows %v", r)
		}
	}
	f.same(empty)
}

func testKinds(t *testing.T, f *fixture) {
	changes := []muster.Change{
		{Key: nodeKey("i-1"), Value: &muster.Node{
			Registered: now, Reported: now.Add(time.Hour), Status: muster.Stopped,
			Reporter: muster.Reporter{Fingerprint: "f", Last: now}, Former: muster.Reporter{Fingerprint: "g", Last: now},
			Clone: now.Add(time.Minute), Usage: muster.Usage{Day: "2026-03-01", Bytes: 1 << 40},
			Ping: &muster.Ping{Last: now, Changed: now.Add(-time.Hour), Info: entry("AgentVersion", "3.3.0.0", "Empty", "")},
			Registration: &muster.Registration{
				Activation: "a", Role: "r", Name: "n", PublicKey: []byte{0x30, 0, 255}, Fingerprint: "p", RotateKey: true, Ended: now,
			},
		}},
		{Key: nodeKey("i-zero"), Value: &muster.Node{}},
		{Key: itemKey("i-1", app), Value: &muster.Item{
			Version: "1.1", Captured: "9999-99-99T99:99:99Z", Hash: "h", Context: entry("ExecutionId", "x", "Empty", ""), Reported: now,
			Content: besides(fresh(entry("Name", "bash", "Version", "5.2"), entry()), 2, "packed \x00"),
		}},
		{Key: nodeKey("mi-plain"), Value: &muster.Node{Registration: &muster.Registration{PublicKey: []byte{}}}},
		{Key: itemKey("i-only-items", custom), Value: &muster.Item{Content: &muster.Content{}}},
		{Key: muster.CustomTypeKey{Space: space, Type: custom}, Value: &muster.CustomType{
			Versions:     []muster.CustomVersion{{Version: "1.9", Attributes: []string{"A", "b"}}, {Version: "1.10", Attributes: []string{}}},
			DisabledUpTo: "1.9",
		}},
		{Key: muster.DeletionKey{Space: space, ID: "7f4c2f3e-0000-4000-8000-000000000000"}, Value: &muster.Deletion{
			Type: custom, Option: muster.DisableSchema, Token: "t", Started: now, Updated: now, Before: 12,
			Counts: []muster.VersionCount{{Version: "1.0", Count: 3, Remaining: 1}},
		}},
		{Key: muster.ClientTokenKey{Space: space, Token: "t"}, Value: &muster.ClientToken{
			DeletionID: "d", Type: custom, Option: muster.DeleteSchema, Counts: []muster.VersionCount{{Version: "1.0", Count: 3, Remaining: 3}},
		}},
		{Key: muster.ActivationKey{Space: space, ID: "7f4c2f3e-0000-4000-8000-000000000001"}, Value: &muster.Activation{
			CodeHash: []byte{0, 255}, Role: "r", NodeName: "n", Description: "d", Tags: []muster.Tag{{Key: "k", Value: "v"}, {Key: "e"}},
			Limit: 1000, Registered: 3, Created: now, Expires: now.Add(time.Hour),
		}},
		{Key: muster.AccessKeyKey{ID: "AKIA"}, Value: &muster.AccessKey{
			Secret: "s", Account: space.Account, Role: muster.RoleNode, Node: "i-1", Comment: "<&>", Created: now,
		}},
		{Key: muster.AssociationKey{Space: space, ID: "a"}, Value: &muster.Association{
			Document: "AWS-GatherSoftwareInventory", Name: "<&>", Node: "i-1", Targets: []muster.Target{{Key: "tag:Role", Values: []string{"web", ""}}},
			Parameters: map[string][]string{"files": {"[]"}, "none": {}}, Schedule: "rate(30 minutes)", Version: 2, Created: now, Updated: now, Due: now,
		}},
		{Key: muster.ExecutionKey{Space: space, Node: "i-1", Association: "a"}, Value: &muster.Execution{
			Status: "Success", Code: "c", Summary: "1 out of 1", Executed: 1795300079548000000, Begun: 2, Succeeded: -3,
		}},
		{Key: muster.SplitsKey{Space: space, Type: app}, Value: &muster.Splits{Versions: [][]string{{"InstalledTime"}, {"InstalledTime", "Url"}}}},
		{Key: muster.SettingKey{Name: "token key"}, Value: &muster.Setting{Value: []byte{0, 1, 255}}},
	}
	o := f.put(changes...)
	want := State{Position: 1, Records: map[muster.Key]muster.Change{}, Rows: map[muster.RowKey]muster.Entry{
		{Space: space, Type: app, ID: 1}: entry("Name", "bash", "Version", "5.2"),
		{Space: space, Type: app, ID: 2}: entry(),
	}}
	for i, c := range changes {
		c.At = 1
		if i == 2 {
			item := *c.Value.(*muster.Item)
			item.Content = besides(&muster.Content{Rows: []muster.RowID{1, 2}}, 2, "packed \x00")
			c.Value = &item
		}
		if got := changeLine(o.Changes[i]); got != changeLine(c) {
			t.Errorf("the outcome has\n%s, want\n%s", got, changeLine(c))
		}
		want.Records[c.Key] = c
	}
	f.same(want)

	for _, c := range want.Records {
		got := f.sees(c.Key)[0]
		if item, ok := c.Value.(*muster.Item); ok {
			head := *item
			head.Content = nil
			c.Value = &head
		}
		if recordText(got) != recordText(c.Value) {
			t.Errorf("the view shows\n%s, want\n%s", recordText(got), recordText(c.Value))
		}
	}
	moved := f.sees(muster.NodeKey{Space: other, Node: "i-1"}, muster.CustomTypeKey{Space: other, Type: custom})
	if moved[0] != nil || moved[1] != nil {
		t.Errorf("another space shows %v", moved)
	}
}

// testOwnership changes what a store has been given and what it gave.
func testOwnership(t *testing.T, f *fixture) {
	key := muster.CustomTypeKey{Space: space, Type: custom}
	n := &muster.Node{Usage: muster.Usage{Day: "kept"}}
	c := &muster.CustomType{Versions: []muster.CustomVersion{{Version: "1.0", Attributes: []string{"kept"}}}}
	e := entry("Name", "kept")
	item := &muster.Item{Hash: "kept", Content: fresh(e)}
	f.put(muster.Change{Key: nodeKey("i-1"), Value: n}, muster.Change{Key: key, Value: c}, muster.Change{Key: itemKey("i-1", app), Value: item})
	f.unchanged(func() {
		n.Usage.Day, c.Versions[0].Attributes[0], e[0].Value, item.Hash = "no", "no", "no", "no"
		loaded := f.load()
		loaded.Records[key].Value.(*muster.CustomType).Versions[0].Attributes[0] = "no"
		loaded.Records[itemKey("i-1", app)].Value.(*muster.Item).Content.Rows[0] = 7
		loaded.Rows[muster.RowKey{Space: space, Type: app, ID: 1}][0].Value = "no"
	})
}

func testGroup(t *testing.T, f *fixture) {
	day := func(v store.View, n muster.NodeID) string {
		if n := store.Get[*muster.Node](v, nodeKey(n)); n != nil {
			return n.Usage.Day
		}
		return ""
	}
	// Each call appends its letter to the day of the node, from what it sees.
	appends := func(letter string, fail bool) store.Call {
		return store.Call{Reads: []muster.Key{nodeKey("i-1")}, Decide: func(v store.View) ([]muster.Change, error) {
			c := nodeChange("i-1", day(v, "i-1")+letter)
			if fail {
				return []muster.Change{c}, errRefused
			}
			return []muster.Change{c}, nil
		}}
	}
	o := f.commit(appends("a", false), appends("b", true), appends("c", false), appends("d", true))
	for i, refused := range []bool{false, true, false, true} {
		if errors.Is(o[i].Err, errRefused) != refused {
			t.Errorf("call %d has the error %v", i, o[i].Err)
		}
		if refused && len(o[i].Changes)+len(o[i].Rows) > 0 {
			t.Errorf("call %d was refused and has the outcome %v", i, o[i])
		}
	}
	f.commit(appends("e", false))
	want := nodeChange("i-1", "ace")
	want.At = 3
	f.same(State{Position: 3, Records: map[muster.Key]muster.Change{want.Key: want}})
}

// testGroupOfMany has groups of so many nodes as an engine may read in one or more goes. Every second one is there, and one is there in
// another space.
func testGroupOfMany(t *testing.T, f *fixture) {
	node := func(i int) muster.NodeID { return muster.NodeID(fmt.Sprintf("i-%02d", i)) }
	elsewhere := nodeChange("i-01", "elsewhere")
	elsewhere.Key = muster.NodeKey{Space: other, Node: "i-01"}
	before := []muster.Change{elsewhere}
	for i := 0; i < 50; i += 2 {
		before = append(before, nodeChange(node(i), string(node(i))), itemChange(itemKey(node(i), app), muster.ContentHash(node(i)), entry("Name", "bash")))
	}
	f.put(before...)
	for _, n := range []int{1, 4, 5, 15, 16, 17, 33, 50} {
		var calls []store.Call
		for i := range n {
			key, item := nodeKey(node(i)), itemKey(node(i), app)
			calls = append(calls, store.Call{Reads: []muster.Key{key, item}, Decide: func(v store.View) ([]muster.Change, error) {
				got, held := store.Get[*muster.Node](v, key), store.Get[*muster.Item](v, item)
				switch there := i%2 == 0; {
				case (got != nil) != there || (held != nil) != there:
					t.Errorf("of %d nodes %s is there: %v, and its item: %v", n, key.Node, got != nil, held != nil)
				case there && (got.Usage.Day != string(key.Node) || held.Hash != muster.ContentHash(key.Node)):
					t.Errorf("of %d nodes %s has what is of %s and of %s", n, key.Node, got.Usage.Day, held.Hash)
				}
				return nil, errRefused
			}})
		}
		f.commit(calls...)
	}
}

func testRefusals(t *testing.T, f *fixture) {
	f.put(nodeChange("i-1", "x"))
	f.unchanged(func() {
		f.commit(refuses(), store.Call{
			Reads: []muster.Key{
				muster.NodeKey{Space: other, Node: "i-1"}, muster.CustomTypeKey{Space: other, Type: custom},
				muster.CensusKey{Space: other, Type: custom}, muster.CustomTypeCountKey{Space: other}, muster.AssociationsKey{Space: other},
			},
			Decide: func(v store.View) ([]muster.Change, error) {
				v.Get(muster.NodeKey{Space: other, Node: "i-1"})
				v.Get(muster.CustomTypeKey{Space: other, Type: custom})
				v.Get(muster.CensusKey{Space: other, Type: custom})
				v.Get(muster.CustomTypeCountKey{Space: other})
				v.Get(muster.AssociationsKey{Space: other})
				return []muster.Change{itemChange(itemKey("i-1", app), "h", entry("Name", "never"))}, errRefused
			},
		}, refuses())
	})
}

func testPositions(t *testing.T, f *fixture) {
	last := muster.Position(0)
	for round := range 4 {
		var calls []store.Call
		for i := range 5 {
			accept := (i+round)%3 != 0
			calls = append(calls, store.Call{Decide: func(v store.View) ([]muster.Change, error) {
				if v.Position() != last+1 {
					return nil, fmt.Errorf("the view is at %d, after %d", v.Position(), last)
				}
				if !accept {
					return nil, errRefused
				}
				last++
				return []muster.Change{nodeChange("i-1", ""), nodeChange("i-2", "")}, nil
			}})
		}
		before := last
		for i, o := range f.commit(calls...) {
			if o.Err != nil && !errors.Is(o.Err, errRefused) {
				t.Fatal(o.Err)
			}
			if o.Err != nil {
				continue
			}
			before++
			for _, c := range o.Changes {
				if c.At != before {
					t.Fatalf("round %d, call %d: the outcome is at %d, want %d", round, i, c.At, before)
				}
			}
		}
		f.reopen()
		if got := f.load().Position; got != last {
			t.Fatalf("round %d: the store is at %d, want %d", round, got, last)
		}
	}
	f.put() // nothing to do is a call as well
	if got := f.load().Position; got != last+1 {
		t.Errorf("after a call without changes the store is at %d, want %d", got, last+1)
	}
}

func testIdempotence(t *testing.T, f *fixture) {
	f.put(nodeChange("i-0", "x"), itemChange(itemKey("i-0", app), "h", entry("Name", "a")))
	changes := []muster.Change{
		nodeChange("i-1", "x"),
		itemChange(itemKey("i-1", app), "h", entry("Name", "a"), entry("Name", "b")),
		{Key: nodeKey("i-0")},
		{Key: itemKey("i-0", app)},
	}
	f.put(changes...)
	once := f.load()
	o := f.put(changes...)
	if len(o.Rows) > 0 {
		t.Errorf("done again, the changes make the rows %v", o.Rows)
	}
	once.Position++
	for key, c := range once.Records {
		c.At = once.Position
		once.Records[key] = c
	}
	f.same(once)
}

func testBrokenChanges(t *testing.T, f *fixture) {
	f.put(itemChange(itemKey("i-1", app), "h", entry("Name", "a")))
	content := func(c muster.Content) muster.Change {
		return muster.Change{Key: itemKey("i-1", app), Value: &muster.Item{Content: &c}}
	}
	for name, c := range map[string]muster.Change{
		"a derived key":        {Key: muster.CensusKey{Space: space, Type: app}, Value: &muster.Census{}},
		"a list of subtypes":   {Key: muster.SubTypesKey{Space: space, Node: "i-1", Type: app}, Value: &muster.SubTypes{}},
		"a list of records":    {Key: muster.AssociationsKey{Space: space}, Value: muster.Associations{}},
		"another derived key":  {Key: muster.CustomTypeCountKey{Space: space}, Value: &muster.Count{}},
		"no key":               {Value: &muster.Node{}},
		"another's record":     {Key: nodeKey("i-1"), Value: &muster.Setting{}},
		"a row's record":       {Key: muster.RowKey{Space: space, Type: app, ID: 1}, Value: &muster.Setting{}},
		"a nil pointer":        {Key: nodeKey("i-1"), Value: (*muster.Node)(nil)},
		"an unknown row":       content(muster.Content{Rows: []muster.RowID{99}}),
		"a row without number": content(muster.Content{Rows: []muster.RowID{1, 0}}),
		"a row outside":        content(muster.Content{Rows: []muster.RowID{1}, Fresh: []muster.FreshRow{{At: 1, Entry: entry("Name", "b")}}}),
		"a negative place":     content(muster.Content{Rows: []muster.RowID{1}, Fresh: []muster.FreshRow{{At: -1, Entry: entry("Name", "b")}}}),
		"a taken place":        content(muster.Content{Rows: []muster.RowID{1}, Fresh: []muster.FreshRow{{At: 0, Entry: entry("Name", "b")}}}),
		"nothing to keep":      {Key: itemKey("i-2", app), Value: &muster.Item{Hash: "h"}},
	} {
		f.unchanged(func() {
			good := makes(nodeChange("i-9", "x"), itemChange(itemKey("i-9", app), "h", entry("Name", "z")))
			_, err := f.s.Commit(context.Background(), []store.Call{good, makes(nodeChange("i-8", "x"), c), good})
			if err == nil || errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrUnwritable) {
				t.Errorf("%s: the commit's error is %v", name, err)
			}
		})
	}
	f.put(itemChange(itemKey("i-1", app), "h", entry("Name", "b")))
}

func testCancellation(t *testing.T, f *fixture) {
	f.put(nodeChange("i-1", "x"))
	f.unchanged(func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		stops := store.Call{Decide: func(store.View) ([]muster.Change, error) {
			cancel()
			return []muster.Change{itemChange(itemKey("i-2", app), "h", entry("Name", "a"))}, nil
		}}
		for range 2 { // in the middle, then before
			_, err := f.s.Commit(ctx, []store.Call{makes(nodeChange("i-2", "x")), stops, makes(nodeChange("i-3", "x"))})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the error of a cancelled commit is %v", err)
			}
		}
		if _, err := f.s.Load(ctx, func(store.Batch) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("the error of a cancelled Load is %v", err)
		}
	})
	f.put(nodeChange("i-1", "y"))
}
