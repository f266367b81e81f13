package index

import (
	"math/rand/v2"
	"slices"
	"testing"

	"muster"
	"muster/internal/query"
)

// TestAny asks random disjunctions, plain, turned round and within others, and builds the answers from those of the model to
// their parts.
func TestAny(t *testing.T) {
	t.Parallel()
	met := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWriter(New())
		for _, o := range randomOps(r, 60) {
			w.do(o)
		}
		s, m := w.index.Snapshot(), w.model
		for range 20 {
			first, second, beside := randomWhere(r), randomWhere(r), randomWhere(r)
			either := query.Clause{Any: []query.Where{first, second}, Not: r.IntN(2) == 0}
			isEither := func(id muster.NodeID) bool {
				return (m.satisfies(id, first) || m.satisfies(id, second)) != either.Not
			}
			within := append(slices.Clone(beside), either)
			nested := query.Where{{Any: []query.Where{within, {{Any: []query.Where{second}, Not: true}}}}}
			for _, c := range []struct {
				where query.Where
				is    func(muster.NodeID) bool
			}{
				{query.Where{either}, isEither},
				{within, func(id muster.NodeID) bool { return isEither(id) && m.satisfies(id, beside) }},
				{nested, func(id muster.NodeID) bool {
					return isEither(id) && m.satisfies(id, beside) || !m.satisfies(id, second)
				}},
			} {
				want := slices.DeleteFunc(m.ids(), func(id muster.NodeID) bool { return !c.is(id) })
				got, _, err := s.Select(t.Context(), c.where, "", 100)
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("seed %d: %+v\n got %v, %v\nwant %v", seed, c.where, got, err, want)
				}
				groups := []query.Aggregation{{Groups: []query.Group{{Name: "g", Where: c.where}}}}
				counts, err := s.Count(t.Context(), nil, groups)
				if err != nil || counts[0].Groups[0].Matching != len(want) {
					t.Fatalf("seed %d: counts of %+v: %v, %v, want %d", seed, c.where, counts, err, len(want))
				}
				if len(want) > 0 && len(want) < len(m.ids()) {
					met++
				}
			}
		}
	}
	if met < 100 {
		t.Errorf("only %d of the questions told nodes apart", met)
	}
}
