//go:build unix

package sqlite

import (
	"context"
	"syscall"
	"testing"
	"time"

	"muster/internal/store"
)

// BenchmarkLoad is an open of the fleet. Half of the processors are the index's meanwhile, so what counts is the CPU time.
func BenchmarkLoad(b *testing.B) {
	s, _, _ := benchStore(b)
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		if _, err := s.Load(context.Background(), func(store.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	nodes := float64(b.N) * benchNodes
	b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/nodes, "cpu-ns/node")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/nodes, "ns/node")
}

func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
