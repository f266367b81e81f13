package fleet

import (
	"maps"
	"slices"

	"muster"
	"muster/internal/index"
)

// Snapshot gives the space as it is now. It is whole and does not change: a put that was answered before this call is in it, and
// no put is in it by half.
func (f *Fleet) Snapshot(space muster.Space) *index.Snapshot {
	return f.index(space).Snapshot()
}

func (f *Fleet) index(space muster.Space) *index.Index {
	if sp := f.state.Load().space(space); sp != nil {
		return sp.index
	}
	return noIndex
}

// noIndex is that of a space that nothing is in. Nobody writes it.
var noIndex = index.New()

// Regions gives the regions in which the account has anything, ascending.
func (f *Fleet) Regions(account muster.AccountID) []muster.Region {
	var regions []muster.Region
	for _, sp := range f.state.Load().eachSpace() {
		if sp.name.Account == account {
			regions = append(regions, sp.name.Region)
		}
	}
	slices.Sort(regions)
	return regions
}

// CustomType gives what has been learned of the type, or nil. It is not to be changed.
func (f *Fleet) CustomType(space muster.Space, t muster.TypeName) *muster.CustomType {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp := s.spaces[space]; sp != nil {
		return sp.types[t]
	}
	return nil
}

// CustomTypes gives the names of the space's custom types, ascending.
func (f *Fleet) CustomTypes(space muster.Space) []muster.TypeName {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp := s.spaces[space]; sp != nil {
		return slices.Sorted(maps.Keys(sp.types))
	}
	return nil
}

// Node gives the record of a node, and whether it is registered.
func (f *Fleet) Node(space muster.Space, id muster.NodeID) (muster.Node, bool) {
	return f.state.Load().node(space, id)
}

func (s *state) node(space muster.Space, id muster.NodeID) (muster.Node, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp := s.spaces[space]; sp != nil {
		if n := sp.nodes[id]; n != nil {
			return n.record(), true
		}
	}
	return muster.Node{}, false
}
