package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
	"muster/internal/store/sqlite"
)

// BenchmarkPut is a node's report, from the parsed call to its answer, with all that is durable in between: in full, which has a
// few other packages than the one before, or as a hash. The fsync is that of the disk under the temporary directory.
func BenchmarkPut(b *testing.B) {
	for _, callers := range []int{1, 64} {
		for _, kind := range []string{"full", "hash"} {
			b.Run(fmt.Sprintf("%s/callers=%d", kind, callers), func(b *testing.B) {
				db, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "muster.db"), sqlite.Options{})
				if err != nil {
					b.Fatal(err)
				}
				benchmarkPut(b, kind, callers, db)
			})
		}
	}
}

// BenchmarkPutShared is BenchmarkPut by servers that share a database, which syncs to the disk, too.
func BenchmarkPutShared(b *testing.B) {
	server := pgtest.StartDurable(b)
	for _, servers := range []int{1, 2, 3} {
		for _, kind := range []string{"full", "hash"} {
			b.Run(fmt.Sprintf("%s/servers=%d", kind, servers), func(b *testing.B) {
				benchmarkPut(b, kind, 64, openStores(b, server.Schema(b), servers)...)
			})
		}
	}
}

// BenchmarkCurrent is what a call waits for before it is answered from memory, where servers share a database.
func BenchmarkCurrent(b *testing.B) {
	server := pgtest.StartDurable(b)
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) {
			f, err := Open(context.Background(), Config{Store: openStores(b, server.Schema(b), 1)[0], Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := f.Current(context.Background()); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func openStores(b *testing.B, dsn string, n int) (stores []store.Store) {
	b.Helper()
	for range n {
		s, err := postgres.Open(context.Background(), dsn)
		if err != nil {
			b.Fatal(err)
		}
		stores = append(stores, s)
	}
	return stores
}

const (
	benchNodes    = 300
	benchVariants = 8 // reports that a node takes turns to send
)

func benchmarkPut(b *testing.B, kind string, callers int, stores ...store.Store) {
	openBench(b, stores...).run(b, kind, callers)
}

// benchFleets are servers of one store, with what their nodes take turns to send.
type benchFleets struct {
	fleets []*Fleet
	images [30][benchVariants]PutItem
}

// openBench opens fleets, which are closed with the benchmark, and has each node report once.
func openBench(b *testing.B, stores ...store.Store) *benchFleets {
	b.Helper()
	bf := &benchFleets{}
	for _, s := range stores {
		f, err := Open(context.Background(), Config{Store: s, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := f.Close(); err != nil {
				b.Error(err)
			}
		})
		bf.fleets = append(bf.fleets, f)
	}
	for i := range bf.images {
		bf.images[i] = imageReports(i)
	}
	for n := range benchNodes {
		bf.put(b, n, bf.images[n%len(bf.images)][0])
	}
	return bf
}

func (bf *benchFleets) put(b *testing.B, n int, it PutItem) {
	f := bf.fleets[n%len(bf.fleets)]
	if err := f.Current(context.Background()); err != nil {
		b.Error(err)
	}
	if err := f.Put(context.Background(), here, &Put{Node: nodeID(n), Items: []PutItem{it}}); err != nil {
		b.Error(err)
	}
}

func (bf *benchFleets) run(b *testing.B, kind string, callers int) {
	var puts atomic.Int64
	b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
	b.ReportAllocs()
	b.ResetTimer()
	work := func(more func() bool) {
		for more() {
			i := int(puts.Add(1))
			n := i % benchNodes
			if kind == "hash" {
				bf.put(b, n, again(bf.images[n%len(bf.images)][0]))
			} else {
				bf.put(b, n, bf.images[n%len(bf.images)][(i/benchNodes+1)%benchVariants])
			}
		}
	}
	if callers == 1 {
		work(b.Loop)
	} else {
		b.RunParallel(func(pb *testing.PB) { work(pb.Next) })
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

// imageReports is 600 packages as the nodes of one image have them, nine tenths of them the same on all images, and the same
// after a few were updated.
func imageReports(image int) (reports [benchVariants]PutItem) {
	r := rand.New(rand.NewPCG(uint64(image), 3))
	packages := make([]muster.Entry, 600)
	for i := range packages {
		from := 0
		if r.IntN(10) == 0 {
			from = image
		}
		packages[i] = benchPackage(i, from)
	}
	for v := range reports {
		for range 10 {
			i := r.IntN(len(packages))
			packages[i] = benchPackage(i, 100+r.IntN(20))
		}
		reports[v] = item(app, packages...)
		reports[v].Hash = muster.ContentHash(fmt.Sprintf("%d of %d", v, image))
		reports[v].Size = 100_000
	}
	return reports
}

func benchPackage(i, release int) muster.Entry {
	return entry(
		"Name", fmt.Sprintf("libexample-package-%d", i),
		"Version", fmt.Sprintf("%d.%d.%d-%d", i%9, i%31, release, i%4),
		"Architecture", "x86_64",
		"Publisher", fmt.Sprintf("Example Maintainers %d <maintainers%d@example.org>", i%40, i%40),
		"ApplicationType", "System Environment/Libraries",
		"InstalledTime", fmt.Sprintf("2026-01-%02dT%02d:00:00Z", 1+release%28, i%24),
		"Summary", fmt.Sprintf("A library that a package of the base system, number %d, needs at run time", i),
		"URL", fmt.Sprintf("https://example.org/projects/%d/home", i),
		"PackageId", fmt.Sprintf("libexample-package-%d-%d.%d.%d-%d.src", i, i%9, i%31, release, i%4),
	)
}
