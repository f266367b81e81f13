package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

// reportCall puts a node's item with one entry. The text is the node's day and the entry's value, so that a call that is only
// half there shows.
func reportCall(node muster.NodeID, text string) store.Call {
	return store.Call{Decide: func(store.View) ([]muster.Change, error) {
		e := muster.NewEntry([]muster.Field{{Name: "Name", Value: text}})
		return []muster.Change{
			{Key: muster.NodeKey{Space: benchSpace, Node: node}, Value: &muster.Node{Usage: muster.Usage{Day: text}}},
			{Key: reportKey(node), Value: &muster.Item{
				Hash: muster.ContentHash(text), Content: &muster.Content{Rows: make([]muster.RowID, 1), Fresh: []muster.FreshRow{{Entry: e}}},
			}},
		}, nil
	}}
}

func reportKey(node muster.NodeID) muster.ItemKey {
	return muster.ItemKey{Space: benchSpace, Node: node, Type: "AWS:Application"}
}

// reported gives the text of the node's last report, or how its parts disagree.
func reported(st storetest.State, node muster.NodeID) (string, error) {
	n, _ := st.Records[muster.NodeKey{Space: benchSpace, Node: node}].Value.(*muster.Node)
	item, _ := st.Records[reportKey(node)].Value.(*muster.Item)
	entries := st.Entries(reportKey(node))
	if n == nil && item == nil {
		return "", nil
	}
	if n == nil || item == nil || len(entries) != 1 {
		return "", fmt.Errorf("of node %s there are %v, %v and %v", node, n, item, entries)
	}
	value, _ := entries[0].Get("Name")
	if n.Usage.Day != value || string(item.Hash) != value {
		return "", fmt.Errorf("node %s has %s, its item %s, its entry %s", node, n.Usage.Day, item.Hash, value)
	}
	return value, nil
}

func mustCommit(t testing.TB, s store.Store, calls ...store.Call) {
	t.Helper()
	if _, err := s.Commit(context.Background(), calls); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t testing.TB, s store.Store) storetest.State {
	t.Helper()
	st, err := storetest.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestBackup(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	path, copied, restored := filepath.Join(dir, "muster.db"), filepath.Join(dir, "a copy?.db"), filepath.Join(dir, "restored.db")
	s := mustOpen(t, path, Options{})
	defer s.Close()
	mustCommit(t, s, reportCall("i-1", "a"), reportCall("i-2", "b"))
	want := mustLoad(t, s)

	if err := Backup(ctx, path, copied); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, reportCall("i-1", "later"))
	if err := Verify(ctx, copied); err != nil {
		t.Error(err)
	}
	if err := Verify(ctx, path); err != nil {
		t.Errorf("of a store in use: %v", err)
	}
	if err := Backup(ctx, path, copied); !errors.Is(err, os.ErrExist) {
		t.Errorf("a backup over a backup: %v", err)
	}
	if err := Backup(ctx, filepath.Join(dir, "none.db"), restored); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a backup of nothing: %v", err)
	}
	if err := Backup(ctx, copied, restored); err != nil {
		t.Fatal(err)
	}
	r := mustOpen(t, restored, Options{})
	defer r.Close()
	if diff := mustLoad(t, r).Diff(want); diff != "" {
		t.Errorf("the restored store differs:\n%s", diff)
	}
	mustCommit(t, r, reportCall("i-1", "on we go"))
	for _, p := range []string{path, path + "-wal", copied, restored} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v; others must not read secrets", p, info.Mode(), err)
		}
	}
}

