package fleet

import (
	"slices"
	"sync"
	"time"

	"muster"
	"muster/internal/index"
)

const (
	pinFor  = 5 * time.Minute
	maxPins = 1024
)

// Pin is a number that stands for a snapshot: when it was pinned, in nanoseconds since 1970, or the next that is free.
type Pin uint64

// pins keeps snapshots that pages still to come will be taken from: aggregates are ordered by counts, which change. A snapshot
// shares nearly all its memory with the ones after it.
type pins struct {
	mu   sync.Mutex
	last Pin
	held []pinned // oldest first
}

type pinned struct {
	pin      Pin
	space    muster.Space
	snapshot *index.Snapshot
	until    time.Time
}

// Pin keeps the snapshot for some minutes, unless very many others are pinned meanwhile.
func (f *Fleet) Pin(space muster.Space, s *index.Snapshot) Pin {
	p := &f.pins
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(f.Now())
	if len(p.held) == maxPins {
		p.held = slices.Delete(p.held, 0, 1)
	}
	p.last = max(p.last+1, Pin(f.Now().UnixNano()))
	p.held = append(p.held, pinned{p.last, space, s, f.Now().Add(pinFor)})
	return p.last
}

// Pinned gives the snapshot, and false when it is held no more. Where there are other servers, one of them may hold it for as long as
// this one would: then it gives the space as it is now, which is nearly always the same.
func (f *Fleet) Pinned(space muster.Space, pin Pin) (*index.Snapshot, bool) {
	p := &f.pins
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(f.Now())
	for _, h := range p.held {
		if h.pin == pin && h.space == space {
			return h.snapshot, true
		}
	}
	if f.follower != nil && f.Now().Sub(time.Unix(0, int64(pin))) < pinFor {
		return f.Snapshot(space), true
	}
	return nil, false
}

// forget gives up what is pinned no more, which else would be held until somebody pins again.
func (p *pins) forget(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
}

func (p *pins) expire(now time.Time) {
	p.held = slices.DeleteFunc(p.held, func(h pinned) bool { return !now.Before(h.until) })
}
