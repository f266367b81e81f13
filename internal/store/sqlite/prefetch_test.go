package sqlite

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"muster"
	"muster/internal/store"
)

// TestRecentNodes holds what the writer has at hand of nodes against the file, after nodes came, reported again, went and came back.
func TestRecentNodes(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "muster.db"), Options{})
	defer s.Close()
	report := func(text string, from, to int) {
		var calls []store.Call
		for i := from; i < to; i++ {
			calls = append(calls, reportCall(muster.NodeID(fmt.Sprint("i-", i)), text))
		}
		mustCommit(t, s, calls...)
	}
	remove := func(i int) {
		node := muster.NodeID(fmt.Sprint("i-", i))
		mustCommit(t, s, store.Call{Decide: func(store.View) ([]muster.Change, error) {
			return []muster.Change{
				{Key: reportKey(node)}, {Key: muster.NodeKey{Space: benchSpace, Node: node}},
			}, nil
		}})
	}
	check := func(nodes int) {
		t.Helper()
		if have := len(s.w.nodes.now) + len(s.w.nodes.before); have != nodes {
			t.Errorf("%d nodes are at hand, want %d", have, nodes)
		}
		for place, r := range s.w.nodes.now {
			var value, items []byte
			row := s.db.QueryRow(`SELECT value, items FROM node WHERE id = ? AND space = ? AND name = ? AND position = ?`,
				r.id, place.spaceID, string(place.node), int64(r.position))
			if err := row.Scan(&value, &items); err != nil {
				t.Errorf("node %s: %v", place.node, err)
			}
			if !bytes.Equal(value, r.value) || !bytes.Equal(items, r.items) {
				t.Errorf("node %s is at hand with %x %x, in the file with %x %x", place.node, r.value, r.items, value, items)
			}
		}
	}
	report("a", 0, 20)
	check(20)
	report("b", 5, 10)
	check(20)
	remove(7)
	check(19)
	report("c", 6, 8)
	check(20)
}
