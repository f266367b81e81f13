package index

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSteps drives lists from empty to long and back, with steps of every kind, and compares them with plain ones.
func TestSteps(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s steps
		var plain []uint32
		for step := range 400 {
			number := pick(r, 0, 254, 255, 256, 509, 510, 511, leafSize-1, r.Uint32N(leafSize), r.Uint32N(600))
			at, found := slices.BinarySearch(plain, number)
			if s.has(number) != found {
				t.Fatalf("seed %d: has(%d) is %v of %v", seed, number, !found, plain)
			}
			switch {
			case found:
				s, plain = s.remove(number), slices.Delete(plain, at, at+1)
			case step < 200 || r.IntN(3) == 0:
				s, plain = s.add(number), slices.Insert(plain, at, number)
			case len(plain) > 0:
				at = r.IntN(len(plain))
				s, plain = s.remove(plain[at]), slices.Delete(plain, at, at+1)
			}
			var got []uint32
			for number := range s.each {
				got = append(got, number)
			}
			if !slices.Equal(got, plain) {
				t.Fatalf("seed %d: %v, want %v", seed, got, plain)
			}
			if afresh := steps(nil).extend(beforeIt, plain); !slices.Equal(afresh, s) {
				t.Fatalf("seed %d: %v takes %v, and %v when made at once", seed, plain, s, afresh)
			}
			half := len(plain) / 2
			first := steps(nil).extend(beforeIt, plain[:half])
			if joined := first.extend(first.last(), plain[half:]); !slices.Equal(joined, s) || cap(joined) != len(joined) {
				t.Fatalf("seed %d: %v takes %v, and %v when made in two parts", seed, plain, s, joined)
			}
			var words, even [leafWords]uint64
			evens := 0
			for i := range even {
				even[i] = 0x5555555555555555
			}
			for _, number := range plain {
				evens += int(1 - number%2)
			}
			if s.or(&words); s.countIn(&words) != len(plain) || s.countIn(&even) != evens {
				t.Fatalf("seed %d: %d of %d numbers in their bitmap, %d even, want %d", seed, s.countIn(&words), len(plain), s.countIn(&even), evens)
			}
		}
	}
}
