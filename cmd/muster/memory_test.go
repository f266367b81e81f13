package main

import (
	"runtime"
	"testing"
)

func TestGCPercent(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 100, 1 << 20: 100, 64 << 20: 100, 128 << 20: 50, 256 << 20: 25, 1 << 30: 15, 8 << 30: 15} {
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
	rested := false
	rest := func() bool { return rested }
	if m.look(rest); heap() < m.kept+slack {
		t.Fatalf("the heap has %d bytes after a burst of %d", heap(), len(burst))
	}
	runtime.KeepAlive(burst)
	burst = nil
	m.look(rest)
	if now := heap(); now > m.kept+slack {
		t.Errorf("the heap still has %d bytes", now)
	}
	rested, m.kept = true, 0
	if m.look(rest); m.kept == 0 {
		t.Error("what was rested is not given back")
	}
}
