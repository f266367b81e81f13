package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"muster"
	"muster/internal/query"
)

// askCompare compares two random sets of nodes, and holds the answer against differences that are counted node by node.
func askCompare(r *rand.Rand, s *Snapshot, m *model) error {
	where := [2]query.Where{randomWhere(r), randomWhere(r)}
	sides := [2][]muster.NodeID{m.find(where[0]), m.find(where[1])}
	want := differencesOf(s, sides)
	limit := pick(r, 1, 3, 10, 1000)
	got, err := s.Compare(context.Background(), where[0], where[1], limit)
	if err != nil || got.Nodes != [2]int{len(sides[0]), len(sides[1])} || got.More != (len(want) > limit) {
		return fmt.Errorf("position %d: comparing %v gives %v with more %v, %v; want %d differences", m.position, sides, got.Nodes, got.More, err, len(want))
	}
	if show, wantShow := fmt.Sprint(got.Differences), fmt.Sprint(want[:min(limit, len(want))]); show != wantShow {
		return fmt.Errorf("position %d: comparing %v\n got %s\nwant %s", m.position, sides, show, wantShow)
	}
	return nil
}

// differencesOf gives all differences, by looking at each node of each side for each fact.
func differencesOf(s *Snapshot, sides [2][]muster.NodeID) (all []Difference) {
	add := func(d Difference, has func(*record) bool) [2]int {
		for side, ids := range sides {
			for _, id := range ids {
				if has(s.record(id)) {
					d.Nodes[side]++
				}
			}
		}
		d.Score = float64(d.Nodes[0])/float64(max(1, len(sides[0]))) - float64(d.Nodes[1])/float64(max(1, len(sides[1])))
		if d.Score != 0 && d.Type != "" {
			all = append(all, d)
		}
		return d.Nodes
	}
	for _, t := range s.tables {
		hasAny := func(rows []uint32) func(*record) bool {
			return func(r *record) bool {
				return slices.ContainsFunc(r.rowsOf(t, nil), func(row uint32) bool { return slices.Contains(rows, row) })
			}
		}
		rowNodes := map[uint32][2]int{}
		if !t.byNode {
			add(Difference{Type: t.name}, func(r *record) bool { return len(r.of(t)) > 0 })
			for row := range t.allRows() {
				rowNodes[row] = add(Difference{Type: t.name, Entry: t.entry(row), Whole: true}, hasAny([]uint32{row}))
			}
		}
		shared := map[string]int{} // by rows: its place in all, or -1
		for _, a := range s.Attributes(t.name) {
			if a.Outside {
				continue
			}
			byValue := map[string][]uint32{}
			var values []string
			for row := range t.allRows() {
				if value, ok := t.entry(row).Get(a.Name); ok {
					if byValue[query.Fold(value)] == nil {
						values = append(values, value)
					}
					byValue[query.Fold(value)] = append(byValue[query.Fold(value)], row)
				}
			}
			for _, value := range values {
				rows := byValue[query.Fold(value)]
				field := muster.Field{Name: a.Name, Value: firstSpelling(t, a.Name, value)}
				if t.byNode {
					add(Difference{Type: t.name, Entry: muster.Entry{field}}, func(r *record) bool { return hasAny(rows)(r) })
					continue
				}
				if len(rows) < 2 || len(rows) > maxSharing {
					continue
				}
				if at, met := shared[fmt.Sprint(rows)]; met {
					if at >= 0 {
						all[at].Entry = append(all[at].Entry, field)
					}
					continue
				}
				shared[fmt.Sprint(rows)] = -1
				nodes := add(Difference{}, hasAny(rows))
				if slices.ContainsFunc(rows, func(row uint32) bool { return rowNodes[row] == nodes }) {
					continue
				}
				before := len(all)
				add(Difference{Type: t.name, Entry: muster.Entry{field}}, hasAny(rows))
				if len(all) > before {
					shared[fmt.Sprint(rows)] = before
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return compareDifferences(&a, &b) })
	return all
}

// firstSpelling gives the first, by text, of the values that differ from this in case only.
func firstSpelling(t *table, attribute, value string) string {
	for v := range t.spellings(t.column(attribute), query.Fold(value)) {
		return t.values.get(v).text
	}
	return value
}

// TestCompareFindsWhatWasPlanted has some nodes of a fleet, in which all else is noise, report an application.
func TestCompareFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	f := newFleet(3000)
	b := f.index.Begin()
	for n := range 3000 {
		if in := n >= 1000 && n < 2000; in && n%5 > 0 || !in && n%20 == 0 {
			f.put(b, n, application, append(f.applications(n), f.application(70_000, n%2))) // in two versions
		}
	}
	b.Publish(3001)
	within := query.Where{{Type: muster.TypeInstanceInformation, Terms: []query.Term{{
		Attr: query.Attr{Type: muster.TypeInstanceInformation, Name: "ComputerName"}, Op: query.BeginWith, Values: []string{"host-001"}}}}}
	outside := query.Where{within[0]}
	outside[0].Not = true
	got, err := f.index.Snapshot().Compare(t.Context(), within, outside, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got.Nodes != [2]int{1000, 2000} || len(got.Differences) != 3 || !got.More {
		t.Fatalf("got %+v", got)
	}
	first := got.Differences[0]
	if name, _ := first.Entry.Get("Name"); name != "Package-70000" || first.Whole || first.Nodes != [2]int{800, 100} || fmt.Sprintf("%.2f", first.Score) != "0.75" {
		t.Errorf("the first is %+v", first)
	}
	for _, d := range got.Differences[1:] { // its versions
		if name, _ := d.Entry.Get("Name"); name != "Package-70000" || !d.Whole || d.Nodes[0] != 400 {
			t.Errorf("then comes %+v", d)
		}
	}
}

// BenchmarkCompare compares groups of a fleet: halves of it, one node in a hundred with all the others, and two nodes.
func BenchmarkCompare(b *testing.B) {
	computer := query.Attr{Type: muster.TypeInstanceInformation, Name: "ComputerName"}
	begins := func(name string) query.Where {
		return query.Compile([]query.Term{{Attr: computer, Op: query.BeginWith, Values: []string{name}}})
	}
	not := func(where query.Where) query.Where { where[0].Not = true; return where }
	for _, c := range []struct {
		name string
		a, b query.Where
	}{
		{"platforms", query.Compile([]query.Term{{Attr: platform, Op: query.Equal, Values: []string{"windows"}}}), query.Compile([]query.Term{{Attr: platform, Op: query.Equal, Values: []string{"linux"}}})},
		{"alike halves", query.Compile([]query.Term{{Attr: status, Op: query.Equal, Values: []string{"active"}}}), nil},
		{"a hundredth and the others", begins("host-0000"), not(begins("host-0000"))},
		{"two nodes", begins("host-000123"), begins("host-000124")},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := benchFleet().index.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				got, err := s.Compare(b.Context(), c.a, c.b, 100)
				if err != nil || len(got.Differences) == 0 {
					b.Fatal(got, err)
				}
				b.ReportMetric(float64(got.Nodes[0]), "nodes")
			}
		})
	}
}
