package sqlite

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"muster"
	"muster/internal/store"
)

// TestRowSet has few hashes and many rows, so that most rows are not at home, and those at the end are at the beginning.
func TestRowSet(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	hashes := []uint32{0, 1, 2, 62, 63, 64, 1 << 31, 1<<32 - 2, 1<<32 - 1}
	var s rowSet
	want := map[muster.RowID]uint32{}
	for id := range muster.RowID(3000) {
		if hash := hashes[r.IntN(len(hashes))]; r.IntN(3) > 0 || len(want) == 0 {
			s.add(hash, id+1)
			want[id+1] = hash
		} else {
			gone := slices.Sorted(maps.Keys(want))[r.IntN(len(want))]
			s.remove(want[gone], gone)
			delete(want, gone)
		}
		if id%100 > 0 {
			continue
		}
		for _, hash := range append(hashes, 77) {
			got := slices.Sorted(s.find(hash))
			for id, h := range want {
				if _, found := slices.BinarySearch(got, id); found != (h == hash) {
					t.Fatalf("after %d steps: row %d has hash %d, and is among those of %d: %v", id, id, h, hash, found)
				}
			}
		}
	}
	if s.used != len(want) {
		t.Errorf("%d rows are counted, %d are there", s.used, len(want))
	}
}

// TestRowsThatShareAHash numbers so many rows that some pairs share the 32 bits by which the set finds them.
func TestRowsThatShareAHash(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "muster.db"), Options{})
	defer s.Close()
	content := &muster.Content{Rows: make([]muster.RowID, 300_000)}
	for at := range content.Rows {
		content.Fresh = append(content.Fresh, muster.FreshRow{At: at, Entry: muster.Entry{{Name: "Name", Value: fmt.Sprint(at)}}})
	}
	call := store.Call{Decide: func(store.View) ([]muster.Change, error) {
		return []muster.Change{{Key: reportKey("i-1"), Value: &muster.Item{Content: content}}}, nil
	}}
	outcomes, err := s.Commit(context.Background(), []store.Call{call, call})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(outcomes[0].Rows); n != len(content.Rows) {
		t.Errorf("%d rows of %d are new", n, len(content.Rows))
	}
	if n := len(outcomes[1].Rows); n != 0 {
		t.Errorf("the second time %d are new", n)
	}
}
