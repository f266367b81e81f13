package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/internal/store"
	"muster/internal/store/cached"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
)

// synced is a store that never closes before its copy is whole.
type synced struct{ *cached.Store }

func (s synced) Close() error {
	return errors.Join(s.Sync(context.Background()), s.Store.Close())
}

// openCached gives what opens a store with a cache, always the same one, and tells the log.
func openCached(t testing.TB, dsn, dir string, log *logBuffer) func() store.Store {
	return func() store.Store {
		s, err := cached.Open(context.Background(), dsn, dir, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		return synced{s}
	}
}

func openPlain(t testing.TB, dsn string) func() store.Store {
	return func() store.Store {
		s, err := postgres.Open(context.Background(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

const fromCache = "loaded from the cache"

// TestReplayCached is TestReplayOnPostgres of a server that has a cache: every start but the first is warm.
func TestReplayCached(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	replaySeeds(t, 2, func(t *testing.T, ops []op) error {
		var log logBuffer
		reopens := 0
		for _, o := range ops {
			if o.kind == "reopen" {
				reopens++
			}
		}
		r := &rig{stands: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), engine: openCached(t, server.Schema(t), t.TempDir(), &log)}
		r.begin(t, replayConfig())
		defer r.close()
		err := replay(r, ops, 0, r.live, r.work)
		if warm := log.count(fromCache); err == nil && warm < reopens-1 {
			t.Errorf("%d of %d starts were warm", warm, reopens)
		}
		return err
	})
}

// TestWarmStart has one server do all kinds of things, and another one, which is away most of the time, start again and again: it has
// what a server has that loads from the database.
func TestWarmStart(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	for seed := range uint64(2) {
		dsn, dir := server.Schema(t), t.TempDir()
		stands := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
		busy := &rig{stands: stands, engine: openPlain(t, dsn)}
		busy.begin(t, replayConfig())
		m := newModel(busy.now(), 0)
		var log logBuffer
		starts := 0
		for i, o := range randomOps(100 + seed) {
			if err := step(busy, m, o, busy.live, busy.work); err != nil {
				t.Fatalf("operation %d, %v: %v", i+1, o, err)
			}
			if i%25 != 24 {
				continue
			}
			starts++
			warm, cold := &rig{stands: busy.now(), engine: openCached(t, dsn, dir, &log)}, &rig{stands: busy.now(), engine: openPlain(t, dsn)}
			warm.begin(t, replayConfig())
			cold.begin(t, replayConfig())
			if d := diff(dump(warm.Fleet, here, there), dump(cold.Fleet, here, there)); d != "" {
				t.Errorf("after operation %d the server with a cache (got) and another (want) differ:\n%s", i+1, d)
			}
			if got, want := warm.state.Load().at, cold.state.Load().at; got != want {
				t.Errorf("after operation %d the server with a cache is at %d, another at %d", i+1, got, want)
			}
			cold.close()
			warm.close()
		}
		if got := log.count(fromCache); got != starts-1 {
			t.Errorf("of %d starts %d were warm", starts, got)
		}
		busy.close()
	}
}

// TestWarmStartAfterFailover has a standby take over that has not got the last commits, of which the cache of a server that is away has
// one; and others have taken their places when it starts.
func TestWarmStartAfterFailover(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t)
	dsn := primary.Schema(t)
	standby := primary.Standby(t)
	either := pgtest.Either(dsn, primary, standby)
	var early, late logBuffer
	earlyDir, lateDir := t.TempDir(), t.TempDir()

	busy := newRigOn(t, openPlain(t, either), Config{})
	busy.put(nodeID(1), item(app, entry("Name", "kept")))
	newRigOn(t, openCached(t, either, earlyDir, &early), Config{}).close()
	standby.CaughtUp(t, primary)
	standby.CutOff(t)
	busy.put(nodeID(1), item(app, entry("Name", "lost")))
	busy.put(nodeID(2), item(app, entry("Name", "lost")))
	newRigOn(t, openCached(t, either, lateDir, &late), Config{}).close()
	busy.close()

	primary.Kill(t)
	standby.Promote(t)
	busy.open()
	for n := range 4 {
		busy.put(nodeID(3+n), item(app, entry("Name", "instead")))
	}
	want := dump(busy.Fleet, here)
	for _, c := range []struct {
		name, dir string
		log       *logBuffer
		warm      int
	}{
		{"before the tail", earlyDir, &early, 1},
		{"of the lost tail", lateDir, &late, 0},
	} {
		r := newRigOn(t, openCached(t, either, c.dir, c.log), Config{})
		if d := diff(dump(r.Fleet, here), want); d != "" {
			t.Errorf("with a cache from %s (got) and the database (want):\n%s", c.name, d)
		}
		if got := c.log.count(fromCache); got != c.warm {
			t.Errorf("with a cache from %s it has %d warm starts", c.name, got)
		}
		r.close()
	}
}

// BenchmarkStart is a server's start on a database that many share, from the database and from a cache, without a network between.
func BenchmarkStart(b *testing.B) {
	server := pgtest.Start(b)
	for _, nodes := range []int{1000, 10_000} {
		dsn, dir := server.Schema(b), b.TempDir()
		report(b, dsn, nodes)
		var log logBuffer
		cache := openCached(b, dsn, dir, &log)
		start := func(b *testing.B, open func() store.Store) {
			b.StopTimer()
			s := open()
			runtime.GC()
			b.StartTimer()
			f, err := Open(context.Background(), Config{Store: s, Log: slog.New(slog.DiscardHandler)})
			b.StopTimer()
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.Run(fmt.Sprintf("nodes=%d/database", nodes), func(b *testing.B) {
			for b.Loop() {
				start(b, openPlain(b, dsn))
			}
		})
		start(b, cache) // makes the copy
		b.Run(fmt.Sprintf("nodes=%d/cache", nodes), func(b *testing.B) {
			before, starts := log.count(fromCache), 0
			for b.Loop() {
				start(b, cache)
				starts++
			}
			if log.count(fromCache)-before != starts {
				b.Errorf("of %d starts %d were from the cache", starts, log.count(fromCache)-before)
			}
		})
	}
}

// report has so many nodes report the packages of one of 30 images.
func report(b *testing.B, dsn string, nodes int) {
	f, err := Open(context.Background(), Config{Store: openPlain(b, dsn)(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	images := make([][benchVariants]PutItem, 30)
	for i := range images {
		images[i] = imageReports(i)
	}
	var callers sync.WaitGroup
	next := atomic.Int64{}
	for range 8 {
		callers.Go(func() {
			for n := int(next.Add(1)); n <= nodes; n = int(next.Add(1)) {
				it := images[n%len(images)][n%benchVariants]
				if err := f.Put(context.Background(), here, &Put{Node: nodeID(n), Items: []PutItem{it}}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	callers.Wait()
}
