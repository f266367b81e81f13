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
