package fleet

import (
	"cmp"
	"iter"
	"slices"

	"muster"
	"muster/internal/index"
)

// standing is the associations of a space in both orders that are asked for. It is made when it is asked for first, since every poll
// of a node does, and again when an association has changed.
type standing struct {
	oldest []AssociationRecord // first
	orders []AssociationRecord // see Orders
	tagged bool                // some target tags
}

func newStanding(all []AssociationRecord) *standing {
	slices.SortFunc(all, func(a, b AssociationRecord) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	st := &standing{oldest: all, orders: slices.Clone(all)}
	slices.SortStableFunc(st.orders, func(a, b AssociationRecord) int {
		return cmp.Or(cmp.Compare(kindOf(a.Targets), kindOf(b.Targets)), b.Created.Compare(a.Created))
	})
	st.tagged = slices.ContainsFunc(all, func(a AssociationRecord) bool {
		return slices.ContainsFunc(a.Targets, func(t muster.Target) bool { return t.Key != targetNodes })
	})
	return st
}

func (f *Fleet) standing(space muster.Space) *standing {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	sp := s.spaces[space]
	if sp == nil {
		return newStanding(f.listed(space, nil))
	}
	st := sp.standing.Load()
	if st == nil {
		st = newStanding(f.listed(space, sp.associations))
		sp.standing.Store(st)
	}
	return st
}

// Orders is the associations of a space as they go before each other at a node: the agent fails a run when it knows of a second one
// that gathers inventory, and no document does anything else. Those whose targets say most about the node go first, and of these the
// newest.
type Orders struct {
	*standing
	snapshot *index.Snapshot
}

// Orders gives those of the space as they are now.
func (f *Fleet) Orders(space muster.Space) Orders {
	return Orders{f.standing(space), f.Snapshot(space)}
}

// Of gives the associations that target the node, first the one that it is to run.
func (o Orders) Of(id muster.NodeID) iter.Seq[AssociationRecord] {
	return func(yield func(AssociationRecord) bool) {
		node := targeted{id: id}
		if o.tagged {
			node = targetedNode(o.snapshot, id)
		}
		for _, a := range o.orders {
			if node.in(a.Targets) && !yield(a) {
				return
			}
		}
	}
}

// AssociationsOf gives the associations that target a node, first the one that it is to run.
func (f *Fleet) AssociationsOf(space muster.Space, id muster.NodeID) ([]AssociationRecord, error) {
	if record, known := f.Node(space, id); !known || record.Gone() {
		return nil, muster.ErrInvalidInstanceID(id)
	}
	return slices.Collect(f.Orders(space).Of(id)), nil
}
