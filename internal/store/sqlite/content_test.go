package sqlite

import (
	"bytes"
	"path/filepath"
	"testing"

	"muster"
	"muster/internal/store"
)

// TestContentGrowsAndShrinks puts one content of one node and then another beside it, over all numbers of pieces, two puts to a
// group and one, and looks whether the file has what was put last and nothing else.
func TestContentGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "muster.db"), Options{})
	defer s.Close()
	put := func(typ muster.TypeName, size int) store.Call {
		item := &muster.Item{Content: &muster.Content{Volatile: bytes.Repeat([]byte{byte(size)}, size)}}
		key := muster.ItemKey{Space: benchSpace, Node: "i-1", Type: typ}
		return store.Call{Decide: func(store.View) ([]muster.Change, error) {
			return []muster.Change{{Key: key, Value: item}}, nil
		}}
	}
	sizes := []int{0, pieceBytes - 6, 1, 5 * pieceBytes, 2*pieceBytes - 5, shortContent, 40 * pieceBytes, 3 * pieceBytes, 0, 16 * pieceBytes, pieceBytes}
	check := func(typ muster.TypeName, size int) {
		t.Helper()
		item := mustLoad(t, s).Records[muster.ItemKey{Space: benchSpace, Node: "i-1", Type: typ}].Value.(*muster.Item)
		if want := bytes.Repeat([]byte{byte(size)}, size); !bytes.Equal(item.Content.Volatile, want) {
			t.Errorf("%s has %d bytes, want %d", typ, len(item.Content.Volatile), size)
		}
	}
	for i, size := range sizes {
		other := sizes[(i+1)%len(sizes)]
		mustCommit(t, s, put("Custom:a", size))
		mustCommit(t, s, put("Custom:b", size), put("Custom:b", other))
		check("Custom:a", size)
		check("Custom:b", other)
	}
	gone := muster.Change{Key: muster.ItemKey{Space: benchSpace, Node: "i-1", Type: "Custom:b"}}
	mustCommit(t, s, store.Call{Decide: func(store.View) ([]muster.Change, error) { return []muster.Change{gone}, nil }}, put("Custom:c", 9000))
	check("Custom:a", sizes[len(sizes)-1])
	check("Custom:c", 9000)
}
