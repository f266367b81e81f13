package index

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"muster"
	"muster/internal/query"
)

// askSorted puts a random question in a random order to the snapshot and to the model.
func askSorted(r *rand.Rand, s *Snapshot, m *model, where query.Where) error {
	o := Order{Attribute: []string{"PlatformType", "PlatformVersion", "Nothing"}[r.IntN(3)], Descending: r.IntN(2) == 0}
	var after *Place
	if r.IntN(4) > 0 {
		after = &Place{Node: muster.NodeID(fmt.Sprint("i-", r.IntN(14)-1)), Has: r.IntN(4) > 0}
		if after.Has {
			after.Value = []string{"", "linux", "LINUX", "Windows", "1.0", "2", "~"}[r.IntN(7)]
		}
	}
	limit := r.IntN(6)
	got, more, err := s.SelectSorted(context.Background(), where, o, after, limit)
	want, wantMore := m.sorted(where, o, after, limit)
	if err != nil || !slices.Equal(got, want) || more != wantMore {
		return fmt.Errorf("position %d: %+v by %v\nafter %+v, %d of them: %v, more %v, %v\nwant %v, more %v", m.position, where, o, after, limit, got, more, err, want, wantMore)
	}
	return nil
}

func (m *model) sorted(where query.Where, o Order, after *Place, limit int) (ids []muster.NodeID, more bool) {
	compare := func(a, b Place) int {
		texts := query.CompareFold(a.Value, b.Value)
		if o.Descending {
			texts = -texts
		}
		switch {
		case a.Has && b.Has:
			return cmp.Or(texts, strings.Compare(string(a.Node), string(b.Node)))
		case a.Has:
			return -1
		case b.Has:
			return 1
		}
		return strings.Compare(string(a.Node), string(b.Node))
	}
	var places []Place
	for _, id := range m.find(where) {
		p := Place{Node: id}
		for _, e := range m.nodes[id].items[modelKey{typ: muster.TypeInstanceInformation}].seen {
			p.Value, p.Has = e.Get(o.Attribute)
		}
		if after == nil || compare(p, *after) > 0 {
			places = append(places, p)
		}
	}
	slices.SortFunc(places, compare)
	for _, p := range places[:min(limit, len(places))] {
		ids = append(ids, p.Node)
	}
	return ids, len(places) > limit
}

// TestSortedPages walks a fleet that is large enough for both ways to find a page.
func TestSortedPages(t *testing.T) {
	t.Parallel()
	f := newFleet(700)
	s, m := f.index.Snapshot(), f.model(t)
	for _, o := range []Order{{"PlatformType", false}, {"ComputerName", true}, {"Nothing", false}} {
		for _, size := range []int{7, 400} {
			want, _ := m.sorted(nil, o, nil, 700)
			var all []muster.NodeID
			var after *Place
			for more := true; more; {
				var page []muster.NodeID
				var err error
				if page, more, err = s.SelectSorted(t.Context(), nil, o, after, size); err != nil {
					t.Fatal(err)
				}
				all = append(all, page...)
				after = &Place{Node: page[len(page)-1]}
				for _, it := range s.Items(after.Node, muster.TypeInstanceInformation) {
					for _, e := range it.Entries(0, 1) {
						after.Value, after.Has = e.Get(o.Attribute)
					}
				}
			}
			if !slices.Equal(all, want) {
				t.Errorf("%v in pages of %d: the order is another", o, size)
			}
		}
	}
}

func BenchmarkSelectSorted(b *testing.B) {
	for _, attribute := range []string{"ComputerName", "PlatformType"} {
		b.Run(attribute, func(b *testing.B) {
			s := benchFleet().index.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := s.SelectSorted(b.Context(), nil, Order{Attribute: attribute}, nil, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
