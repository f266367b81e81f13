package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"muster"
	"muster/internal/store"
)

func historyChange(of muster.ItemKey, packed string) muster.Change {
	return muster.Change{Key: of.History(), Value: &muster.History{Packed: []byte(packed)}}
}

// historiesOf gives what a store has under the HistoryKeys of the nodes, as lines.
func historiesOf(s store.Store, nodes ...muster.NodeKey) ([]string, error) {
	found := map[muster.HistoryKey]string{}
	err := s.Histories(context.Background(), nodes, func(key muster.HistoryKey, h *muster.History) error {
		if _, twice := found[key]; twice {
			return fmt.Errorf("%v is given twice", key)
		}
		found[key] = string(h.Packed)
		return nil
	})
	var lines []string
	for key, packed := range found {
		lines = append(lines, fmt.Sprintf("%s %s %q %q: %q", key.Space.Region, key.Node, key.Type, key.SubType, packed))
	}
	slices.Sort(lines)
	return lines, err
}

// hasHistories fails the test if the nodes do not have these, now and after a reopen.
func (f *fixture) hasHistories(want []string, nodes ...muster.NodeKey) {
	f.t.Helper()
	for _, when := range []string{"at once", "reopened"} {
		if when == "reopened" {
			f.reopen()
		}
		got, err := historiesOf(f.s, nodes...)
		if err != nil || !slices.Equal(got, want) {
			f.t.Fatalf("%s, the histories are\n%s\n%v; want\n%s", when, strings.Join(got, "\n"), err, strings.Join(want, "\n"))
		}
	}
}

// testHistories keeps, replaces and takes away histories, which no Load gives.
func testHistories(t *testing.T, f *fixture) {
	apps, patch := itemKey("i-1", app), muster.ItemKey{Space: space, Node: "i-1", Type: muster.TypeComplianceItem, SubType: "Patch \x00"}
	elsewhere := muster.ItemKey{Space: other, Node: "i-1", Type: app}
	nodes := []muster.NodeKey{nodeKey("i-1"), nodeKey("i-none"), {Space: other, Node: "i-1"}, {Space: muster.Space{Region: "never"}, Node: "i-1"}}
	f.hasHistories(nil, nodes...)
	if o := f.put(muster.Change{Key: apps.History()}); len(o.Changes) != 1 {
		t.Errorf("to take away what is not there makes the changes %v", o.Changes)
	}
	content := entry("Name", "a")
	f.put(itemChange(apps, "h", content), itemChange(patch, "h", content), itemChange(elsewhere, "h", content), itemChange(itemKey("i-2", app), "h", content))
	without := f.load()
	f.put(historyChange(apps, "1"), historyChange(patch, "p\x00"), historyChange(elsewhere, "e"), historyChange(itemKey("i-2", app), "2"))
	without.Position++
	f.same(without)
	f.hasHistories([]string{
		`eu-west-1 i-1 "AWS:Application" "": "1"`, `eu-west-1 i-1 "AWS:ComplianceItem" "Patch \x00": "p\x00"`, `us-east-1 i-1 "AWS:Application" "": "e"`,
	}, nodes...)
	if got := f.sees(apps.History())[0].(*muster.History); string(got.Packed) != "1" {
		t.Errorf("a call sees the history %q", got.Packed)
	}

	long := strings.Repeat("long ", 800)
	f.put(historyChange(apps, long), muster.Change{Key: patch}) // a touch and a put leave it as it is
	f.put(muster.Change{Key: apps, Value: &muster.Item{Hash: "touched"}}, itemChange(elsewhere, "i", entry("Name", "b")))
	f.hasHistories([]string{`eu-west-1 i-1 "AWS:Application" "": "` + long + `"`, `us-east-1 i-1 "AWS:Application" "": "e"`}, nodes...)
	f.unchanged(func() { f.commit(refuses()) })

	seen := "nothing"
	again := itemChange(apps, "j", content)
	f.commit(makes(muster.Change{Key: apps}, muster.Change{Key: elsewhere.History()}), makes(again), store.Call{
		Reads: []muster.Key{apps.History()}, Decide: func(v store.View) ([]muster.Change, error) {
			seen = fmt.Sprint(v.Get(apps.History()))
			return nil, errRefused
		}})
	if seen != "<nil>" {
		t.Errorf("after the item was taken away and put anew, a call of the group sees %s", seen)
	}
	f.hasHistories(nil, nodes...)
	f.hasHistories([]string{`eu-west-1 i-2 "AWS:Application" "": "2"`}, nodeKey("i-2"))

	stop := errors.New("stop")
	if err := f.s.Histories(context.Background(), []muster.NodeKey{nodeKey("i-2")}, func(muster.HistoryKey, *muster.History) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of who reads them comes back as %v", err)
	}
}

// testFollowedHistories has one server write a history, which the other reads though nothing tells it of that.
func testFollowedHistories(t *testing.T, open SharedOpener) {
	a, b := newReplica(t, open), newReplica(t, open)
	item := itemKey("i-1", app)
	a.commit(makes(itemChange(item, "h", entry("Name", "a")), historyChange(item, "1")), makes(historyChange(item, "2")))
	for _, r := range []*replica{a, b} {
		r.follow(open)
		if got, err := historiesOf(r.s, nodeKey("i-1")); len(got) != 1 || !strings.HasSuffix(got[0], `"2"`) || err != nil {
			t.Errorf("a server reads %v, %v", got, err)
		}
		if len(r.Records) != 1 {
			t.Errorf("a server was told of %v", slices.Collect(maps.Keys(r.Records)))
		}
	}
	b.commit(makes(muster.Change{Key: item}))
	if got, err := historiesOf(a.s, nodeKey("i-1")); len(got) > 0 || err != nil {
		t.Errorf("when the item is gone a server reads %v, %v", got, err)
	}
}
