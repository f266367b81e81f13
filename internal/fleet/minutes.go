package fleet

import (
	"sync"
	"time"
)

// minutesKept is how many minutes are remembered, the one that is not over among them.
const minutesKept = 60

// minutes remembers what happened in each of the last minutes.
type minutes[T any] struct {
	mu   sync.Mutex
	last int64 // minute since 1970
	kept [minutesKept]T
}

// add has the minute of now take over what happened.
func (m *minutes[T]) add(now time.Time, take func(*T)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moveTo(now)
	take(&m.kept[m.last%minutesKept])
}

// moveTo forgets the minutes that are too long ago. A clock that was set back counts in the last minute there was.
func (m *minutes[T]) moveTo(now time.Time) {
	minute := now.Unix() / 60
	for m.last < minute {
		m.last = max(m.last+1, minute-minutesKept+1)
		var none T
		m.kept[m.last%minutesKept] = none
	}
}

// all gives the minutes, the oldest first.
func (m *minutes[T]) all(now time.Time) []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moveTo(now)
	all := make([]T, 0, minutesKept)
	for i := range int64(minutesKept) {
		all = append(all, m.kept[(m.last+1+i)%minutesKept])
	}
	return all
}

// ReportsByMinute gives how many reports this server has taken, from all regions, in each of the last 60 minutes, the oldest first.
// The last minute is not over.
func (f *Fleet) ReportsByMinute() []int { return f.reports.all(f.Now()) }

// Commits is what was committed in some time.
type Commits struct {
	Count   int // transactions
	Calls   int // that shared them
	Total   time.Duration
	Longest time.Duration
}

// add takes over what else was committed.
func (c *Commits) add(other Commits) {
	c.Count += other.Count
	c.Calls += other.Calls
	c.Total += other.Total
	c.Longest = max(c.Longest, other.Longest)
}

// Sum takes what was committed in some minutes together.
func Sum(minutes []Commits) Commits {
	var sum Commits
	for _, m := range minutes {
		sum.add(m)
	}
	return sum
}

// Mean is how long a commit took, on average.
func (c Commits) Mean() time.Duration { return c.Total / time.Duration(max(1, c.Count)) }

// CommitsByMinute gives what this server has committed in each of the last 60 minutes, the oldest first.
func (f *Fleet) CommitsByMinute() []Commits { return f.commits.all(f.Now()) }
