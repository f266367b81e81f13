package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"muster"
	"muster/internal/query"
)

var keptWheres = []query.Where{
	query.Compile([]query.Term{{Attr: appName, Op: query.Equal, Values: []string{"package-7"}}, {Attr: appVersion, Op: query.LessThan, Values: []string{"9.9"}}}),
	query.Compile([]query.Term{{Attr: appName, Op: query.Equal, Values: []string{"package-7", "package-8"}}}),
	query.Compile([]query.Term{{Attr: appName, Op: query.BeginWith, Values: []string{"package-1"}}}),
	query.Compile([]query.Term{{Attr: appName, Op: query.Equal, Values: []string{"nothing"}}}),
	{{Type: application, Not: true, Terms: []query.Term{{Attr: appName, Op: query.Equal, Values: []string{"package-9"}}}}},
}

// TestKeptClausesFollow asks for the same clauses, again and again, of a fleet that goes on changing, of its newest snapshot and of older
// ones, and holds each answer against an index that keeps none.
func TestKeptClausesFollow(t *testing.T) {
	t.Parallel()
	for _, room := range []int{clauseRoom, 3000} { // for all, and for one or two
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			t.Parallel()
			f := newFleet(100)
			f.index.Snapshot().clauses.room = room
			r := rand.New(rand.NewPCG(1, 4))
			var snapshots []*Snapshot
			found := 0
			for step := range 40 {
				b := f.index.Begin()
				for range r.IntN(12) {
					n := r.IntN(120)
					switch r.IntN(8) {
					case 0:
						b.Forget(nodeID(n))
					case 1:
						f.describe(b, n+30*r.IntN(3))
					case 2:
						f.put(b, n, service, f.services(r.IntN(120)))
					case 3: // a version that nobody had
						f.put(b, n, application, append(f.applications(n), f.application(7+r.IntN(3), 100+step)))
					default:
						f.put(b, n, application, f.applications(r.IntN(120)))
					}
				}
				if unused, _ := f.index.Snapshot().Unused(application, 0, 1<<20); step%5 == 4 {
					b.Undefine(application, unused[:len(unused)/2])
				}
				b.Publish(1)
				snapshots = append(snapshots, f.index.Snapshot())
				for _, s := range []*Snapshot{f.index.Snapshot(), snapshots[r.IntN(len(snapshots))], f.index.Snapshot()} {
					found += compareKept(t, s)
				}
			}
			if few := found < 50; few != (room < clauseRoom) {
				t.Errorf("%d answers are of nodes that were found before", found)
			}
		})
	}
}

// compareKept gives how many of the answers are of nodes that were kept.
func compareKept(t *testing.T, s *Snapshot) (found int) {
	t.Helper()
	afresh := *s
	for i, where := range keptWheres {
		afresh.clauses = &keptClauses{}
		var work Work
		got, more, err := s.Noting(&work).Select(t.Context(), where, nodeID(i*10), 20)
		want, wantMore, err2 := afresh.Select(t.Context(), where, nodeID(i*10), 20)
		if err != nil || err2 != nil || more != wantMore || !slices.Equal(got, want) {
			t.Fatalf("clause %d: %v, more %v, %v\nwant %v, more %v, %v", i, got, more, err, want, wantMore, err2)
		}
		if strings.Contains(fmt.Sprint(work.Plan), "their nodes, as found before") {
			found++
		}
	}
	return found
}

// TestKeptClausesHold: nodes that report of other rows leave what is kept as it is, also new nodes, and one that reports of its rows does not.
func TestKeptClausesHold(t *testing.T) {
	t.Parallel()
	f := newFleet(100)
	kept := func() bool {
		var work Work
		if _, err := f.index.Snapshot().Noting(&work).Count(t.Context(), keptWheres[0], nil); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(fmt.Sprint(work.Plan), "their nodes, as found before")
	}
	put := func(n int, rows ...muster.RowID) {
		b := f.index.Begin()
		f.describe(b, n)
		f.put(b, n, application, rows)
		b.Publish(1)
	}
	put(200, f.application(3, 1))
	for i, want := range []bool{false, false, true, true} { // the first asks, the second has them kept
		if kept() != want {
			t.Errorf("question %d: from what was kept: %v", i+1, !want)
		}
	}
	put(200, f.application(4, 1), f.application(5, 77)) // one of them is new
	put(201, f.application(4, 1))
	if !kept() {
		t.Error("packages that were not asked for are in the way")
	}
	put(200, f.application(7, 1))
	if kept() || !kept() {
		t.Error("the nodes are kept that had the package before, or not kept again")
	}
}

// TestKeptClausesOfOlder: what was found in a snapshot holds in an older and much smaller one.
func TestKeptClausesOfOlder(t *testing.T) {
	t.Parallel()
	f := newFleet(100)
	before := f.index.Snapshot()
	b := f.index.Begin()
	for n := range leafSize {
		b.Describe(nodeID(1000+n), "1.0", "2026-01-02T03:04:05Z", nil)
	}
	b.Publish(1)
	for range 3 {
		compareKept(t, f.index.Snapshot())
	}
	if compareKept(t, before) == 0 {
		t.Error("nothing is of the newer snapshot")
	}
}

// TestKeptClausesOfCancelled: what a question has found when it was cancelled is not kept.
func TestKeptClausesOfCancelled(t *testing.T) {
	t.Parallel()
	s := newFleet(100).index.Snapshot()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	where := query.Compile([]query.Term{{Attr: appVersion, Op: query.Equal, Values: []string{"1.1.1-1"}}})
	for range 2 {
		e := &eval{Snapshot: s, ctx: ctx, steps: stepsBetweenLooks}
		if e.where(where); e.err == nil {
			t.Fatal("a cancelled question came to its end")
		}
		for _, k := range s.clauses.held {
			if len(k.rows) == 0 || k.prints != nil {
				t.Errorf("of a cancelled question %d rows are kept, and %d nodes", len(k.rows), k.nodes.count())
			}
		}
		if _, _, err := s.Select(t.Context(), where, "", 5); err != nil { // so that the next one would keep nodes
			t.Fatal(err)
		}
	}
}
