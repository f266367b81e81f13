package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
)

// The fleet is 2,000 nodes of 10 items, 600 entries in all: 400 packages and a hundred patches with values of their own beside
// the rows, some services and files, and in the other items a single entry.
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

// benchSizes are how many entries an item has, where it is not one, and how many bytes of volatile values.
var benchSizes = [benchItems]struct{ rows, volatile int }{{400, 800}, {100, 300}, {70, 0}, {24, 60}}

// benchCall is a put of a whole node: it reads the records and writes them, with as many of the rows as each item has, or with
// the content that is there.
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
			if rows != nil && i > 0 {
				size := benchSizes[i-1]
				item.Content = &muster.Content{Rows: rows[:max(1, size.rows)], Volatile: benchVolatile[:size.volatile]}
			}
			changes[i] = muster.Change{Key: key, Value: item}
		}
		changes[0].Value = &muster.Node{Registered: now, Reported: now, Usage: muster.Usage{Day: "2026-03-01", Bytes: 1}}
		return changes, nil
	}}
}

var benchVolatile = bytes.Repeat([]byte{0xa5}, 1000)

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

// BenchmarkFullReport is 64 writers at a time who send ten items of 600 entries in all, all of them known rows.
func BenchmarkFullReport(b *testing.B) {
	s, keys, rows := benchStore(b)
	benchCommit(b, s, keys, rows)
}

// BenchmarkNewRows is reports of 600 entries that nobody had before.
func BenchmarkNewRows(b *testing.B) {
	s, keys, _ := benchStore(b)
	serial := 0
	for b.Loop() {
		b.StopTimer()
		call := benchFresh(keys[0][1], serial, 600)
		b.StartTimer()
		if _, err := s.Commit(context.Background(), []store.Call{call}); err != nil {
			b.Fatal(err)
		}
		serial += 600
	}
	b.ReportMetric(600*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkEnrolment is groups of nodes that come at once: of 600 entries that the fleet did not know when it looked, 100 are
// new and the others were numbered a group ago, or for another node of this one.
func BenchmarkEnrolment(b *testing.B) {
	s, keys, _ := benchStore(b)
	serial := 0
	for b.Loop() {
		b.StopTimer()
		calls := make([]store.Call, benchGroup)
		for i := range calls {
			calls[i] = benchFresh(keys[i][1], serial, 600)
			serial += 100
		}
		b.StartTimer()
		if _, err := s.Commit(context.Background(), calls); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(benchGroup*float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// benchFresh puts an item of rows whose numbers are not known, those of a serial number and the n-1 after it.
func benchFresh(key muster.Key, serial, n int) store.Call {
	content := &muster.Content{Rows: make([]muster.RowID, n)}
	for at := range content.Rows {
		name := fmt.Sprint("new-", serial+at)
		e := muster.NewEntry([]muster.Field{
			{Name: "Name", Value: name}, {Name: "Version", Value: "1.2.3"}, {Name: "Architecture", Value: "x86_64"},
			{Name: "PackageId", Value: name + "_1.2.3_amd64.deb"}, {Name: "URL", Value: "https://packages.example.com/" + name},
		})
		content.Fresh = append(content.Fresh, muster.FreshRow{At: at, Entry: e})
	}
	change := muster.Change{Key: key, Value: &muster.Item{Content: content}}
	return store.Call{Decide: func(store.View) ([]muster.Change, error) { return []muster.Change{change}, nil }}
}
