package index

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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

// askAmong counts the values of an attribute in entries that terms are true of, and holds each against the nodes that the model finds
// by the terms and the value.
func askAmong(r *rand.Rand, s *Snapshot, m *model) error {
	where, typ := randomWhere(r), pick(r, types...)
	a := query.Attr{Type: typ, Name: pick(r, attributes[typ]...)}
	var terms []query.Term
	for range r.IntN(3) {
		terms = append(terms, randomTerm(r, typ))
	}
	var want []query.Bucket
	for _, b := range m.count(nil, []query.Aggregation{{By: a}})[0].Buckets {
		is := query.Term{Attr: a, Op: query.Equal, Values: []string{b.Value}}
		having := query.Clause{Type: typ, Terms: append(slices.Clip(terms), is)}
		if n := len(m.find(append(slices.Clip(where), having))); n > 0 {
			want = append(want, query.Bucket{Value: b.Value, Count: n, Total: n})
		}
	}
	slices.SortFunc(want, func(a, b query.Bucket) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	got, err := s.CountAmong(context.Background(), where, terms, a)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("position %d: %s among %v of %v\n got %v %v\nwant %v", m.position, a, terms, where, got, err, want)
	}
	return nil
}

// askSearched searches the values of an attribute, and holds what is found against the model's count of all.
func askSearched(r *rand.Rand, s *Snapshot, m *model) error {
	typ := pick(r, types...)
	a := query.Attr{Type: typ, Name: pick(r, attributes[typ]...)}
	words := pick(r, "BASH", "b", "sh", "", "K", ".", "İ", "none")
	var want, others []query.Bucket
	for _, b := range m.count(nil, []query.Aggregation{{By: a}})[0].Buckets {
		switch at := strings.Index(b.Value, query.Fold(words)); {
		case at == 0:
			want = append(want, b)
		case at > 0:
			others = append(others, b)
		}
	}
	want = append(want, others...)
	from, size := r.IntN(4), r.IntN(4)
	part := want[min(from, len(want)):min(from+size, len(want))]
	got, all, err := s.CountSearched(context.Background(), a, words, from, size)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(part) || all != len(want) {
		return fmt.Errorf("position %d: %q in %s\n got %v of %d, %v\nwant %v of %d", m.position, words, a, got, all, err, part, len(want))
	}
	return nil
}

// BenchmarkCountSearched finds one name in ten, and all.
func BenchmarkCountSearched(b *testing.B) {
	s := benchFleet().index.Snapshot()
	for _, words := range []string{"-7", "package"} {
		b.Run(words, func(b *testing.B) {
			for b.Loop() {
				_, all, err := s.CountSearched(b.Context(), appName, words, 0, 100)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(all), "found")
			}
		})
	}
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

// BenchmarkCountAmong counts the names of packages below a version.
func BenchmarkCountAmong(b *testing.B) {
	s := benchFleet().index.Snapshot()
	old := []query.Term{{Attr: appVersion, Op: query.LessThan, Values: []string{"2"}}}
	for b.Loop() {
		if _, err := s.CountAmong(b.Context(), nil, old, appName); err != nil {
			b.Fatal(err)
		}
	}
}
