package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// A fleet in memory hardly changes, so the collector finds little in it, however much room it is given: a quarter is enough.
	// A small one gets more, because a few large reports would fill its quarter.
	gcPercent = 25
	gcRoom    = 64 << 20
)

// watchMemory keeps what the process takes near what the fleet needs, until the context ends. GOGC, if it is set, goes before;
// GOMEMLIMIT holds in any case. What a start took beyond the fleet is given back at once.
func watchMemory(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.FreeOSMemory()
	ticker := time.NewTicker(10 * time.Second)
	defer ticker.Stop()
	for {
		debug.SetGCPercent(gcPercentFor(liveHeap()))
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// gcPercentFor gives by how much a heap may grow, of which so many bytes are in use.
func gcPercentFor(live uint64) int {
	return max(gcPercent, min(100, int(gcRoom*100/max(1, live))))
}

// liveHeap is what the last collection found in use, in bytes.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
