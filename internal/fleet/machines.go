package fleet

import (
	"slices"
	"time"

	"muster"
)

// host is a fingerprint that machines of a space were registered with: one machine, as a rule.
type host struct {
	space       muster.Space
	fingerprint string
}

// hostOf is the host that a node with the registration counts as, and whether it counts.
func hostOf(sp *space, r *muster.Registration) (h host, ok bool) {
	if !r.Live() || r.Fingerprint == "" {
		return host{}, false
	}
	return host{sp.name, r.Fingerprint}, true
}

// register keeps what finds a node by its registration in step with its record, nil for one that is gone. It gives the nodes that
// may be shown otherwise because of it. The caller holds s.mu.
func (s *state) register(sp *space, n *node, before, after *muster.Registration) []*node {
	switch {
	case after.Keyed():
		s.machines[n.id] = sp.name
	case before.Keyed():
		delete(s.machines, n.id)
	}
	was, hadHost := hostOf(sp, before)
	is, hasHost := hostOf(sp, after)
	if was == is {
		return nil
	}
	others := slices.Concat(s.hosts[was], s.hosts[is])
	if hadHost {
		s.hosts[was] = slices.DeleteFunc(s.hosts[was], func(other *node) bool { return other == n })
		if len(s.hosts[was]) == 0 {
			delete(s.hosts, was)
		}
	}
	if hasHost {
		s.hosts[is] = append(s.hosts[is], n)
	}
	return others
}

// twin says whether another node that was registered with this one's fingerprint has been heard of lately: a machine was cloned.
// One that was only registered again is not heard of under its former id.
func (s *state) twin(of *node, now time.Time) bool {
	r := of.registration
	if !r.Live() {
		return false
	}
	for _, n := range s.hosts[host{s.machines[of.id], r.Fingerprint}] {
		if n != of && now.Sub(lastSign(n)) < cloneMemory {
			return true
		}
	}
	return false
}
