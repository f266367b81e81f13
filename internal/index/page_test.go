package index

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muster"
	"muster/internal/query"
)

// TestPagesMakeTheWhole: the pages of random counts, put together, are the count.
func TestPagesMakeTheWhole(t *testing.T) {
	t.Parallel()
	s := newFleet(60).index.Snapshot()
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 2))
		by := []query.Aggregation{randomCount(r, 1), randomCount(r, 1)}
		want, err := s.Count(t.Context(), nil, by)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]query.Tally, len(by))
		size := 1 + max(len(want[0].Buckets), len(want[1].Buckets))/(1+r.IntN(5))
		for from, more := 0, true; more; from += size {
			var page []query.Tally
			page, more, err = s.CountPage(t.Context(), nil, by, from, size)
			if err != nil {
				t.Fatal(err)
			}
			for i := range page {
				if len(page[i].Buckets) > size {
					t.Fatalf("seed %d: a page of %d has %d buckets", seed, size, len(page[i].Buckets))
				}
				got[i].Buckets = append(got[i].Buckets, page[i].Buckets...)
				got[i].Groups = append(got[i].Groups, page[i].Groups...)
			}
		}
		for i := range want {
			if !slices.EqualFunc(got[i].Buckets, want[i].Buckets, sameBucket) {
				t.Errorf("seed %d: by %v in pages of %d: %d buckets, want %d, or others", seed, by[i], size, len(got[i].Buckets), len(want[i].Buckets))
			}
		}
	}
}

func sameBucket(a, b query.Bucket) bool { return reflect.DeepEqual(a, b) }

func randomCount(r *rand.Rand, depth int) query.Aggregation {
	if depth > 1 && r.IntN(4) == 0 {
		return query.Aggregation{Groups: []query.Group{{Name: "g", Where: query.Compile([]query.Term{{Attr: platform, Op: query.Equal, Values: []string{"Linux"}}})}}}
	}
	a := query.Aggregation{By: pick(r, appName, appVersion, platform, status, service1, serviceUp)}
	for range r.IntN(4 - depth) {
		a.Inner = append(a.Inner, randomCount(r, depth+1))
	}
	return a
}

// TestKeptCountsFollow asks for the same counts of a fleet that goes on changing, of its newest snapshot and of older ones, and
// holds each against an index that has never counted before.
func TestKeptCountsFollow(t *testing.T) {
	t.Parallel()
	f := newFleet(100)
	r := rand.New(rand.NewPCG(1, 3))
	name := query.Aggregation{By: appName, Inner: []query.Aggregation{{By: appVersion, Inner: []query.Aggregation{{By: platform}}}}}
	counts := [][]query.Aggregation{{{By: appName}}, {name}, {{By: platform, Inner: []query.Aggregation{{By: service1}}}}}
	var snapshots []*Snapshot
	for range 25 {
		b := f.index.Begin()
		for range r.IntN(20) {
			n := r.IntN(120)
			switch r.IntN(6) {
			case 0:
				b.Forget(nodeID(n))
			case 1:
				f.describe(b, n+30*r.IntN(3)) // perhaps one that has been forgotten, or never was
			default:
				f.put(b, n, application, f.applications(r.IntN(120)))
			}
		}
		b.Publish(1)
		snapshots = append(snapshots, f.index.Snapshot())
		for _, s := range []*Snapshot{f.index.Snapshot(), snapshots[r.IntN(len(snapshots))]} {
			afresh := *s
			afresh.kept = &keptCounts{room: keptRoom}
			for _, by := range counts {
				got, err := s.Count(t.Context(), nil, by)
				want, err2 := afresh.Count(t.Context(), nil, by)
				if err != nil || err2 != nil {
					t.Fatal(err, err2)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("snapshot %d of %d by %v: %d buckets, want %d, or others", slices.Index(snapshots, s), len(snapshots), by, len(got[0].Buckets), len(want[0].Buckets))
				}
			}
		}
	}
}

