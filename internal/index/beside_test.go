package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"muster/internal/query"
)

// askBeside counts the values of an attribute beside each value of another, and holds it against the model's count by both.
func askBeside(r *rand.Rand, s *Snapshot, m *model) error {
	typ := pick(r, types...)
	a := query.Attr{Type: typ, Name: pick(r, attributes[typ]...)}
	by := query.Attr{Type: typ, Name: pick(r, append(attributes[typ], "Nowhere")...)}
	want := map[string][]query.Bucket{} // by value
	for _, b := range m.count(nil, []query.Aggregation{{By: a, Inner: []query.Aggregation{{By: by}}}})[0].Buckets {
		want[b.Value] = b.Inner[0].Buckets
	}
	value := randomValue(r)
	got, err := s.CountBeside(context.Background(), a, value, by.Name)
	if show, wantShow := fmt.Sprint(got), fmt.Sprint(want[query.Fold(value)]); err != nil || show != wantShow {
		return fmt.Errorf("position %d: %s beside %s = %q\n got %v %v\nwant %v", m.position, by, a, value, show, err, wantShow)
	}
	return nil
}

// BenchmarkCountBeside counts the versions of an application that many nodes have.
func BenchmarkCountBeside(b *testing.B) {
	s := benchFleet().index.Snapshot()
	for b.Loop() {
		if _, err := s.CountBeside(b.Context(), appName, "package-7", "Version"); err != nil {
			b.Fatal(err)
		}
	}
}
