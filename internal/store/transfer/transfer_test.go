package transfer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
	"muster/internal/store/sqlite"
)

var space = muster.Space{Account: "111122223333", Region: "eu-west-1"}

func commit(t testing.TB, s store.Store, changes ...muster.Change) {
	t.Helper()
	if _, err := s.Commit(context.Background(), []store.Call{{Decide: func(store.View) ([]muster.Change, error) { return changes, nil }}}); err != nil {
		t.Fatal(err)
	}
}

func itemOf(n int, names ...string) muster.Change {
	c := &muster.Content{Rows: make([]muster.RowID, len(names)), Split: uint32(n % 2), Volatile: []byte(fmt.Sprint("v", n))}
	for i, name := range names {
		c.Fresh = append(c.Fresh, muster.FreshRow{At: i, Entry: muster.NewEntry([]muster.Field{{Name: "Name", Value: name}})})
	}
	return muster.Change{Key: muster.ItemKey{Space: space, Node: muster.NodeID(fmt.Sprint("i-", n)), Type: "AWS:Application"}, Value: &muster.Item{
		Version: "1.1", Captured: "2026-01-02T03:04:05Z", Hash: "h", Reported: time.Unix(1e9, 5), Content: c,
	}}
}

func historyOf(n int) muster.Change {
	return muster.Change{Key: itemOf(n).Key.(muster.ItemKey).History(), Value: &muster.History{Packed: fmt.Append(nil, "packed ", n)}}
}

func deletion(id string, before muster.Position, left int) muster.Change {
	return muster.Change{Key: muster.DeletionKey{Space: space, ID: id}, Value: &muster.Deletion{
		Type: "Custom:A", Before: before, Counts: []muster.VersionCount{{Version: "1.0", Count: 2, Remaining: left}},
	}}
}

// fill gives a store some of everything that is kept in a way of its own.
func fill(t testing.TB, s store.Store) {
	t.Helper()
	for n := range 600 {
		commit(t, s, itemOf(n, "bash", fmt.Sprint("own ", n), "bash"), muster.Change{Key: muster.NodeKey{Space: space, Node: muster.NodeID(fmt.Sprint("i-", n))},
			Value: &muster.Node{Registered: time.Unix(1e9, 0).UTC()}})
	}
	commit(t, s, historyOf(7), historyOf(8))
	commit(t, s, muster.Change{Key: muster.SettingKey{Name: "machine-key"}, Value: &muster.Setting{Value: []byte("secret")}})
	commit(t, s, deletion("late", 500, 0))
	commit(t, s, deletion("early", 400, 0))
}

func openSQLite(t testing.TB, dir string) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "muster.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func nothing(int, int) {}

// TestCopy moves a store to another engine, is interrupted on the way, and goes on.
func TestCopy(t *testing.T) {
	t.Parallel()
	from := openSQLite(t, t.TempDir())
	fill(t, from)
	to := store.NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := copyInGroups(ctx, from, to, 1000, func(done, all int) {
		if done > all/2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted copy ends with %v", err)
	}
	half, err := survey(t.Context(), to, nil)
	if err != nil || half.Records == 0 {
		t.Fatalf("after it the target has %v, %v", half, err)
	}
	moved, err := copyInGroups(t.Context(), from, to, 1000, nothing)
	if err != nil || moved.Records != 1205 || moved.Histories != 2 || moved.Items != 600 || moved.Entries != 1800 {
		t.Fatalf("moved are %v, %v", moved, err)
	}
	before := map[string]muster.Position{}
	if _, err := to.Load(t.Context(), func(b store.Batch) error {
		for _, c := range b.Changes {
			if d, ok := c.Value.(*muster.Deletion); ok {
				before[c.Key.(muster.DeletionKey).ID] = d.Before
			}
			if c.Key == underWay {
				t.Error("the target still says that it is not complete")
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !(before["early"] < before["late"]) {
		t.Errorf("the deletions are in the order %v", before)
	}
	if again, err := Copy(t.Context(), from, to, nothing); err != nil || again != moved {
		t.Errorf("moved once more are %v, %v", again, err)
	}

	back := openSQLite(t, t.TempDir())
	if there, err := Copy(t.Context(), to, back, nothing); err != nil || there != moved {
		t.Errorf("moved back are %v, %v", there, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	from, to := store.NewMemory(), store.NewMemory()
	fill(t, from)
	commit(t, to, itemOf(1, "other"))
	if _, err := Copy(t.Context(), from, to, nothing); err == nil {
		t.Error("a target that has something else is taken")
	}
	commit(t, from, deletion("open", 1, 1))
	if _, err := Copy(t.Context(), from, store.NewMemory(), nothing); err == nil {
		t.Error("a source with an open deletion is taken")
	}
}

// forgetful loses one record.
type forgetful struct {
	store.Store
	key muster.Key
}

func (f forgetful) Commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	decide := calls[0].Decide
	calls[0].Decide = func(v store.View) ([]muster.Change, error) {
		changes, err := decide(v)
		for i, c := range changes {
			if c.Key == f.key {
				return append(changes[:i:i], changes[i+1:]...), err
			}
		}
		return changes, err
	}
	return f.Store.Commit(ctx, calls)
}

func TestLossIsFound(t *testing.T) {
	t.Parallel()
	from := store.NewMemory()
	fill(t, from)
	for _, key := range []muster.Key{itemOf(7).Key, historyOf(7).Key} {
		if _, err := Copy(t.Context(), from, forgetful{store.NewMemory(), key}, nothing); err == nil {
			t.Errorf("a target that has lost %v is equal to the source", key)
		}
	}
}

// TestEntriesAreLookedUpOnce: those that most items have would else be most of the work.
func TestEntriesAreLookedUpOnce(t *testing.T) {
	t.Parallel()
	from, to := store.NewMemory(), lookedUp{store.NewMemory(), map[string]int{}}
	fill(t, from)
	if _, err := copyInGroups(t.Context(), from, to, 1, nothing); err != nil {
		t.Fatal(err)
	}
	if n := to.entries["bash"]; n != 2 { // the first item has it twice
		t.Errorf("the entry that all items have is looked up %d times", n)
	}
	if n := to.entries["own 5"]; n != 1 {
		t.Errorf("the entry that one item has is looked up %d times", n)
	}
}

// lookedUp counts the entries that a target is given without their number.
type lookedUp struct {
	store.Store
	entries map[string]int
}

func (l lookedUp) Commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	decide := calls[0].Decide
	calls[0].Decide = func(v store.View) ([]muster.Change, error) {
		changes, err := decide(v)
		for _, c := range changes {
			if item, ok := c.Value.(*muster.Item); ok {
				for _, f := range item.Content.Fresh {
					l.entries[f.Entry[0].Value]++
				}
			}
		}
		return changes, err
	}
	return l.Store.Commit(ctx, calls)
}

// TestCopyToPostgres moves a store to a database and back.
func TestCopyToPostgres(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	database, err := postgres.Open(t.Context(), server.Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	from, back := openSQLite(t, t.TempDir()), openSQLite(t, t.TempDir())
	fill(t, from)
	there, err := Copy(t.Context(), from, database, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Copy(t.Context(), database, back, nothing); err != nil || again != there {
		t.Errorf("moved back are %v, %v, and there were %v", again, err, there)
	}
}