// TestBackupBesideCommits takes backups while groups are committed: each is one whole state.
func TestBackupBesideCommits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "muster.db")
	s := mustOpen(t, path, Options{walCheckpoint: 10})
	defer s.Close()
	mustCommit(t, s, reportCall("i-1", "0"), reportCall("i-2", "0"))
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			text := fmt.Sprint(i)
			_, err := s.Commit(context.Background(), []store.Call{reportCall("i-1", text), reportCall("i-2", text)})
			select {
			case <-stop:
				done <- err
				return
			default:
			}
			if err != nil {
				done <- err
				return
			}
		}
	}()
	for i := range 5 {
		to := filepath.Join(dir, fmt.Sprint(i))
		if err := Backup(context.Background(), path, to); err != nil {
			t.Error(err)
			continue
		}
		b := mustOpen(t, to, Options{})
		st := mustLoad(t, b)
		one, err1 := reported(st, "i-1")
		two, err2 := reported(st, "i-2")
		if err := errors.Join(err1, err2); err != nil || one != two {
			t.Errorf("the backup has %s and %s, %v", one, two, err)
		}
		b.Close()
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// edit runs SQL on the file of a closed store.
func edit(t testing.TB, path, text string, args ...any) {
	t.Helper()
	db, err := openDB(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newer := filepath.Join(dir, "newer.db")
	mustOpen(t, newer, Options{}).Close()
	edit(t, newer, `PRAGMA user_version = 99`)

	foreign := filepath.Join(dir, "foreign.db")
	edit(t, foreign, `CREATE TABLE recipes (name TEXT)`)
	before, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}

	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		newer:                      "made by a newer muster",
		foreign:                    "not a store of muster",
		text:                       "not a store of muster",
		filepath.Join(dir, "x/db"): "no such file or directory",
	} {
		s, err := Open(context.Background(), path, Options{})
		if err == nil {
			s.Close()
		}
		for name, err := range map[string]error{"Open": err, "Verify": Verify(context.Background(), path), "Backup": Backup(context.Background(), path, filepath.Join(dir, "to"))} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s of %s: %v, want %q", name, path, err, want)
			}
		}
	}
	if after, err := os.ReadFile(foreign); err != nil || string(after) != string(before) {
		t.Errorf("the foreign database was changed, %v", err)
	}
	if err := Verify(context.Background(), newEmpty(t, dir)); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("Verify of an empty file: %v", err)
	}
}

func newEmpty(t testing.TB, dir string) string {
	path := filepath.Join(dir, "empty")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFormatHasAllMigrations(t *testing.T) {
	steps, err := store.Migrations(migrations)
	if err != nil || len(steps) != newestFormat {
		t.Errorf("%d migrations, %v, but the format is %d", len(steps), err, newestFormat)
	}
}

// TestDamage breaks one thing at a time: Load and Verify name it, and say what to do.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		edit, want string
	}{
		{`UPDATE node SET items = CAST(zeroblob(10) AS BLOB) WHERE name = 'i-1'`, "node i-1 in 111122223333/eu-west-1 is damaged"},
		{`UPDATE node SET items = replace(items, 'a', 'x') || '' WHERE name = 'i-1'`, "node i-1 in 111122223333/eu-west-1 is damaged"},
		{`UPDATE node SET value = '{' WHERE name = 'i-2'`, "node i-2 in 111122223333/eu-west-1 is damaged"},
		{`UPDATE content SET body = zeroblob(9) WHERE id >> 24 = 3`, "item AWS:File of node i-3 in 111122223333/eu-west-1 is damaged"},
		{`INSERT INTO content SELECT id + 1, body FROM content`, "item AWS:File of node i-3 in 111122223333/eu-west-1 is damaged: the bytes"},
		{`UPDATE content SET id = id + 16`, "item AWS:File of node i-3 in 111122223333/eu-west-1 is damaged: its content is not there"},
		{`DELETE FROM content`, "item AWS:File of node i-3 in 111122223333/eu-west-1 is damaged: its content is not there"},
		{`DELETE FROM node WHERE id = 3`, "contents is damaged"},
		{`INSERT INTO content SELECT id + 16, body FROM content`, "contents is damaged"},
		{`INSERT INTO content SELECT 1, body FROM content`, "i-3 in 111122223333/eu-west-1 is damaged: its content is not there"},
		{`UPDATE block SET body = body || x'00'`, "block of rows 1 to 2 of AWS:Application in 111122223333/eu-west-1 is damaged"},
		{`UPDATE block SET hashes = zeroblob(16)`, "block of rows 1 to 2 of AWS:Application in 111122223333/eu-west-1 is damaged"},
		{`UPDATE block SET id = id + 1`, "block of rows 2 to 3 of AWS:Application in 111122223333/eu-west-1 is damaged"},
		{`UPDATE type SET given = 1`, "block of rows 1 to 2 of AWS:Application in 111122223333/eu-west-1 is damaged"},
		{`DELETE FROM block WHERE id >> 32 = 1`, "item AWS:Application of node i-1 in 111122223333/eu-west-1 is damaged: it uses row 1, which"},
		{`UPDATE record SET value = '' WHERE name = 's'`, "setting s is damaged"},
		{`UPDATE record SET kind = 'sitting'`, "sitting s is damaged"},
	} {
		path := filepath.Join(t.TempDir(), "muster.db")
		s := mustOpen(t, path, Options{})
		setting := muster.Change{Key: muster.SettingKey{Name: "s"}, Value: &muster.Setting{}}
		long := muster.Change{Key: muster.ItemKey{Space: benchSpace, Node: "i-3", Type: "AWS:File"}, Value: &muster.Item{
			Content: &muster.Content{Volatile: bytes.Repeat([]byte("x"), 2*shortContent)},
		}}
		mustCommit(t, s, reportCall("i-1", "a"), reportCall("i-2", "b"), store.Call{Decide: func(store.View) ([]muster.Change, error) {
			return []muster.Change{setting, long}, nil
		}})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		edit(t, path, test.edit)
		s = mustOpen(t, path, Options{})
		_, err := s.Load(context.Background(), func(store.Batch) error { return nil })
		for _, err := range []error{err, Verify(context.Background(), path)} {
			damage, ok := errors.AsType[*store.DamageError](err)
			if !ok || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "backup restore") {
				t.Errorf("after %s the error is %v (%v), want %q", test.edit, err, damage, test.want)
			}
		}
		s.Close()
	}
}

