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
		for _, n := range sp.nodes {
			if !yield(n.sign()) {
				return
			}
		}
	}
}

// SignOf gives that of one node, and whether there is such a node.
func (f *Fleet) SignOf(space muster.Space, id muster.NodeID) (Sign, bool) {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp := s.spaces[space]; sp != nil {
		if n := sp.nodes[id]; n != nil {
			return n.sign(), true
		}
	}
	return Sign{}, false
}

func (n *node) sign() Sign {
	s := Sign{Node: n.id, Registered: n.registered, Heard: max(n.registered, n.reported, muster.Nanos(n.pinged.Load())), Gone: n.gone()}
	if n.registration != nil {
		s.Activation = n.registration.Activation
	}
	return s
}
