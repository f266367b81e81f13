package fleet

import (
	"iter"

	"muster"
)

// Sign is when a node became known, and when it was last heard of: its last report or ping.
type Sign struct {
	Node              muster.NodeID
	Registered, Heard muster.Nanos
	Gone              bool   // terminated or deregistered
	Activation        string // by which it registered itself, or empty
}

// Signs gives those of all nodes of the space, in no order. Commits wait while they are walked, some milliseconds for 100,000
// nodes: the loop must be short, and must not ask the fleet.
func (f *Fleet) Signs(space muster.Space) iter.Seq[Sign] {
	return func(yield func(Sign) bool) {
		s := f.state.Load()
		s.mu.RLock()
		defer s.mu.RUnlock()
		sp := s.spaces[space]
		if sp == nil {
			return
		}
		for _, n := range sp.roll {
			if !yield(n.sign()) {
				return
			}
		}
	}
}

// SignsOf is Signs for some of the nodes, in their order. Those that are not there are left out.
func (f *Fleet) SignsOf(space muster.Space, ids ...muster.NodeID) iter.Seq[Sign] {
	return func(yield func(Sign) bool) {
		s := f.state.Load()
		s.mu.RLock()
		defer s.mu.RUnlock()
		sp := s.spaces[space]
		if sp == nil {
			return
		}
		for _, id := range ids {
			if n := sp.nodes[id]; n != nil && !yield(n.sign()) {
				return
			}
		}
	}
}

func (n *node) sign() Sign {
	s := Sign{Node: n.id, Registered: n.registered, Heard: max(n.registered, n.reported, muster.Nanos(n.pinged.Load())), Gone: n.gone()}
	if n.registration != nil {
		s.Activation = n.registration.Activation
	}
	return s
}
