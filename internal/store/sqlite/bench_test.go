package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
)

// benchFleet is 2,000 nodes of 10 items, of which one has 600 entries.
const (
	benchNodes = 2000
	benchItems = 10
	benchGroup = 64
)

var benchSpace = muster.Space{Account: "111122223333", Region: "eu-west-1"}

// benchKeys gives what each node's calls read and write: the node and its items.
func benchKeys() [][]muster.Key {
	keys := make([][]muster.Key, benchNodes)
	for i := range keys {
		node := muster.NodeID(fmt.Sprintf("mi-%017x", i))
		keys[i] = append(keys[i], muster.NodeKey{Space: benchSpace, Node: node})
		for j := range benchItems {
			keys[i] = append(keys[i], muster.ItemKey{Space: benchSpace, Node: node, Type: muster.TypeName(fmt.Sprint("AWS:Type", j))})
		}
	}
	return keys
}

// benchCall is a put of a whole node: it reads the records and writes them, with these rows in the second item and one row in
// the others, or with the content that is there.
func benchCall(keys []muster.Key, rows []muster.RowID) store.Call {
	return store.Call{Reads: keys, Decide: func(v store.View) ([]muster.Change, error) {
		now := time.Unix(int64(v.Position()), 0)
		changes := make([]muster.Change, len(keys))
		for i, key := range keys {
			v.Get(key)
			item := &muster.Item{
				Version: "1.0", Captured: "2026-03-01T12:00:00Z", Reported: now,
				Hash: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			}
			if rows != nil {
				item.Content = &muster.Content{Rows: rows[:1]}
			}
			if rows != nil && i == 1 {
				item.Content = &muster.Content{Rows: rows}
			}
			changes[i] = muster.Change{Key: key, Value: item}
		}
		changes[0].Value = &muster.Node{Registered: now, Reported: now, Usage: muster.Usage{Day: "2026-03-01", Bytes: 1}}
		return changes, nil
	}}
}

// benchStore gives a store that knows 600 rows of each type and has put every node once.
func benchStore(b *testing.B) (s *Store, keys [][]muster.Key, rows []muster.RowID) {
	s = mustOpen(b, filepath.Join(b.TempDir(), "muster.db"), Options{})
	b.Cleanup(func() { s.Close() })
	keys = benchKeys()
	rows = make([]muster.RowID, 600)
	content := &muster.Content{Rows: make([]muster.RowID, len(rows))}
	for i := range rows {
		rows[i] = muster.RowID(i + 1)
		e := muster.NewEntry([]muster.Field{{Name: "Name", Value: fmt.Sprint("package-", i)}, {Name: "Version", Value: "1.2.3"}})
		content.Fresh = append(content.Fresh, muster.FreshRow{At: i, Entry: e})
	}
	calls := []store.Call{{Decide: func(store.View) (changes []muster.Change, err error) {
		for _, key := range keys[0][1:] {
			changes = append(changes, muster.Change{Key: key, Value: &muster.Item{Content: content}})
		}
		return changes, nil
	}}}
	for _, k := range keys {
		calls = append(calls, benchCall(k, rows))
	}
	if _, err := s.Commit(context.Background(), calls); err != nil {
		b.Fatal(err)
	}
	return s, keys, rows
}

// benchCommit commits b.N calls in groups.
func benchCommit(b *testing.B, s *Store, keys [][]muster.Key, rows []muster.RowID) {
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += benchGroup {
		calls := make([]store.Call, benchGroup)
		for i := range calls {
			calls[i] = benchCall(keys[(done+i)%len(keys)], rows)
		}
		outcomes, err := s.Commit(context.Background(), calls)
		if err != nil || outcomes[0].Err != nil {
			b.Fatal(err, outcomes[0].Err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkHashOnly is 64 writers at a time whose ten items have not changed.
func BenchmarkHashOnly(b *testing.B) {
	s, keys, _ := benchStore(b)
	benchCommit(b, s, keys, nil)
}

// BenchmarkFullReport is 64 writers at a time who send ten items, one of 600 entries, all of them known rows.
func BenchmarkFullReport(b *testing.B) {
	s, keys, rows := benchStore(b)
	benchCommit(b, s, keys, rows)
}

// BenchmarkNewRows is reports of 600 entries that nobody had before.
func BenchmarkNewRows(b *testing.B) {
	s, keys, _ := benchStore(b)
	serial := 0
	for b.Loop() {
		content := &muster.Content{Rows: make([]muster.RowID, 600)}
		for at := range content.Rows {
			serial++
			e := muster.NewEntry([]muster.Field{{Name: "Name", Value: fmt.Sprint("new-", serial)}, {Name: "Version", Value: "1.2.3"}})
			content.Fresh = append(content.Fresh, muster.FreshRow{At: at, Entry: e})
		}
		change := muster.Change{Key: keys[0][1], Value: &muster.Item{Content: content}}
		call := store.Call{Decide: func(store.View) ([]muster.Change, error) { return []muster.Change{change}, nil }}
		if _, err := s.Commit(context.Background(), []store.Call{call}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/600, "ns/row")
}

// BenchmarkLoad is an open of the fleet, per item.
func BenchmarkLoad(b *testing.B) {
	s, _, _ := benchStore(b)
	for b.Loop() {
		if _, err := s.Load(context.Background(), func(store.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchNodes/benchItems, "ns/item")
}
