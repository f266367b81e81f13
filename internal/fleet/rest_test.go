package fleet

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"muster/internal/store"
	"muster/internal/store/sqlite"
)

// TestRestBesidePuts has nodes report while the store rests, again and again.
func TestRestBesidePuts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "muster.db")
	r := newRigOn(t, func() store.Store {
		s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, Config{})
	var putters sync.WaitGroup
	for n := range 8 {
		putters.Go(func() {
			for i := range 40 {
				if err := r.tryPut(nodeID(n), packages(string(rune('a'+i%7)), string(rune('A'+(i+n)%26)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	while(&putters, func() {
		if _, err := r.rest(t.Context()); err != nil {
			t.Error(err)
		}
	})
	r.same()
	r.put(nodeID(1), packages("fish"))
	if rested, err := r.Rest(t.Context()); rested || err != nil {
		t.Errorf("rested %v, %v, in the minute of a put", rested, err)
	}
	r.setClock(2 * time.Minute)
	if rested, err := r.Rest(t.Context()); !rested || err != nil {
		t.Errorf("rested %v, %v, when nothing was put for a while", rested, err)
	}
	if rested, err := r.Rest(t.Context()); rested || err != nil {
		t.Errorf("rested %v, %v, with nothing to give up", rested, err)
	}
	r.put(nodeID(1), packages("zsh"))
	r.same()
}
