package fleet

import (
	"cmp"
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
func hostOf(space muster.Space, r *muster.Registration) (h host, ok bool) {
	if !r.Live() || r.Fingerprint == "" {
		return host{}, false
	}
	return host{space, r.Fingerprint}, true
}

// register keeps what finds a node by its registration in step with its record, which has just been taken over. It gives a node that
// begins or ceases to be taken for a clone because of it, or nil. It costs the same however many nodes share a fingerprint: whole
// fleets are made of one image. The caller holds s.mu.
func (s *state) register(sp *space, n *node, before, after *muster.Registration) (other *node) {
	switch {
	case after.Keyed():
		s.machines[n.id] = sp.name
	case before.Keyed():
		delete(s.machines, n.id)
	}
	was, hadHost := hostOf(sp.name, before)
	is, hasHost := hostOf(sp.name, after)
	if was == is {
		return nil
	}
	if hadHost {
		other = s.leave(was, n)
	}
	if hasHost {
		other = cmp.Or(s.join(is, n), other)
	}
	return other
}

// join adds the node to those of the host, which are in the order of registration once all are loaded, and gives the other one if
// there was only one.
func (s *state) join(h host, n *node) (other *node) {
	nodes := s.hosts[h]
	at := len(nodes)
	if !s.loading {
		at, _ = slices.BinarySearchFunc(nodes, n, byRegistration)
	}
	if len(nodes) == 1 {
		other, s.shared[h] = nodes[0], 0
	}
	s.hosts[h] = slices.Insert(nodes, at, n)
	return other
}

// leave takes the node from its host, and gives the one that is left, if it is only one.
func (s *state) leave(h host, n *node) (alone *node) {
	switch left := slices.DeleteFunc(s.hosts[h], func(other *node) bool { return other == n }); len(left) {
	case 0:
		delete(s.hosts, h)
	case 1:
		delete(s.shared, h)
		alone = left[0]
		fallthrough
	default:
		s.hosts[h] = left
	}
	return alone
}

// hear looks whether a node whose record is new shows that its machine was cloned: it was registered with the fingerprint of an older
// node, or is heard of though a younger one has its own. A machine that was only registered again is not heard of under its former id,
// so it is suspected for no longer than the registration is a sign.
func (s *state) hear(sp *space, n *node) {
	h, ok := hostOf(sp.name, n.registration)
	last, several := s.shared[h]
	if !ok || !several || s.loading {
		return
	}
	nodes := s.hosts[h]
	i, _ := slices.BinarySearchFunc(nodes, n, byRegistration)
	if i > 0 {
		last = max(last, overlap(nodes[i-1], n))
	}
	if i+1 < len(nodes) {
		last = max(last, overlap(n, nodes[i+1]))
	}
	s.shared[h] = last
}

// hearAll does what hear does for all nodes, of which pings do not tell it, and forgets what those who left have shown.
func (s *state) hearAll() {
	shared := make(map[host]muster.Nanos, len(s.shared))
	for h := range s.shared {
		nodes := s.hosts[h]
		last := muster.Nanos(0)
		for i, n := range nodes[1:] {
			last = max(last, overlap(nodes[i], n))
		}
		shared[h] = last
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared = shared
}

func byRegistration(a, b *node) int {
	return cmp.Or(cmp.Compare(a.registered, b.registered), cmp.Compare(a.id, b.id))
}

// overlap is the last sign that two nodes are two machines: that the older one is heard of, or the younger one was registered.
func overlap(older, younger *node) muster.Nanos {
	return max(muster.NanosOf(lastSign(older)), younger.registered)
}

// suspected says whether the node seems to be a clone, or to have one: of its id or of its machine.
func (s *state) suspected(n *node, now time.Time) bool { return n.cloned(now) || s.twin(n, now) }

// twin says whether the machine of a node seems to be a clone, or to have one.
func (s *state) twin(n *node, now time.Time) bool {
	if len(s.shared) == 0 {
		return false
	}
	h, ok := hostOf(s.machines[n.id], n.registration)
	return ok && now.Sub(s.shared[h].Time()) < cloneMemory
}