// TestRemovedRowInUse breaks the promise that no item has a row that is removed.
func TestRemovedRowInUse(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "muster.db"), Options{})
	defer s.Close()
	mustCommit(t, s, reportCall("i-1", "a"), reportCall("i-2", "b"), store.Call{Decide: func(store.View) ([]muster.Change, error) {
		return []muster.Change{{Key: muster.RowKey{Space: benchSpace, Type: "AWS:Application", ID: 2}}}, nil
	}})
	_, err := s.Load(context.Background(), func(store.Batch) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "item AWS:Application of node i-2 in 111122223333/eu-west-1 is damaged: it uses row 2") {
		t.Errorf("Load gives %v", err)
	}
}

// TestDamagedPage overwrites pages of the file, as a bad disk does.
func TestDamagedPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "muster.db")
	s := mustOpen(t, path, Options{})
	for i := range 50 {
		mustCommit(t, s, reportCall(muster.NodeID(fmt.Sprint("i-", i)), strings.Repeat("x", 500)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for page := int64(1); page < 20; page++ {
		if _, err := f.WriteAt(make([]byte, 100), page*4096+2000); err != nil {
			t.Fatal(err)
		}
	}
	err = Verify(context.Background(), path)
	if _, ok := errors.AsType[*store.DamageError](err); !ok || !strings.Contains(err.Error(), "backup restore") {
		t.Errorf("Verify of a file with zeroed pages: %v", err)
	}
}

// TestDamageInCommit meets damage while deciding: the group fails as a whole, and the store lives on.
func TestDamageInCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "muster.db")
	s := mustOpen(t, path, Options{})
	mustCommit(t, s, reportCall("i-1", "a"), reportCall("i-2", "b"))
	if err := s.Close(); err != nil { // for it has what it wrote at hand
		t.Fatal(err)
	}
	edit(t, path, `UPDATE node SET items = x'00' WHERE name = 'i-1'`)
	s = mustOpen(t, path, Options{})
	defer s.Close()
	_, err := s.Commit(context.Background(), []store.Call{reportCall("i-2", "c"), reportCall("i-1", "c")})
	if _, ok := errors.AsType[*store.DamageError](err); !ok || errors.Is(err, store.ErrUnknown) {
		t.Errorf("a commit that meets damage: %v", err)
	}
	var many []store.Call
	for _, n := range []muster.NodeID{"i-2", "i-3", "i-1", "i-4", "i-5", "i-6"} { // enough to be read together
		call := reportCall(n, "c")
		call.Reads = append(call.Reads, muster.NodeKey{Space: benchSpace, Node: n})
		many = append(many, call)
	}
	_, err = s.Commit(context.Background(), many)
	if damage, ok := errors.AsType[*store.DamageError](err); !ok || !strings.Contains(damage.What, "i-1") {
		t.Errorf("a commit of many that meets damage of one: %v", err)
	}
	edit(t, path, `DELETE FROM node WHERE name = 'i-1'`)
	if got, err := reported(mustLoad(t, s), "i-2"); got != "b" || err != nil {
		t.Errorf("after the failed commit node i-2 has %s, %v", got, err)
	}
}
