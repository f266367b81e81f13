package cached

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
	"muster/internal/store/storetest"
)

// TestOnServer is all the tests that need a server, which they share: each has a schema of its own.
func TestOnServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	t.Run("Store", func(t *testing.T) {
		run := storetest.RunCases
		if os.Getenv("MUSTER_SLOW") != "" {
			run = storetest.Run
		}
		run(t, func(t testing.TB) storetest.Opener {
			dsn, dir := server.Schema(t), t.TempDir()
			return func(t testing.TB) store.Store { return shown{mustOpen(t, dsn, dir, &log{})} }
		})
	})
	t.Run("Shared", func(t *testing.T) {
		storetest.RunShared(t, func(t testing.TB) storetest.SharedOpener {
			dsn := server.Schema(t)
			return func(t testing.TB) store.Shared { return shown{mustOpen(t, dsn, t.TempDir(), &log{})} }
		})
	})
	for name, test := range map[string]func(*testing.T, *pgtest.Server){
		"Others":         testOthers,
		"Trimmed":        testTrimmed,
		"Lost tail":      testLostTail,
		"Other database": testOtherDatabase,
		"Not whole":      testNotWhole,
		"Damage":         testDamage,
		"Lock":           testLock,
		"Given up":       testGivenUp,
		"Killed":         testKilled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, server)
		})
	}
}

// shown is a store whose every Load is of the copy, brought up to date.
type shown struct{ *Store }

func (s shown) Load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	if err := s.Sync(ctx); err != nil {
		return 0, err
	}
	if s.keeper.at.Position == 0 {
		return s.Store.Store.Load(ctx, batch)
	}
	if err := s.Store.Store.Resume(ctx, s.keeper.at); err != nil {
		return 0, err
	}
	return s.loadCopy(ctx, s.keeper.at, batch)
}

type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// warm says whether the store was loaded from its copy.
func (l *log) warm() bool { return strings.Contains(l.String(), "loaded from the cache") }

