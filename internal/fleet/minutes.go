package fleet

import (
	"sync"
	"time"
)

// minutesKept is how many minutes are remembered, the one that is not over among them.
const minutesKept = 60

// minutes counts what happens in each of the last minutes.
type minutes struct {
	mu     sync.Mutex
	last   int64 // minute since 1970
	counts [minutesKept]int
}

func (m *minutes) add(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moveTo(now)
	m.counts[m.last%minutesKept]++
}

// moveTo forgets the minutes that are too long ago. A clock that was set back counts in the last minute there was.
func (m *minutes) moveTo(now time.Time) {
	minute := now.Unix() / 60
	for m.last < minute {
		m.last = max(m.last+1, minute-minutesKept+1)
		m.counts[m.last%minutesKept] = 0
	}
}

// all gives the counts, the oldest minute's first.
func (m *minutes) all(now time.Time) []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moveTo(now)
	counts := make([]int, 0, minutesKept)
	for i := range int64(minutesKept) {
		counts = append(counts, m.counts[(m.last+1+i)%minutesKept])
	}
	return counts
}

// ReportsByMinute gives how many reports this server has taken, from all regions, in each of the last 60 minutes, the oldest first.
// The last minute is not over.
func (f *Fleet) ReportsByMinute() []int { return f.reports.all(f.Now()) }
