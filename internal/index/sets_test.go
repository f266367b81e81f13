package index

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSets changes sets of an array, a generation every few steps, and compares them with plain ones; versions that were kept have to stay as
// they were.
func TestSets(t *testing.T) {
	t.Parallel()
	type version struct {
		sets
		plain map[uint32][]uint32
	}
	r := rand.New(rand.NewPCG(1, 1))
	var v sets
	plain := map[uint32][]uint32{}
	var kept []version
	check := func(v version) {
		t.Helper()
		for i := range uint32(700) {
			s := v.get(i)
			if got := slices.Collect(s.each); !slices.Equal(got, v.plain[i]) || s.len() != len(got) || len(got) == 1 && s.many != nil {
				t.Fatalf("set %d has %v, %d of them, want %v", i, got, s.len(), v.plain[i])
			}
			if len(v.plain[i]) > 0 && i >= v.cap() {
				t.Fatalf("set %d is above %d", i, v.cap())
			}
		}
	}
	first := v.reserve(1, 600, 3)
	for at := range uint32(3) {
		v.setAt(1, 100*at, first+at, set{}.extend(1, []uint32{7, 8 + at}).many)
		plain[100*at] = []uint32{7, 8 + at}
	}
	most := uint32(0)
	for g := generation(2); g < 400; g++ {
		for range r.IntN(30) {
			i := r.Uint32N(600)
			switch r.IntN(8) {
			case 0:
				v.drop(g, i)
				delete(plain, i)
			default:
				m := pick(r, r.Uint32N(6), r.Uint32N(6), severalMembers-2, severalMembers-1, severalMembers, 1<<32-2)
				if at, found := slices.BinarySearch(plain[i], m); found {
					v.set(g, i, v.get(i).remove(g, m))
					plain[i] = slices.Delete(slices.Clone(plain[i]), at, at+1)
				} else {
					v.set(g, i, v.get(i).add(g, m))
					plain[i] = slices.Insert(slices.Clone(plain[i]), at, m)
				}
			}
		}
		several := uint32(0)
		for i := range plain {
			if v.cells.get(i) >= severalMembers {
				several++
			}
		}
		if most = max(most, several); v.places > most+30 { // those that a generation takes before it gives others up
			t.Fatalf("%d places for %d sets at most", v.places, most)
		}
		for _, place := range v.free {
			if v.members.get(place) != nil {
				t.Fatalf("place %d is free and holds members", place)
			}
		}
		if g%10 == 0 {
			kept = append(kept, version{v, maps.Clone(plain)})
			check(kept[len(kept)-1])
		}
	}
	for _, v := range kept {
		check(v)
	}
}