// TestKeptAnswerIsGivenUp: an answer that nobody asks for again does not gather changes for ever, though its count is followed.
func TestKeptAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	f := newFleet(50)
	by := []query.Aggregation{{By: appName, Inner: []query.Aggregation{{By: appVersion}}}}
	var lists [][]muster.RowID // the same ones again and again, so that there are no new groups
	for n := range 50 {
		lists = append(lists, f.applications(n))
	}
	b := f.index.Begin()
	for n, rows := range lists {
		f.put(b, n, application, rows)
	}
	b.Publish(1)
	where := query.Compile([]query.Term{{Attr: query.Attr{Type: muster.TypeInstanceInformation, Name: "ComputerName"}, Op: query.NotEqual, Values: []string{"host-000001.example.com"}}})
	if _, err := f.index.Snapshot().Count(t.Context(), nil, by); err != nil {
		t.Fatal(err)
	}
	kept := f.index.Snapshot().kept.held[0]
	all := 0
	for range 400 {
		if kept.answer == nil {
			break
		}
		all = len(kept.answer.labels)
		b := f.index.Begin()
		for range 5 {
			f.put(b, f.r.IntN(50), application, lists[f.r.IntN(50)])
		}
		b.Publish(1)
		if _, err := f.index.Snapshot().Count(t.Context(), where, by); err != nil {
			t.Fatal(err)
		}
	}
	if kept.answer != nil || len(kept.dirty) > 0 {
		t.Errorf("after 400 questions the answer of %d buckets is there, with %d changed groups", all, len(kept.dirty))
	}
}

// TestGroupsComeWithTheFirstPage, and beside buckets that have more pages.
func TestGroupsComeWithTheFirstPage(t *testing.T) {
	t.Parallel()
	s := newFleet(100).index.Snapshot()
	by := []query.Aggregation{{By: service1}, {Groups: []query.Group{{Name: "all"}}}}
	for _, from := range []int{0, 59, 60, 61} {
		page, more, err := s.CountPage(t.Context(), nil, by, from, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page[0].Buckets) != min(1, max(0, 60-from)) || more != (from < 59) {
			t.Errorf("from %d: %d of 60 buckets, more %v", from, len(page[0].Buckets), more)
		}
		if (len(page[1].Groups) > 0) != (from == 0) || from == 0 && page[1].Groups[0].Matching != 100 {
			t.Errorf("from %d: groups %v", from, page[1].Groups)
		}
	}
}

// TestKeptCountsOfManyEntries: what is estimated from the number of entries must not overflow.
func TestKeptCountsOfManyEntries(t *testing.T) {
	t.Parallel()
	s := newFleet(50).index.Snapshot()
	by := []query.Aggregation{{By: appName, Inner: []query.Aggregation{{By: appVersion}}}}
	want, err := s.Count(t.Context(), nil, by)
	if err != nil {
		t.Fatal(err)
	}
	for _, entries := range []int{9 << 20, 1 << 40, 1 << 55} {
		many := *s
		many.kept = &keptCounts{room: keptRoom}
		many.tables = slices.Clone(s.tables)
		id := many.ids[application]
		table := *many.tables[id]
		table.entries = entries
		many.tables[id] = &table
		if got, err := many.Count(t.Context(), nil, by); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("with %d entries: %d buckets, want %d, or others (%v)", entries, len(got[0].Buckets), len(want[0].Buckets), err)
		}
		if len(many.kept.held) != 1 || many.kept.held[0].at == nil {
			t.Errorf("with %d entries the count is not kept", entries)
		}
	}
}

