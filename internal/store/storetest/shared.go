package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"muster"
	"muster/internal/store"
)

// SharedOpener opens one more server on a store.
type SharedOpener func(t testing.TB) store.Shared

// RunShared holds stores that several servers share against the promises that they make besides. Each call of fresh gives the
// opener of a new and empty store.
func RunShared(t *testing.T, fresh func(t testing.TB) SharedOpener) {
	for name, test := range map[string]func(*testing.T, SharedOpener){
		"Follow":         testFollow,
		"Gone rows":      testGoneRows,
		"Rows in use":    testRowsInUse,
		"Follow by many": testFollowByMany,
		"Public keys":    testPublicKeys,
		"Histories":      testFollowedHistories,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
}

// replica is what a server knows from Load and Follow.
type replica struct {
	t testing.TB
	s store.Shared
	State
}

func newReplica(t testing.TB, open SharedOpener) *replica {
	t.Helper()
	r := &replica{t: t, s: open(t)}
	t.Cleanup(func() { r.s.Close() })
	r.load()
	return r
}

func (r *replica) load() {
	r.t.Helper()
	var err error
	if r.State, err = Load(r.s); err != nil {
		r.t.Fatal(err)
	}
}

// follow applies what is new, and holds it against what a Load of another server gives.
func (r *replica) follow(open SharedOpener) {
	r.t.Helper()
	if err := r.s.Follow(context.Background(), r.apply); err != nil {
		r.t.Fatal(err)
	}
	if d := newReplica(r.t, open).Diff(r.State); d != "" {
		r.t.Errorf("what Load gives (got) and what Follow gave (want) differ:\n%s", d)
	}
}

func (r *replica) apply(calls []store.Outcome) {
	for _, o := range calls {
		if o.Err != nil {
			r.t.Errorf("Follow gives a refused call: %v", o.Err)
		}
		r.Position++
		for _, row := range o.Rows {
			r.Rows[muster.RowKey{Space: row.Space, Type: row.Type, ID: row.ID}] = row.Entry
		}
		for _, c := range o.Changes {
			r.change(c)
		}
	}
}

func (r *replica) change(c muster.Change) {
	if c.At != r.Position {
		r.t.Errorf("%#v comes at %d, after %d", c.Key, c.At, r.Position-1)
	}
	if row, ok := c.Key.(muster.RowKey); ok {
		delete(r.Rows, row)
		return
	}
	if item, ok := c.Value.(*muster.Item); ok && item.Content == nil {
		kept := *item
		kept.Content = r.Records[c.Key].Value.(*muster.Item).Content
		c.Value = &kept
	}
	if r.Records[c.Key] = c; c.Value == nil {
		delete(r.Records, c.Key)
	}
}

func (r *replica) commit(calls ...store.Call) []store.Outcome {
	r.t.Helper()
	outcomes, err := r.s.Commit(context.Background(), calls)
	if err != nil {
		r.t.Fatal(err)
	}
	return outcomes
}

// testFollow has two servers commit changes of every form, and both follow.
func testFollow(t *testing.T, open SharedOpener) {
	a, b := newReplica(t, open), newReplica(t, open)
	a.follow(open) // nothing
	item := itemKey("i-1", app)
	a.commit(makes(nodeChange("i-1", "x"), itemChange(item, "h", entry("Name", "a"), entry("Name", "b"))),
		store.Call{Decide: func(store.View) ([]muster.Change, error) { return nil, errRefused }},
		makes())
	b.follow(open)
	b.commit(makes(muster.Change{Key: item, Value: &muster.Item{Hash: "touched", Context: entry("a", "b")}},
		muster.Change{Key: muster.SettingKey{Name: "s"}, Value: &muster.Setting{Value: []byte{0, 1}}}))
	b.commit(makes(itemChange(itemKey("i-2", app), "h", entry("Name", "c"))), makes())
	a.follow(open)
	b.follow(open)
	a.commit(makes(muster.Change{Key: nodeKey("i-1")}, muster.Change{Key: item}, muster.Change{Key: muster.SettingKey{Name: "s"}}))
	a.commit(makes(muster.Change{Key: muster.RowKey{Space: space, Type: app, ID: 1}, At: unusedNow}))
	b.load() // from where it goes on
	b.commit(makes(nodeChange("i-3", "x")))
	a.follow(open)
	b.follow(open)
	if err := a.s.Follow(context.Background(), func([]store.Outcome) { t.Error("Follow gives something twice") }); err != nil {
		t.Fatal(err)
	}
}

// testGoneRows has one server put rows that another has taken away: that call is refused, and the others of its group are not.
func testGoneRows(t *testing.T, open SharedOpener) {
	a, b := newReplica(t, open), newReplica(t, open)
	item := itemKey("i-1", app)
	a.commit(makes(itemChange(item, "h", entry("Name", "a"), entry("Name", "b"))))
	a.commit(makes(itemChange(item, "h", entry("Name", "b"))))
	a.commit(makes(rowChange(1)))
	late := makes(muster.Change{Key: itemKey("i-2", custom), Value: &muster.Item{Content: &muster.Content{}}}, nodeChange("i-2", "x"),
		muster.Change{Key: itemKey("i-2", app), Value: &muster.Item{Content: &muster.Content{Rows: []muster.RowID{2, 1}}}})
	sees := ""
	looks := store.Call{Reads: []muster.Key{nodeKey("i-2")}, Decide: func(v store.View) ([]muster.Change, error) {
		sees = fmt.Sprint(v.Get(nodeKey("i-2")))
		return []muster.Change{itemChange(itemKey("i-3", app), "h", entry("Name", "c"))}, nil
	}}
	outcomes := b.commit(makes(itemChange(itemKey("i-9", "Custom:New"), "h", entry("Name", "new"))), late, looks)
	if !errors.Is(outcomes[1].Err, store.ErrRowGone) || outcomes[0].Err != nil || outcomes[2].Err != nil {
		t.Errorf("the calls answer %v, %v, %v", outcomes[0].Err, outcomes[1].Err, outcomes[2].Err)
	}
	if sees != "<nil>" {
		t.Errorf("the call after the refused one sees %s", sees)
	}
	b.follow(open)
	a.follow(open)
	b.commit(makes(itemChange(itemKey("i-2", app), "h", entry("Name", "a"))), makes(itemChange(itemKey("i-9", "Custom:New"), "h", entry("Name", "newer"))))
	b.follow(open)
}

// testRowsInUse has a server take away rows that it knows to be unused at a position, after which another has taken one of them.
func testRowsInUse(t *testing.T, open SharedOpener) {
	a, b := newReplica(t, open), newReplica(t, open)
	item := itemKey("i-1", app)
	a.commit(makes(itemChange(item, "h", entry("Name", "a"), entry("Name", "b"), entry("Name", "c"))))
	a.commit(makes(muster.Change{Key: item}))
	a.follow(open)
	removal := func(at muster.Position, ids ...muster.RowID) store.Call {
		var changes []muster.Change
		for _, id := range ids {
			changes = append(changes, muster.Change{Key: muster.RowKey{Space: space, Type: app, ID: id}, At: at})
		}
		return makes(changes...)
	}
	b.commit(makes(itemChange(itemKey("i-2", app), "h", entry("Name", "b"))))
	takes := makes(itemChange(itemKey("i-3", app), "h", entry("Name", "c"))) // in the removal's own group
	outcomes := a.commit(takes, removal(a.Position, 1, 2, 3))
	if got := outcomes[1].Changes; len(got) != 1 || got[0].Key != (muster.RowKey{Space: space, Type: app, ID: 1}) {
		t.Errorf("the removal has made the changes %v, want that of row 1 alone", got)
	}
	a.follow(open)
	b.follow(open)
}

// testFollowByMany has servers commit and follow at the same time: each sees the same commits in the same order, and its own as soon
// as they are acknowledged.
func testFollowByMany(t *testing.T, open SharedOpener) {
	const servers, commits = 3, 30
	var all sync.WaitGroup
	replicas := make([]*replica, servers)
	for i := range replicas {
		replicas[i] = newReplica(t, open)
	}
	for i, r := range replicas {
		all.Go(func() {
			own := itemKey(muster.NodeID(fmt.Sprint("i-", i)), app)
			for n := range commits {
				name := fmt.Sprint(n)
				r.commit(makes(itemChange(own, muster.ContentHash(name), entry("Name", name)), itemChange(itemKey("i-all", app), muster.ContentHash(name), entry("Name", name))))
				if err := r.s.Follow(context.Background(), r.apply); err != nil {
					t.Error(err)
					return
				}
				if got := r.Records[own].Value.(*muster.Item).Hash; string(got) != name {
					t.Errorf("after commit %s was acknowledged, Follow shows %s", name, got)
				}
			}
		})
	}
	all.Wait()
	for _, r := range replicas {
		r.follow(open)
	}
}

// testPublicKeys has each call see who has a key as those before it have left it.
func testPublicKeys(t *testing.T, open SharedOpener) {
	a, b := newReplica(t, open), newReplica(t, open)
	keyed := func(key string) muster.Record {
		return &muster.Node{Registration: &muster.Registration{PublicKey: []byte(key)}}
	}
	sees := func(key string, want muster.NodeID, changes ...muster.Change) store.Call {
		asks := muster.PublicKeyKey{Space: space, ID: muster.NewPublicKeyID([]byte(key))}
		return store.Call{Reads: []muster.Key{asks}, Decide: func(v store.View) ([]muster.Change, error) {
			if got := store.Get[*muster.Holder](v, asks).Node; got != want {
				t.Errorf("%s is %q's, want %q", key, got, want)
			}
			return changes, nil
		}}
	}
	a.commit(sees("k", "", muster.Change{Key: nodeKey("i-1"), Value: keyed("k")}),
		sees("k", "i-1", muster.Change{Key: muster.NodeKey{Space: other, Node: "i-2"}, Value: keyed("l")}),
		sees("l", ""))
	b.commit(sees("k", "i-1", muster.Change{Key: nodeKey("i-1"), Value: keyed("m")}), sees("k", ""), sees("m", "i-1"))
	a.commit(sees("k", ""), sees("m", "i-1", muster.Change{Key: nodeKey("i-1")}), sees("m", ""))
	b.commit(sees("m", ""), sees("m", "", muster.Change{Key: nodeKey("i-3"), Value: &muster.Node{}}))
}
