package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"muster"
	"muster/internal/store"
)

// TestStoreOfFormat1: what an older muster has written is read, and written anew when the node reports.
func TestStoreOfFormat1(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "muster.db")
	node := muster.NodeKey{Space: benchSpace, Node: "i-1"}
	first := muster.ItemKey{Space: benchSpace, Node: "i-1", Type: "AWS:Application"}
	second := muster.ItemKey{Space: benchSpace, Node: "i-1", Type: "AWS:File"}
	put := func(content *muster.Content) store.Call {
		return store.Call{Reads: []muster.Key{node, first, second}, Decide: func(v store.View) ([]muster.Change, error) {
			changes := []muster.Change{{Key: node, Value: &muster.Node{}}}
			for _, key := range []muster.ItemKey{first, second} {
				item := &muster.Item{Content: content}
				if stored := store.Get[*muster.Item](v, key); stored != nil {
					item.Hash = stored.Hash
				}
				changes = append(changes, muster.Change{Key: key, Value: item})
			}
			return changes, nil
		}}
	}
	s := mustOpen(t, path, Options{})
	mustCommit(t, s, put(&muster.Content{}))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, `PRAGMA user_version = 1; DROP TABLE history; UPDATE last_commit SET position = 7; UPDATE node SET items = ?`, []byte(headsOfFormat1))

	s = mustOpen(t, path, Options{})
	defer s.Close()
	hashes := func() [2]muster.ContentHash {
		records := mustLoad(t, s).Records
		return [2]muster.ContentHash{records[first].Value.(*muster.Item).Hash, records[second].Value.(*muster.Item).Hash}
	}
	want := [2]muster.ContentHash{digits, "h"}
	if got := hashes(); got != want {
		t.Errorf("the hashes are %q, want %q", got, want)
	}
	mustCommit(t, s, put(nil))
	if got := hashes(); got != want {
		t.Errorf("after a report the hashes are %q, want %q", got, want)
	}
	var format, userVersion int
	err := s.db.QueryRowContext(context.Background(), `SELECT unicode(substr(items, 1, 1)), user_version FROM node, pragma_user_version`).Scan(&format, &userVersion)
	if err != nil || format != headFormat || userVersion != newestFormat {
		t.Errorf("the items have format %d, the store %d, %v", format, userVersion, err)
	}
}