// TestKeptCountsOfReclaimedRows goes back from a snapshot that was counted after a row was taken away to one that has it.
func TestKeptCountsOfReclaimedRows(t *testing.T) {
	t.Parallel()
	f := newFleet(20)
	rows := f.applications(3)
	put := func(rows []muster.RowID) *Snapshot {
		b := f.index.Begin()
		f.put(b, 3, application, rows)
		b.Publish(1)
		return f.index.Snapshot()
	}
	own := f.row(application, 1<<30, func() []muster.Field { return []muster.Field{{Name: "Name", Value: "own"}} })
	f.row(application, 1<<30+1, func() []muster.Field { return []muster.Field{{Name: "Name", Value: "after"}} })
	before := put(append(rows, own))
	put(rows)
	f.index.Retire(application, []muster.RowID{own})
	b := f.index.Begin()
	b.Undefine(application, []muster.RowID{own})
	b.Publish(2)
	by := []query.Aggregation{{By: appName}}
	if _, err := f.index.Snapshot().Count(t.Context(), nil, by); err != nil {
		t.Fatal(err)
	}
	afresh := *before
	afresh.kept = &keptCounts{room: keptRoom}
	got, err := before.Count(t.Context(), nil, by)
	want, err2 := afresh.Count(t.Context(), nil, by)
	if err != nil || err2 != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%d buckets, want %d, or others (%v, %v)", len(got[0].Buckets), len(want[0].Buckets), err, err2)
	}
}

// TestFirstBucketsOfSome: a page of what some nodes have is that part of all they have, also where no more than the page is counted.
func TestFirstBucketsOfSome(t *testing.T) {
	t.Parallel()
	for _, room := range []int{keptRoom, 20_000, 0} { // for the nodes of all buckets, of some, of none
		firstBucketsOfSome(t, room)
	}
}

func firstBucketsOfSome(t *testing.T, room int) {
	f := newFleet(200)
	f.index.Snapshot().kept.room = room
	r := rand.New(rand.NewPCG(4, 4))
	host := query.Attr{Type: muster.TypeInstanceInformation, Name: "ComputerName"}
	first := 0
	for range 2 {
		for _, path := range [][]query.Attr{{appName}, {appVersion}, {appName, appVersion}, {appVersion, platform}, {appName, appVersion, platform}, {appName, platform, appVersion}, {appName, service1}, {platform, appName}} {
			where := query.Compile([]query.Term{pick(r,
				query.Term{Attr: host, Op: query.BeginWith, Values: []string{pick(r, "host-0000", "host-0001", "host-00012")}},
				query.Term{Attr: appName, Op: query.Equal, Values: []string{"package-30"}},
				query.Term{Attr: platform, Op: query.NotEqual, Values: []string{"Linux"}},
			)})
			s := f.index.Snapshot()
			if pageIsPart(t, s, where, along(path), r.IntN(3), 1+r.IntN(20)) {
				first++
			}
		}
		b := f.index.Begin()
		for range 30 {
			f.put(b, r.IntN(200), application, f.applications(r.IntN(200)))
		}
		b.Publish(1)
	}
	if first == 0 {
		t.Errorf("no page was found so, with room for %d", room)
	}
}

// TestFirstBucketsFollow: packages become frequent and rare, nodes report before they are described, and are in a bucket twice and once again.
func TestFirstBucketsFollow(t *testing.T) {
	t.Parallel()
	for _, path := range [][]query.Attr{{appName, appVersion}, {appName, platform}} {
		firstBucketsFollow(t, along(path))
	}
}

// TestBucketsOfManyGroups: nodes that are in many groups of a bucket are not kept with each.
func TestBucketsOfManyGroups(t *testing.T) {
	t.Parallel()
	f := emptyFleet()
	b := f.index.BeginLoad()
	for n := range 400 {
		var rows []muster.RowID
		for p := range 10 + n%30 {
			rows = append(rows, f.application(p, 0))
		}
		f.describe(b, n)
		f.put(b, n, application, rows)
	}
	b.Publish(1)
	s := f.index.Snapshot()
	where := query.Compile([]query.Term{{Attr: appName, Op: query.Equal, Values: []string{"package-20"}}})
	for range 2 {
		if !pageIsPart(t, s, where, along([]query.Attr{{Type: application, Name: "ApplicationType"}, appName}), 0, 5) {
			t.Error("the page is not found so")
		}
	}
	if size := s.kept.held[0].keptBuckets.size(); size > 0 || !s.kept.held[0].unfit {
		t.Errorf("%d cells are kept", size)
	}
}

