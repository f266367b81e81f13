package ui

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// What an address may get wrong before it has to wait. A secret has 200 random bits, so this keeps guessing from being cheap for
// the server rather than from being successful.
const (
	failuresAllowed = 10
	failuresFor     = 10 * time.Minute
	maxFailures     = 4096 // addresses that are remembered; those above share one place
)

// failures counts the failed sign-ins of addresses, on this server. The zero value needs its clock.
type failures struct {
	now func() time.Time

	mu sync.Mutex
	by map[netip.Prefix]failed
}

type failed struct {
	times int
	until time.Time // when it is forgotten
}

// wait is how long the address has to wait before it may try again, 0 if it may now.
func (f *failures) wait(from string) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if have := f.by[f.place(from)]; have.times >= failuresAllowed {
		return max(0, have.until.Sub(f.now()))
	}
	return 0
}

// add counts a failure.
func (f *failures) add(from string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if f.by == nil {
		f.by = map[netip.Prefix]failed{}
	}
	for place, have := range f.by {
		if !now.Before(have.until) {
			delete(f.by, place)
		}
	}
	place := f.place(from)
	have := f.by[place]
	if have.times == 0 {
		have.until = now.Add(failuresFor)
	}
	have.times++
	f.by[place] = have
}

// place is where the failures of a remote address are counted: a network of IPv6 counts as one, since whoever has one address of it
// has all.
func (f *failures) place(from string) netip.Prefix {
	host, _, err := net.SplitHostPort(from)
	if err != nil {
		return netip.Prefix{}
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	if address = address.Unmap().WithZone(""); address.Is6() {
		bits = 64
	}
	place, err := address.Prefix(bits)
	if _, known := f.by[place]; err != nil || !known && len(f.by) >= maxFailures {
		return netip.Prefix{}
	}
	return place
}
