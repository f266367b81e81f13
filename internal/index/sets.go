package index

// sets is a persistent array of sets, as vector is of what it is. Most have one member, as do the rows of most values, so a set takes four bytes:
// its only member, or the place of its members among those of all sets. And the collector has no pointers to follow where there are none.
type sets struct {
	cells   vector[uint32]   // the only member and 1, or severalMembers and a place
	members vector[*members] // by place

	places uint32   // above every place; the writer's, as is the next
	free   []uint32 // places that were given up
}

// severalMembers marks a cell that has a place. Also the only member has one if it is as great as the mark.
const severalMembers = 1 << 31

func (v *sets) get(i uint32) set {
	cell := v.cells.get(i)
	if cell < severalMembers {
		return set{one: cell}
	}
	m := v.members.get(cell - severalMembers)
	if m.few.n == 1 {
		return set{one: m.few.last + 1}
	}
	return set{many: m}
}

// cap is an index above all that were set.
func (v *sets) cap() uint32 { return v.cells.cap() }

func (v *sets) set(g generation, i uint32, s set) {
	was := v.cells.get(i)
	if s.one >= severalMembers {
		s.many = &members{gen: g, few: ascendingOf([]uint32{s.one - 1})}
	}
	switch {
	case s.many != nil && was >= severalMembers:
		v.members.set(g, was-severalMembers, s.many)
	case s.many != nil:
		v.setAt(g, i, v.place(), s.many)
	default:
		if was >= severalMembers {
			v.members.drop(g, was-severalMembers)
			v.free = append(v.free, was-severalMembers)
		}
		v.cells.set(g, i, s.one)
	}
}

// setAt sets what has no place to members that are to have this one.
func (v *sets) setAt(g generation, i, place uint32, m *members) {
	v.members.set(g, place, m)
	v.cells.set(g, i, severalMembers+place)
}

// drop empties a set, and gives up its memory as vector.drop does.
func (v *sets) drop(g generation, i uint32) {
	v.set(g, i, set{})
	v.cells.drop(g, i)
}

// place gives one that is free.
func (v *sets) place() uint32 {
	if n := len(v.free); n > 0 {
		place := v.free[n-1]
		v.free = v.free[:n-1]
		return place
	}
	v.places++
	return v.places - 1
}

// reserve gives the first of so many places, for whoever calls setAt at the same time as others, of sets below a bound.
func (v *sets) reserve(g generation, bound, places uint32) (first uint32) {
	for i := uint32(0); i < bound; i += pageSize { // so that no page is made later, where two may want it
		v.cells.at(g, i)
	}
	first = v.places
	v.places += places
	for at := first; at < v.places; at++ {
		v.members.at(g, at)
	}
	return first
}
