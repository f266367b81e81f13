package fleet

import "sync/atomic"

// Stats counts what the fleet has done since it was opened.
type Stats struct {
	Expired       atomic.Uint64 // items
	ExpiryRefused atomic.Uint64 // sweeps
	IgnoredItems  atomic.Uint64 // sent under a disabled schema version
	Reloads       atomic.Uint64 // because the store did not go on from what was known of it
	Position      atomic.Uint64 // of the newest commit that is shown
	Followed      atomic.Int64  // when, in nanoseconds of Unix time, the store was last asked for what is new, and answered; 0 if it is not shared
}

// Stats gives the counters.
func (f *Fleet) Stats() *Stats { return &f.stats }

// Census is how much there is.
type Census struct {
	Spaces, Nodes, Clones, Rows int
}

// Census counts anew at each call; that takes a look at every node.
func (f *Fleet) Census() Census {
	s, now := f.state.Load(), f.Now()
	var c Census
	for _, sp := range s.eachSpace() {
		c.Spaces++
		held := sp.index.Snapshot().Stats()
		c.Nodes += held.Nodes
		c.Rows += held.Rows
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, sp := range s.spaces {
		for _, n := range sp.roll {
			if s.suspected(n, now) {
				c.Clones++
			}
		}
	}
	return c
}
