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
// is not to be taken for a clone any more because of it, or nil. It costs the same however many nodes share a fingerprint: whole
// fleets are made of one image. The caller holds s.mu.
func (s *state) register(sp *space, n *node, before, after *muster.Registration) (alone *node) {
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
		alone = s.leave(was, n)
	}
	if hasHost {
		s.join(is, n)
	}
	return alone
}

// join adds the node to those of the host, which are in the order of registration once all are loaded.
func (s *state) join(h host, n *node) {
	nodes := s.hosts[h]
	at := len(nodes)
	if !s.loading {
		at, _ = slices.BinarySearchFunc(nodes, n, byRegistration)
	}
	if s.hosts[h] = slices.Insert(nodes, at, n); len(nodes) == 1 {
		s.shared[h] = 0
	}
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

// hear looks whether a node whose record is new shows that its machine was cloned: it is heard of though a younger node has its
// fingerprint. A machine that was only registered again is not heard of under its former id.
func (s *state) hear(sp *space, n *node) {
	h, ok := hostOf(sp.name, n.registration)
	last, several := s.shared[h]
	if !ok || !several || s.loading {
		return
	}
	nodes := s.hosts[h]
	i, _ := slices.BinarySearchFunc(nodes, n, byRegistration)
	if i+1 < len(nodes) {
		s.shared[h] = max(last, overlap(n, nodes[i+1]))
	}
}

// hearAll does what hear does for all nodes, of which pings do not tell it, and forgets what those who left have shown.
func (s *state) hearAll() {
	for h := range s.shared {
		nodes := s.hosts[h]
		last := muster.Nanos(0)
		for i, n := range nodes[1:] {
			last = max(last, overlap(nodes[i], n))
		}
		s.shared[h] = last
	}
}

func byRegistration(a, b *node) int {
	return cmp.Or(cmp.Compare(a.registered, b.registered), cmp.Compare(a.id, b.id))
}

// overlap is when the older of two nodes was last heard of, 0 if that was before the younger one was registered.
func overlap(older, younger *node) muster.Nanos {
	if at := muster.NanosOf(lastSign(older)); at > younger.registered {
		return at
	}
	return 0
}

// twin says whether the machine of a node seems to be a clone, or to have one.
func (s *state) twin(n *node, now time.Time) bool {
	if len(s.shared) == 0 {
		return false
	}
	h, ok := hostOf(s.machines[n.id], n.registration)
	return ok && now.Sub(s.shared[h].Time()) < cloneMemory
}
