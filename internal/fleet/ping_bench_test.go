package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"

	"muster"
	"muster/internal/store/sqlite"
)

// BenchmarkPing is a node's ping: one that says what the one before said, and one that says something new and is made durable.
func BenchmarkPing(b *testing.B) {
	for _, kind := range []string{"same", "new"} {
		b.Run(kind, func(b *testing.B) {
			f := pingedFleet(b, benchNodes)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				version := "3.3.0.0"
				if kind == "new" {
					version = fmt.Sprint(i)
				}
				if err := f.Ping(context.Background(), here, nodeID(i%benchNodes), pingOf(i%benchNodes, version)); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkPingedFleet is what nodes cost that do nothing but ping.
func BenchmarkPingedFleet(b *testing.B) {
	const nodes = 20_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f := pingedFleet(b, nodes)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/nodes, "B/node")
		runtime.KeepAlive(f)
	}
}

// pingedFleet has nodes that have pinged, loaded from disk.
func pingedFleet(b *testing.B, nodes int) *Fleet {
	path := filepath.Join(b.TempDir(), "muster.db")
	open := func() *Fleet {
		db, err := sqlite.Open(context.Background(), path, sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		f, err := Open(context.Background(), Config{Store: db, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	f := open()
	done := make(chan error)
	const callers = 64
	for c := range callers {
		go func() {
			for i := c; i < nodes; i += callers {
				if err := f.Ping(context.Background(), here, nodeID(i), pingOf(i, "3.3.0.0")); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range callers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	f = open()
	b.Cleanup(func() { f.Close() })
	return f
}

func pingOf(i int, version string) muster.Entry {
	return entry("AgentType", "amazon-ssm-agent", "AgentVersion", version, "ComputerName", fmt.Sprintf("host-%06d.example.internal", i),
		"IpAddress", fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), "PlatformName", "Debian GNU/Linux", "PlatformType", "Linux", "PlatformVersion", "12")
}