func mustOpen(t testing.TB, dsn, dir string, l *log) *Store {
	t.Helper()
	s, err := Open(context.Background(), dsn, dir, slog.New(slog.NewTextHandler(l, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plain(t testing.TB, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var space = muster.Space{Account: "111122223333", Region: "eu-west-1"}

const (
	app  = muster.TypeName("AWS:Application")
	rack = muster.TypeName("Custom:Rack")
)

func item(node int, t muster.TypeName) muster.ItemKey {
	return muster.ItemKey{Space: space, Node: nodeID(node), Type: t}
}

func nodeID(node int) muster.NodeID { return muster.NodeID(fmt.Sprintf("i-%04d", node)) }

// report has a node report packages, each as new.
func report(node int, packages ...string) []muster.Change {
	content := &muster.Content{Rows: make([]muster.RowID, len(packages))}
	for at, name := range packages {
		content.Fresh = append(content.Fresh, muster.FreshRow{At: at, Entry: muster.Entry{{Name: "Name", Value: name}}})
	}
	return []muster.Change{
		{Key: muster.NodeKey{Space: space, Node: nodeID(node)}, Value: &muster.Node{Status: muster.InstanceStatus(packages[0])}},
		{Key: item(node, app), Value: &muster.Item{Version: "1.0", Hash: muster.ContentHash(packages[0]), Content: content}},
		{Key: item(node, rack), Value: &muster.Item{Version: "1.0", Content: content}},
	}
}

func commit(t testing.TB, s store.Store, changes ...muster.Change) {
	t.Helper()
	outcomes, err := s.Commit(context.Background(), []store.Call{{Decide: func(store.View) ([]muster.Change, error) { return changes, nil }}})
	if err == nil {
		err = outcomes[0].Err
	}
	if err != nil {
		t.Fatal(err)
	}
}

func mustSync(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func shut(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// started is what a fleet has that starts with the store: what it loads, if need be once more, and what it then follows.
func started(s store.Shared) (storetest.State, error) {
	st, err := storetest.Load(s)
	if errors.Is(err, store.ErrLost) {
		st, err = storetest.Load(s)
	}
	if err != nil {
		return st, err
	}
	err = s.Follow(context.Background(), func(group []store.Outcome) { apply(&st, group) })
	if errors.Is(err, store.ErrLost) {
		return started(s)
	}
	return st, err
}

func apply(st *storetest.State, group []store.Outcome) {
	for _, o := range group {
		for _, r := range o.Rows {
			st.Rows[muster.RowKey{Space: r.Space, Type: r.Type, ID: r.ID}] = r.Entry
		}
		for _, c := range o.Changes {
			row, isRow := c.Key.(muster.RowKey)
			item, isItem := c.Value.(*muster.Item)
			switch {
			case isRow:
				delete(st.Rows, row)
			case c.Value == nil:
				delete(st.Records, c.Key)
			case isItem && item.Content == nil:
				touched := *item
				touched.Content = st.Records[c.Key].Value.(*muster.Item).Content
				c.Value = &touched
				fallthrough
			default:
				st.Records[c.Key] = c
			}
			st.Position = c.At
		}
	}
}

// same starts the store and holds it against what the database has. It says whether it started from its copy.
func same(t testing.TB, dsn, dir string) (warm bool) {
	t.Helper()
	var l log
	s := mustOpen(t, dsn, dir, &l)
	defer shut(t, s)
	got, err := started(s)
	if err != nil {
		t.Fatal(err)
	}
	want, err := storetest.Load(plain(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	if d := got.Diff(want); d != "" {
		t.Errorf("what it starts with (got) and the database (want) differ:\n%s\nthe log:\n%s", d, &l)
	}
	return l.warm()
}

// fill makes a copy in the directory of what the database has.
func fill(t testing.TB, dsn, dir string) {
	t.Helper()
	s := mustOpen(t, dsn, dir, &log{})
	defer shut(t, s)
	if _, err := started(s); err != nil {
		t.Fatal(err)
	}
	mustSync(t, s)
}

// testOthers has another server change all kinds of things while this one is away, and take what is left over off the feed.
func testOthers(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	other := plain(t, dsn)
	if same(t, dsn, dir) {
		t.Error("a start of an empty database is warm")
	}
	for n := range 9 {
		commit(t, other, report(n, fmt.Sprint("p", n), "all", fmt.Sprint("q", n%3))...)
	}
	custom := muster.Change{Key: muster.CustomTypeKey{Space: space, Type: rack}, Value: &muster.CustomType{}}
	key := muster.Change{Key: muster.AccessKeyKey{ID: "AKIA"}, Value: &muster.AccessKey{Secret: "s"}}
	commit(t, other, custom, key)
	fill(t, dsn, dir)

	var many []muster.Change
	for step, changes := range [][]muster.Change{
		report(1, "p1", "new", "all"),
		{{Key: item(2, app), Value: &muster.Item{Version: "2.0", Hash: "touched"}}},
		{{Key: item(3, app)}, {Key: item(3, rack)}, {Key: muster.NodeKey{Space: space, Node: nodeID(3)}}},
		{{Key: item(4, rack)}, {Key: custom.Key}},
		{{Key: muster.NodeKey{Space: space, Node: nodeID(5)}}}, // whose items stay
		{{Key: key.Key, Value: &muster.AccessKey{Secret: "another"}}},
		report(10, "p3", "first"), // a row that nobody has any more
		nil,
	} {
		if changes != nil {
			commit(t, other, changes...)
		} else {
			reclaim(t, other)
		}
		if _, err := other.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !same(t, dsn, dir) {
			t.Errorf("after step %d the start is not from the copy", step+1)
		}
	}
	for n := range moveSize/3 + 9 { // so many that they are written in more than one piece
		many = append(many, report(n, fmt.Sprint("many ", n%50), "all")...)
		if n%100 == 0 {
			commit(t, other, many...)
			many = nil
		}
	}
	commit(t, other, many...)
	for range 2 {
		if !same(t, dsn, dir) {
			t.Error("after many commits the start is not from the copy")
		}
	}
}

// reclaim removes the rows that no item has.
func reclaim(t testing.TB, s *postgres.Store) {
	t.Helper()
	st, err := storetest.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	unused := maps.Clone(st.Rows)
	for key, c := range st.Records {
		if it, ok := c.Value.(*muster.Item); ok {
			for _, id := range it.Content.Rows {
				delete(unused, muster.RowKey{Space: space, Type: key.(muster.ItemKey).Type, ID: id})
			}
		}
	}
	var changes []muster.Change
	for row := range unused {
		changes = append(changes, muster.Change{Key: row, At: st.Position})
	}
	if len(changes) == 0 {
		t.Fatal("no row is left over")
	}
	commit(t, s, changes...)
}

// testTrimmed is away for so long that the feed is not kept.
func testTrimmed(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	other := plain(t, dsn)
	commit(t, other, report(1, "a")...)
	fill(t, dsn, dir)
	pgtest.Exec(t, dsn, `UPDATE server SET seen = now() - interval '1 hour'`)
	commit(t, other, report(1, "b")...)
	commit(t, other, report(2, "b")...)
	if _, err := started(other); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if same(t, dsn, dir) {
		t.Error("a copy that the feed does not go back to was believed")
	}
	fill(t, dsn, dir)
	if !same(t, dsn, dir) {
		t.Error("no new copy was made")
	}
}

// testLostTail has the database lose what the copy has, and another commit take its place.
func testLostTail(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	other := plain(t, dsn)
	commit(t, other, report(1, "kept")...)
	commit(t, other, report(2, "lost")...)
	var l log
	s := mustOpen(t, dsn, dir, &l)
	if _, err := started(s); err != nil {
		t.Fatal(err)
	}
	mustSync(t, s)
	replace := func() { // the last commit, by one that does nothing
		for _, table := range []string{"item", "node"} {
			pgtest.Exec(t, dsn, `DELETE FROM `+table+` WHERE position = (SELECT max(position) FROM feed)`)
		}
		pgtest.Exec(t, dsn, `UPDATE feed SET mark = mark + 1 WHERE position = (SELECT max(position) FROM feed)`)
	}
	replace()
	commit(t, other, report(3, "instead")...)
	if err := s.Sync(t.Context()); !errors.Is(err, store.ErrLost) {
		t.Errorf("a running keeper of a copy with a lost commit finds the error %v", err)
	}
	mustSync(t, s)
	shut(t, s)
	if !same(t, dsn, dir) {
		t.Error("no new copy was made")
	}
	replace()
	commit(t, other, report(4, "more")...)
	if same(t, dsn, dir) {
		t.Error("a copy with a commit that was lost was believed")
	}
}

func testOtherDatabase(t *testing.T, server *pgtest.Server) {
	one, two, dir := server.Schema(t), server.Schema(t), t.TempDir()
	for i, dsn := range []string{one, two} {
		commit(t, plain(t, dsn), report(1+i, fmt.Sprint("of ", i))...)
	}
	fill(t, one, dir)
	if same(t, two, dir) {
		t.Error("the copy of another database was believed")
	}
}

// testNotWhole ends while the copy is made.
func testNotWhole(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	commit(t, plain(t, dsn), report(1, "a")...)
	s := mustOpen(t, dsn, dir, &log{})
	if err := s.keeper.copy.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.keeper.feed.Load(t.Context(), func(b store.Batch) error { return s.keeper.copy.add(t.Context(), b) }); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	if same(t, dsn, dir) {
		t.Error("a copy was believed that is not whole")
	}
}

func testLock(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	s := mustOpen(t, dsn, dir, &log{})
	if second, err := Open(t.Context(), dsn, dir, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second one has the directory: %v, %v", second, err)
	}
	shut(t, s)
	shut(t, mustOpen(t, dsn, dir, &log{}))
}

// testGivenUp has the disk fail: the store goes on, the copy is removed, and the feed is not kept for it.
func testGivenUp(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	commit(t, plain(t, dsn), report(1, "a")...)
	s := mustOpen(t, dsn, dir, &log{})
	if _, err := started(s); err != nil {
		t.Fatal(err)
	}
	mustSync(t, s)
	s.keeper.mu.Lock()
	err := s.keeper.copy.store.Close()
	s.keeper.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, report(2, "b")...)
	if err := s.Sync(t.Context()); err == nil {
		t.Error("what cannot be written is written")
	}
	if got, err := started(s); err != nil || len(got.Records) != 6 {
		t.Errorf("the store has %d records: %v", len(got.Records), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "cache.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is there: %v", err)
	}
	mustSync(t, s) // which does nothing
	shut(t, s)
	if same(t, dsn, dir) {
		t.Error("a copy that was given up was believed")
	}
}
