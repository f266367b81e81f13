package fleet

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"muster/internal/store"
	"muster/internal/store/postgres/pgtest"
	"muster/internal/store/sqlite"
)

// BenchmarkServers is what one, two and three servers of a database take in, beside one with the embedded store, and how long a question
// takes meanwhile: 64 callers report in full, each report durable, while one for each server asks for a page of a node's entries a
// hundred times a second.
func BenchmarkServers(b *testing.B) {
	b.Run("embedded", func(b *testing.B) {
		db, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "muster.db"), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		benchmarkServers(b, db)
	})
	server := pgtest.StartDurable(b)
	for _, servers := range []int{1, 2, 3} {
		b.Run("servers="+strconv.Itoa(servers), func(b *testing.B) {
			benchmarkServers(b, openStores(b, server.Schema(b), servers)...)
		})
	}
}

func benchmarkServers(b *testing.B, stores ...store.Store) {
	servers := openBench(b, stores...)
	ctx, stop := context.WithCancel(context.Background())
	answers := make(chan []time.Duration)
	for _, f := range servers.fleets {
		go func() { answers <- askPages(ctx, b, f) }()
	}
	servers.run(b, "full", 64)
	b.StopTimer()
	stop()
	var took []time.Duration
	for range servers.fleets {
		took = append(took, <-answers...)
	}
	if len(took) == 0 { // the first of a benchmark's runs are too short
		return
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "question-p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "question-p99-µs")
}

// askPages asks until the context ends, and says how long each answer took.
func askPages(ctx context.Context, b *testing.B, f *Fleet) (took []time.Duration) {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return took
		case <-again.C:
		}
		began := time.Now()
		if err := f.Current(context.Background()); err != nil {
			b.Error(err)
		}
		for _, it := range f.Snapshot(here).Items(nodeID(n%benchNodes), app) {
			for range it.Entries(0, 50) {
			}
		}
		took = append(took, time.Since(began))
	}
}
