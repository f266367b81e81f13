package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"muster/internal/store"
	"muster/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Opener {
		path := filepath.Join(t.TempDir(), "muster.db")
		return func(t testing.TB) store.Store { return mustOpen(t, path, Options{}) }
	})
}

func mustOpen(t testing.TB, path string, opts Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCloseLeavesOneFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "muster.db")
	for range 2 {
		s := mustOpen(t, path, Options{})
		mustCommit(t, s, reportCall("i-1", "a"))
		mustLoad(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if files, err := filepath.Glob(path + "*"); err != nil || len(files) != 1 {
			t.Errorf("closed, the store is %q, %v", files, err)
		}
	}
}
