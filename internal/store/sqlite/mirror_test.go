package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"muster"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

var (
	mirrored    = muster.Space{Account: "111122223333", Region: "eu-west-1"}
	mirroredKey = muster.ItemKey{Space: mirrored, Node: "i-1", Type: "AWS:Application"}
)

func mirroredRows(ids ...muster.RowID) (rows []muster.Row) {
	for _, id := range ids {
		rows = append(rows, muster.Row{Space: mirrored, Type: mirroredKey.Type, ID: id, Entry: muster.Entry{{Name: "Name", Value: fmt.Sprint("row ", id)}}})
	}
	return rows
}

func mirrorAll(t *testing.T, s *Store) (want storetest.State) {
	t.Helper()
	want = storetest.State{Records: map[muster.Key]muster.Change{}, Rows: map[muster.RowKey]muster.Entry{}}
	for i, b := range []store.Batch{
		{Rows: mirroredRows(9, 3, 4)}, // with a gap
		{Rows: mirroredRows(7, 5, 1), Changes: []muster.Change{
			{Key: mirroredKey, At: 6, Value: &muster.Item{Hash: "h", Content: &muster.Content{Rows: []muster.RowID{9, 3, 1}}}},
			{Key: muster.NodeKey{Space: mirrored, Node: "i-1"}, At: 2, Value: &muster.Node{Status: "Active"}},
			{Key: muster.SettingKey{Name: "s"}, At: 1, Value: &muster.Setting{Value: []byte("x")}},
		}},
		{Rows: mirroredRows(12), Changes: []muster.Change{
			{Key: muster.RowKey{Space: mirrored, Type: mirroredKey.Type, ID: 4}, At: 7},
			{Key: muster.SettingKey{Name: "s"}, At: 7, Value: &muster.Setting{Value: []byte("y")}},
		}},
	} {
		if err := s.Mirror(context.Background(), b, muster.Position(5+i)); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Rows {
			want.Rows[muster.RowKey{Space: r.Space, Type: r.Type, ID: r.ID}] = r.Entry
		}
		for _, c := range b.Changes {
			if row, ok := c.Key.(muster.RowKey); ok {
				delete(want.Rows, row)
				continue
			}
			want.Records[c.Key] = c
		}
		want.Position = muster.Position(5 + i)
	}
	return want
}

// TestMirror keeps the numbers and the positions of another store.
func TestMirror(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "copy.db")
	s := mustOpen(t, path, Options{Mirror: true})
	want := mirrorAll(t, s)
	for _, b := range []store.Batch{
		{Rows: mirroredRows(13, 9)}, // which is there
		{Changes: []muster.Change{{Key: mirroredKey, Value: &muster.Node{}}}}, // of another kind
		{Changes: []muster.Change{{Key: muster.ItemKey{Node: "i-2"}, Value: &muster.Item{}}}},
	} {
		if err := s.Mirror(context.Background(), b, 99); err == nil {
			t.Errorf("%v is mirrored", b)
		}
	}
	for range 2 {
		got := mustLoad(t, s)
		if d := got.Diff(want); d != "" {
			t.Errorf("the mirror (got) and what it was given (want) differ:\n%s", d)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, path, Options{Mirror: true})
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestMirrorDigest changes what no CRC covers.
func TestMirrorDigest(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{
		`DELETE FROM block WHERE id % 4294967296 = 12`, // which no item uses
		`UPDATE block SET id = id + 1 WHERE id % 4294967296 = 12`,
		`DELETE FROM record`,
		`UPDATE record SET name = 't'`,
		`UPDATE record SET value = replace(value, 'eQ', 'eA')`,
		`UPDATE record SET position = 3`,
		`UPDATE node SET name = 'i-2'`,
		`UPDATE node SET position = 3`,
		`UPDATE node SET value = NULL`,
		`INSERT INTO node SELECT 99, space, 'i-9', position, value, x'010000000000' FROM node`,
		`UPDATE space SET region = 'eu-west-2' WHERE id > 0`,
		`UPDATE type SET name = 'AWS:Service'`,
		`DELETE FROM digest`,
		`DROP TABLE digest`,
	} {
		s := mustOpen(t, filepath.Join(t.TempDir(), "copy.db"), Options{Mirror: true})
		mirrorAll(t, s)
		done, err := s.db.Exec(damage)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := done.RowsAffected(); n == 0 && damage[:4] != "DROP" {
			t.Errorf("%s changes nothing: %v", damage, err)
		}
		_, err = storetest.Load(s)
		if _, found := errors.AsType[*store.DamageError](err); !found && damage[:4] != "DROP" || err == nil {
			t.Errorf("after %s a load says %v", damage, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
