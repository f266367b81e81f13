package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"muster"
	"muster/internal/store"
)

func testDerived(t *testing.T, f *fixture) {
	keys := []muster.Key{muster.CustomTypeCountKey{Space: space}, muster.CensusKey{Space: space, Type: custom}}
	typeKey := func(n string) muster.CustomTypeKey {
		return muster.CustomTypeKey{Space: space, Type: muster.TypeName("Custom:" + n)}
	}
	item := func(n muster.NodeID, v muster.Version) muster.Change {
		return muster.Change{Key: itemKey(n, custom), Value: &muster.Item{Version: v, Content: &muster.Content{}}}
	}
	var calls []store.Call
	want := []string{}
	expect := func(n int, census string, changes ...muster.Change) {
		at := len(want)
		want = append(want, fmt.Sprint(n, " ", census))
		calls = append(calls, store.Call{Reads: keys, Decide: func(v store.View) ([]muster.Change, error) {
			got := fmt.Sprint(store.Get[*muster.Count](v, keys[0]).N, " ", store.Get[*muster.Census](v, keys[1]).Versions)
			if got != want[at] {
				t.Errorf("call %d sees %s, want %s", at, got, want[at])
			}
			return changes, nil
		}})
	}
	some := &muster.CustomType{}
	expect(0, "[]", muster.Change{Key: typeKey("a"), Value: some}, item("i-1", "1.10"), item("i-2", "1.9"))
	expect(1, "[{1.9 1 0} {1.10 1 0}]", muster.Change{Key: typeKey("b"), Value: some}, item("i-3", "1.9"))
	expect(2, "[{1.9 2 0} {1.10 1 0}]", muster.Change{Key: typeKey("a"), Value: some}, item("i-2", "1.10"))
	expect(2, "[{1.9 1 0} {1.10 2 0}]",
		muster.Change{Key: muster.CustomTypeKey{Space: other, Type: custom}, Value: some},
		muster.Change{Key: muster.ItemKey{Space: other, Node: "i-1", Type: custom}, Value: &muster.Item{Version: "1.9", Content: &muster.Content{}}},
		muster.Change{Key: itemKey("i-1", app), Value: &muster.Item{Version: "1.9", Content: &muster.Content{}}})
	expect(2, "[{1.9 1 0} {1.10 2 0}]", muster.Change{Key: typeKey("a")}, muster.Change{Key: itemKey("i-3", custom)})
	expect(1, "[{1.10 2 0}]", muster.Change{Key: itemKey("i-1", custom), Value: &muster.Item{Version: "2.0"}}) // a touch with another version
	expect(1, "[{1.10 1 0} {2.0 1 0}]")

	f.commit(calls[:3]...)
	f.reopen()
	f.commit(calls[3:]...)
	f.reopen()
	f.commit(calls[6])
}

// testAssociations has each call see the associations of its space as those before it have left them.
func testAssociations(t *testing.T, f *fixture) {
	list := muster.AssociationsKey{Space: space}
	named := func(in muster.Space, id muster.AssociationID, name string) muster.Change {
		return muster.Change{Key: muster.AssociationKey{Space: in, ID: id}, Value: &muster.Association{Name: name}}
	}
	sees := func(want string, changes ...muster.Change) store.Call {
		return store.Call{Reads: []muster.Key{list}, Decide: func(v store.View) ([]muster.Change, error) {
			names := map[muster.AssociationID]string{}
			for id, a := range store.Get[muster.Associations](v, list) {
				names[id] = a.Name
			}
			if got := fmt.Sprint(names); got != want {
				t.Errorf("the call at %d sees %s, want %s", v.Position(), got, want)
			}
			return changes, nil
		}}
	}
	f.commit(sees("map[]", named(space, "a", "1"), named(other, "z", "1")), sees("map[a:1]", named(space, "b", "1")), sees("map[a:1 b:1]"))
	f.reopen()
	f.commit(
		sees("map[a:1 b:1]", named(space, "a", "2"), muster.Change{Key: muster.AssociationKey{Space: space, ID: "b"}}),
		sees("map[a:2]", named(space, "b", "3")), sees("map[a:2 b:3]"),
	)
}

func testLoad(t *testing.T, f *fixture) {
	for i := range 50 {
		n := muster.NodeID(fmt.Sprint("i-", i))
		f.put(nodeChange(n, "x"), itemChange(itemKey(n, app), "h", entry("Name", fmt.Sprint(i)), entry("Name", fmt.Sprint(i/2))))
	}
	st := f.load() // which checks the order
	if len(st.Records) != 100 || len(st.Rows) != 50 || st.Position != 50 {
		t.Errorf("%d records, %d rows, position %d", len(st.Records), len(st.Rows), st.Position)
	}
	stop := errors.New("stop")
	if _, err := f.s.Load(context.Background(), func(store.Batch) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of a Load whose caller stops it is %v", err)
	}
	f.put(nodeChange("i-0", "y"))
}

// testLoadBesideCommit has two nodes that every call gives the same day: a Load that sees them differ saw half a call.
func testLoadBesideCommit(t *testing.T, f *fixture) {
	f.put(nodeChange("i-1", "0"), nodeChange("i-2", "0"))
	loaded := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			day := fmt.Sprint(i)
			_, err := f.s.Commit(context.Background(), []store.Call{makes(nodeChange("i-1", day)), makes(nodeChange("i-2", "half")), makes(nodeChange("i-1", day), nodeChange("i-2", day))})
			select {
			case <-loaded:
				done <- err
				return
			default:
			}
			if err != nil {
				done <- err
				return
			}
		}
	}()
	last := muster.Position(0)
	for range 30 {
		st := f.load()
		one, two := st.Records[nodeKey("i-1")].Value.(*muster.Node), st.Records[nodeKey("i-2")].Value.(*muster.Node)
		if one.Usage.Day != two.Usage.Day {
			t.Errorf("at %d the nodes are %s and %s", st.Position, one.Usage.Day, two.Usage.Day)
		}
		if st.Records[nodeKey("i-1")].At != st.Position || st.Position < last {
			t.Errorf("a node of %d in a state of %d after %d", st.Records[nodeKey("i-1")].At, st.Position, last)
		}
		last = st.Position
	}
	close(loaded)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