func firstBucketsFollow(t *testing.T, by query.Aggregation) {
	f := emptyFleet()
	f.index.Snapshot().kept.room = 40_000 // for the nodes of some forty buckets
	put := func(b *Batch, n, generation int) {
		rows := []muster.RowID{f.application(1000+n%10/9, 0)} // nine of ten have the first
		for p := range 60 {
			if (p+10*generation)%60 < 40-n%20 {
				rows = append(rows, f.application(p, 0), f.application(p, (n+generation)%2))
			}
		}
		f.put(b, n, application, rows)
	}
	for generation := range 6 {
		b := f.index.Begin()
		for n := range 100 {
			put(b, n, generation)
		}
		for n := range 20 * (generation + 1) { // the others are described later
			if (n+generation)%17 == 0 {
				b.Forget(nodeID(n))
			} else {
				f.describe(b, n)
			}
		}
		b.Publish(1)
		where := query.Compile([]query.Term{{Attr: appName, Op: query.Equal, Values: []string{"package-1000"}}})
		if !pageIsPart(t, f.index.Snapshot(), where, by, 0, 5) {
			t.Errorf("%v is not found so", by)
		}
	}
}

// TestFirstBucketsOfMany does it for many nodes, some of which have a row twice.
func TestFirstBucketsOfMany(t *testing.T) {
	t.Parallel()
	f := emptyFleet()
	r := rand.New(rand.NewPCG(5, 5))
	b := f.index.BeginLoad()
	for n := range 3 * leafSize / 2 {
		var rows []muster.RowID
		for range 3 + n%3 {
			p := (n%7*5 + r.IntN(9)*r.IntN(9)) % 80 // a few that many have, others for some
			rows = append(rows, f.application(p, n%3*r.IntN(2)))
		}
		if n%5 == 0 {
			rows = append(rows, rows...)
		}
		f.describe(b, n)
		f.put(b, n, application, rows)
	}
	b.Publish(1)
	s := f.index.Snapshot()
	for _, path := range [][]query.Attr{{appName}, {appName, appVersion}, {appName, appVersion, platform}} {
		for p := range 10 {
			where := query.Compile([]query.Term{{Attr: appName, Op: query.Equal, Values: []string{fmt.Sprint("package-", p*7)}}})
			if !pageIsPart(t, s, where, along(path), 0, 1+r.IntN(40)) {
				t.Errorf("%v of those with package %d is not found so", path, p*7)
			}
		}
	}
}

// along counts by the attributes, the first of them outermost.
func along(path []query.Attr) query.Aggregation {
	by := query.Aggregation{By: path[len(path)-1]}
	for _, a := range slices.Backward(path[:len(path)-1]) {
		by = query.Aggregation{By: a, Inner: []query.Aggregation{by}}
	}
	return by
}

// pageIsPart demands that a page is that part of all buckets, and says whether it was found without counting all of them.
func pageIsPart(t *testing.T, s *Snapshot, where query.Where, by query.Aggregation, from, size int) bool {
	t.Helper()
	want, err := s.Count(t.Context(), where, []query.Aggregation{by})
	if err != nil {
		t.Fatal(err)
	}
	var work Work
	got, more, err := s.Noting(&work).CountPage(t.Context(), where, []query.Aggregation{by}, from, size)
	if err != nil {
		t.Fatal(err)
	}
	all := want[0].Buckets
	from = min(from, len(all))
	to := min(from+size, len(all))
	if !slices.EqualFunc(got[0].Buckets, all[from:to], sameBucket) || more != (to < len(all)) {
		t.Errorf("%v of %v from %d to %d of %d:\n got %v, more %v\nwant %v", by, where, from, to, len(all), got[0].Buckets, more, all[from:to])
	}
	return strings.Contains(strings.Join(work.Plan, "\n"), "the first ")
}
