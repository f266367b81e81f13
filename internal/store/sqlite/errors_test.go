package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"muster"
	"muster/internal/store"
)

// TestNoRoom has a file that may not grow, so that SQLite itself runs out of room, in the middle of a group.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "muster.db")
	s := mustOpen(t, path, Options{maxPages: 40})
	number := 0
	group := func() []store.Call {
		calls := make([]store.Call, 5)
		for i := range calls {
			number++
			calls[i] = reportCall(muster.NodeID(fmt.Sprint("i-", number)), strings.Repeat("x", 1000)+fmt.Sprint(number))
		}
		return calls
	}
	var err error
	want := mustLoad(t, s)
	for err == nil {
		if number > 1000 {
			t.Fatal("the store never ran out of room")
		}
		want = mustLoad(t, s)
		_, err = s.Commit(context.Background(), group())
	}
	if !errors.Is(err, store.ErrUnwritable) || errors.Is(err, store.ErrUnknown) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("without room the commit's error is %v", err)
	}
	if diff := mustLoad(t, s).Diff(want); diff != "" {
		t.Errorf("without room the store differs:\n%s", diff)
	}
	mustCommit(t, s, reportCall("i-1", "small")) // what needs no room is taken
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path, Options{})
	defer s.Close()
	mustCommit(t, s, group()...)
	if got := mustLoad(t, s).Position; got != want.Position+6 {
		t.Errorf("with room again the position is %d, want %d", got, want.Position+6)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "muster.db"), Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(context.Background(), []store.Call{reportCall("i-1", "a")}); err == nil {
		t.Error("a closed store takes a commit")
	}
	if _, err := s.Load(context.Background(), func(store.Batch) error { return nil }); err == nil {
		t.Error("a closed store loads")
	}
}
