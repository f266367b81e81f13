package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// A fleet in memory hardly changes, so the collector finds little in it, however much room it is given: little is enough. A
	// small one gets more, because a few large reports would fill it.
	gcPercent = 15
	gcRoom    = 64 << 20

	// A start makes the fleet from nothing: with little room the collector would walk what is there again and again.
	startPercent = 100

	// Between bursts of reports what they took is given back: when the heap has grown by more than slack since the last time, and
	// less than that was asked for in the time of one look.
	slack     = 32 << 20
	lookEvery = 10 * time.Second
)

// memory keeps what the process takes near what the fleet needs. GOGC, if it is set, goes before; GOMEMLIMIT holds in any case.
type memory struct {
	kept      uint64 // bytes of the heap that were kept when all that could be was given back
	allocated uint64 // bytes, until the last look
}

// watchStart is for the time until the fleet is in memory.
func (m *memory) watchStart() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(startPercent)
	}
}

// watch is for the time from then on, until the context ends. When it is quiet, rest is called: it makes more that can be given back, and
// says whether it did.
func (m *memory) watch(ctx context.Context, rest func() bool) {
	if os.Getenv("GOGC") != "" {
		return
	}
	m.giveBack()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		debug.SetGCPercent(gcPercentFor(read("/gc/heap/live:bytes")))
		select {
		case <-ticker.C:
			m.look(rest)
		case <-ctx.Done():
			return
		}
	}
}

// look gives back what a burst has left.
func (m *memory) look(rest func() bool) {
	allocated := read("/gc/heap/allocs:bytes")
	quiet := allocated-m.allocated < slack
	m.allocated = allocated
	if quiet && (rest() || heap() > m.kept+slack) {
		m.giveBack()
	}
}

func (m *memory) giveBack() {
	debug.FreeOSMemory()
	m.kept = heap()
	m.allocated = read("/gc/heap/allocs:bytes")
}

// gcPercentFor gives by how much a heap may grow, of which so many bytes are in use.
func gcPercentFor(live uint64) int {
	return max(gcPercent, min(100, int(gcRoom*100/max(1, live))))
}

// heap is the memory that the heap has of the system, in bytes.
func heap() uint64 {
	return read("/memory/classes/heap/objects:bytes") + read("/memory/classes/heap/unused:bytes") + read("/memory/classes/heap/free:bytes")
}

func read(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
