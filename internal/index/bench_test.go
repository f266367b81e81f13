package index

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"muster"
	"muster/internal/query"
)

// benchFleet is made once for all read benchmarks, and not before one runs.
var benchFleet = sync.OnceValue(func() *fleet { return newFleet(*fleetNodes) })

var (
	appName    = query.Attr{Type: application, Name: "Name"}
	appVersion = query.Attr{Type: application, Name: "Version"}
	platform   = query.Attr{Type: muster.TypeInstanceInformation, Name: "PlatformType"}
	status     = query.Attr{Type: muster.TypeInstanceInformation, Name: "InstanceStatus"}
	service1   = query.Attr{Type: service, Name: "Name"}
	serviceUp  = query.Attr{Type: service, Name: "Status"}
)

func BenchmarkCount(b *testing.B) {
	for _, c := range []struct {
		name  string
		where query.Where
		by    query.Aggregation
	}{
		{"platform", nil, query.Aggregation{By: platform}},
		{"name", nil, query.Aggregation{By: appName}},
		{"name,version,platform", nil, along([]query.Attr{appName, appVersion, platform})},
		{"name where one node in a hundred", query.Compile([]query.Term{{Attr: query.Attr{Type: muster.TypeInstanceInformation, Name: "ComputerName"}, Op: query.BeginWith, Values: []string{"host-0000"}}}), query.Aggregation{By: appName}},
		{"service status", nil, query.Aggregation{By: service1, Inner: []query.Aggregation{{By: serviceUp}}}},
		{"group of four filters", nil, query.Aggregation{Groups: []query.Group{{Name: "g", Where: query.Compile([]query.Term{
			{Attr: appName, Op: query.Equal, Values: []string{"package-7"}},
			{Attr: appVersion, Op: query.LessThan, Values: []string{"9.9.9-9"}},
			{Attr: platform, Op: query.Equal, Values: []string{"linux"}},
			{Attr: status, Op: query.NotEqual, Values: []string{"Terminated"}},
		})}}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := benchFleet().index.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				tallies, err := s.Count(b.Context(), c.where, []query.Aggregation{c.by})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(tallies[0].Buckets)), "buckets")
			}
		})
	}
}

// BenchmarkCountPage counts the first page of what nodes with a package have, a package after the other.
func BenchmarkCountPage(b *testing.B) {
	by := []query.Aggregation{along([]query.Attr{appName, appVersion, platform})}
	f := benchFleet()
	s := f.index.Snapshot()
	if _, _, err := s.CountPage(b.Context(), nil, by, 0, 50); err != nil {
		b.Fatal(err)
	}
	n, nodes := 0, 0
	for b.Loop() {
		name := fmt.Sprint("package-", f.images[n%len(f.images)][n*37%380])
		n++
		tallies, _, err := s.CountPage(b.Context(), query.Compile([]query.Term{{Attr: appName, Op: query.Equal, Values: []string{name}}}), by, 0, 50)
		if err != nil || len(tallies[0].Buckets) != 50 {
			b.Fatal(len(tallies[0].Buckets), err)
		}
		nodes += tallies[0].Buckets[0].Total
	}
	b.ReportMetric(float64(nodes)/float64(n), "nodes")
}

// BenchmarkCountChanged counts by name, version and platform again and again, each time after 30 rows of each of 100 nodes have changed.
func BenchmarkCountChanged(b *testing.B) {
	f := newFleet(*fleetNodes)
	before := make([][]muster.RowID, 100)
	for n := range before {
		before[n] = f.applications(n)
	}
	by := []query.Aggregation{along([]query.Attr{appName, appVersion, platform})}
	count := func() {
		if _, err := f.index.Snapshot().Count(b.Context(), nil, by); err != nil {
			b.Fatal(err)
		}
	}
	count()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		batch := f.index.Begin()
		for n, rows := range before {
			for range 30 {
				rows[f.r.IntN(len(rows))] = f.application(f.r.IntN(3000), f.r.IntN(6))
			}
			f.put(batch, n, application, rows)
		}
		batch.Publish(1)
		b.StartTimer()
		count()
	}
}

func BenchmarkSelect(b *testing.B) {
	for _, c := range []struct {
		name  string
		terms []query.Term
	}{
		{"all", nil},
		{"name and version", []query.Term{{Attr: appName, Op: query.Equal, Values: []string{"Package-7"}}, {Attr: appVersion, Op: query.LessThan, Values: []string{"9.9.9-9"}}}},
		{"name prefix", []query.Term{{Attr: appName, Op: query.BeginWith, Values: []string{"package-1"}}}},
		{"version greater", []query.Term{{Attr: appVersion, Op: query.GreaterThan, Values: []string{"6.0.0-0"}}}},
		{"not terminated", []query.Term{{Attr: status, Op: query.NotEqual, Values: []string{"Terminated"}}}},
		{"one node", []query.Term{{Attr: query.Attr{Type: muster.TypeInstanceInformation, Name: "ComputerName"}, Op: query.Equal, Values: []string{"host-000123.example.com"}}}},
	} {
		for _, room := range []int{0, clauseRoom} {
			b.Run(fmt.Sprintf("%s/%s", c.name, map[bool]string{true: "again", false: "first"}[room > 0]), func(b *testing.B) {
				s := *benchFleet().index.Snapshot()
				s.clauses = &keptClauses{room: room}
				where := query.Compile(c.terms)
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := s.Select(b.Context(), where, "", 50); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkEntries(b *testing.B) {
	s := benchFleet().index.Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		for _, i := range s.Items(nodeID(123), application) {
			for range i.Entries(100, 150) {
			}
		}
	}
}

// BenchmarkLookup looks up the 400 rows of a report.
func BenchmarkLookup(b *testing.B) {
	f := benchFleet()
	var entries []muster.Entry
	for _, i := range f.index.Snapshot().Items(nodeID(123), application) {
		for _, e := range i.Entries(0, i.Len()) {
			entries = append(entries, e)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range entries {
			if _, ok := f.index.Lookup(application, e); !ok {
				b.Fatal("a known row is not found")
			}
		}
	}
}

// BenchmarkFirstPut applies the first report of a node, each in a batch of its own.
func BenchmarkFirstPut(b *testing.B) {
	f := newFleet(*fleetNodes)
	n := *fleetNodes
	b.ReportAllocs()
	for b.Loop() {
		n++
		batch := f.index.Begin()
		f.describe(batch, n)
		f.put(batch, n, application, f.applications(n))
		batch.Publish(1)
	}
}

// BenchmarkPutAgain applies a report of which 30 rows of 400 have changed, each in a batch of its own.
func BenchmarkPutAgain(b *testing.B) {
	f := newFleet(*fleetNodes)
	before := make([][]muster.RowID, 100)
	for n := range before {
		before[n] = f.applications(n)
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		rows := before[n%len(before)]
		for range 30 {
			rows[f.r.IntN(len(rows))] = f.application(f.r.IntN(3000), f.r.IntN(6))
		}
		batch := f.index.Begin()
		f.put(batch, n%len(before), application, rows)
		batch.Publish(1)
	}
}

// BenchmarkLoad makes the whole fleet; what it keeps is told by node.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		before := liveHeap()
		f := newFleet(*fleetNodes)
		f.rows = nil
		stats := f.index.Snapshot().Stats()
		b.ReportMetric(float64(liveHeap()-before)/float64(stats.Nodes), "B/node")
		b.ReportMetric(float64(stats.Rows), "rows")
		runtime.KeepAlive(f)
	}
}

func liveHeap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
