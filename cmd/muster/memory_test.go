package main

import (
	"runtime"
	"testing"
)

func TestGCPercent(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 100, 1 << 20: 100, 96 << 20: 100, 192 << 20: 50, 384 << 20: 25, 1 << 30: 15, 8 << 30: 15} {
		if got := gcPercentFor(live); got != want {
			t.Errorf("of %d bytes in use: %d, want %d", live, got, want)
		}
	}
}

// TestGiveBack: what a burst has left goes back to the system, once it is over.
func TestGiveBack(t *testing.T) {
	var m memory
	m.giveBack()
	burst := make([]byte, 4*slack)
	for i := range burst {
		burst[i] = 1
	}
	if m.look(); heap() < m.kept+slack {
		t.Fatalf("the heap has %d bytes after a burst of %d", heap(), len(burst))
	}
	runtime.KeepAlive(burst)
	burst = nil
	m.look()
	if now := heap(); now > m.kept+slack {
		t.Errorf("the heap still has %d bytes", now)
	}
}
