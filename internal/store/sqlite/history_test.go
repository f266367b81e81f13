package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"muster"
	"muster/internal/store"
)

// TestDamagedHistory: who asks for it is told, and reports go on.
func TestDamagedHistory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "muster.db")
	node := muster.NodeKey{Space: benchSpace, Node: "i-1"}
	item := muster.ItemKey{Space: benchSpace, Node: "i-1", Type: "AWS:Application"}
	seen := "nothing"
	put := func(text string) store.Call {
		return store.Call{Reads: []muster.Key{item.History()}, Decide: func(v store.View) ([]muster.Change, error) {
			seen = ""
			if h := store.Get[*muster.History](v, item.History()); h != nil {
				seen = string(h.Packed)
			}
			return []muster.Change{{Key: item, Value: &muster.Item{Content: &muster.Content{}}}, {Key: item.History(), Value: &muster.History{Packed: []byte(text)}}}, nil
		}}
	}
	read := func(s *Store) (text string, err error) {
		err = s.Histories(context.Background(), []muster.NodeKey{node}, func(_ muster.HistoryKey, h *muster.History) error {
			text = string(h.Packed)
			return nil
		})
		return text, err
	}
	s := mustOpen(t, path, Options{})
	long := strings.Repeat("says the same ", 200)
	mustCommit(t, s, put(long))
	if text, err := read(s); text != long || err != nil {
		t.Errorf("of %d bytes it reads %d, %v", len(long), len(text), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var size int
	edit(t, path, `UPDATE history SET body = substr(body, 1, length(body) - 1)`)
	s = mustOpen(t, path, Options{})
	defer s.Close()
	if err := s.db.QueryRow(`SELECT length(body) FROM history`).Scan(&size); err != nil || size > len(long)/10 {
		t.Errorf("on disk it has %d bytes of %d, %v", size, len(long), err)
	}
	_, err := read(s)
	damage, told := errors.AsType[*store.DamageError](err)
	if !told || damage.What != "the history of item AWS:Application of node i-1 in "+benchSpace.String() {
		t.Errorf("of a damaged one it says %v", err)
	}
	mustLoad(t, s)
	mustCommit(t, s, put("new"))
	if text, err := read(s); seen != "" || text != "new" || err != nil {
		t.Errorf("a call sees %d bytes of the damaged one, and then it is %q, %v", len(seen), text, err)
	}
}
