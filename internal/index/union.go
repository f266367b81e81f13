package index

// union brings sets together to be counted. Most sets of a fleet are small, and then it takes as long as they have members and not
// as long as there are nodes. Make one with eval.union.
type union struct {
	met    bitset
	few    []uint32 // the members, as long as they are few
	spread bool     // they are not
}

// unionFew is up to how many numbers are added one by one.
const unionFew = 512

func (e *eval) union() *union { return &union{met: e.bitset()} }

func (u *union) add(s set) {
	if !u.spread && len(u.few)+s.len() > unionFew {
		u.spread = true
	}
	if u.spread {
		u.met.or(s)
		return
	}
	for m := range s.each {
		if !u.met.has(m) {
			u.met.put(m)
			u.few = append(u.few, m)
		}
	}
}

// countIn gives how many of the members are in b.
func (u *union) countIn(b bitset) int {
	if u.spread {
		return u.met.countBoth(b)
	}
	n := 0
	for _, m := range u.few {
		if b.has(m) {
			n++
		}
	}
	return n
}

// cost is about how many steps it takes to count.
func (u *union) cost() int {
	if u.spread {
		return len(u.met)
	}
	return len(u.few)
}

func (u *union) reset() {
	if u.spread {
		clear(u.met)
	}
	for _, m := range u.few {
		u.met[m/64] = 0
	}
	u.few, u.spread = u.few[:0], false
}
