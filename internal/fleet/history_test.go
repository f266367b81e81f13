package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster"
	"muster/internal/history"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
	"muster/internal/store/sqlite"
	"muster/internal/store/storetest"
)

// changes gives what the last reports of a type changed on a node, the newest first.
func (r *rig) changes(n muster.NodeID, t muster.TypeName) []history.Change {
	r.t.Helper()
	all, err := r.History(context.Background(), here, n)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, h := range all {
		if h.Type == t {
			return h.Changes
		}
	}
	return nil
}

func release(name, version string) muster.Entry { return entry("Name", name, "Version", version) }

// TestHistory goes through what is a change and what is none; what each changes, TestReplay holds against the model.
func TestHistory(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	n := nodeID(1)
	changed := 0
	check := func(what string, more int) {
		t.Helper()
		changed += more
		if got := len(r.changes(n, app)); got != changed {
			t.Errorf("after %s there are %d changes, want %d", what, got, changed)
		}
	}
	first := item(app, release("bash", "5"), release("zsh", "5"))
	r.put(n, first)
	check("the first report", 0)
	r.put(n, again(first))
	r.put(n, first)
	check("the same", 0)
	r.put(n, item(app, release("zsh", "5"), release("bash", "5")))
	check("another order", 0)
	r.put(n, item(app, release("zsh", "5"), release("bash", "6")))
	check("another version", 1)
	second := item(app, release("zsh", "5"))
	r.put(n, second)
	r.put(n, again(second))
	check("the loss of one", 1)
	r.put(n, item(app, release("zsh", "5"), release("zsh", "5")))
	check("one twice", 1)
	newest := r.changes(n, app)[0]
	if newest.Added != 1 || newest.Captured != second.Captured || newest.Reported.IsZero() || len(newest.Rows) != 1 {
		t.Errorf("the last change is %+v", newest)
	}
	r.reopen()
	check("a restart", 0)
	for _, c := range []muster.TypeName{muster.TypeComplianceSummary, muster.TypeTag} {
		if got := r.changes(n, c); got != nil {
			t.Errorf("of %s there are the changes %v", c, got)
		}
	}
	if got, err := r.History(context.Background(), there, n); got != nil || err != nil {
		t.Errorf("in another region there are %v, %v", got, err)
	}
}

// TestHistoryIsReadForAChange: no other report reads more than it did.
func TestHistoryIsReadForAChange(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	info, apps := described(muster.Active), item(app, release("bash", "5"), release("zsh", "5"))
	r.put(nodeID(1), info, apps)
	for _, c := range []struct {
		what  string
		node  int
		item  PutItem
		reads bool
	}{
		{"a first report", 2, apps, false},
		{"a hash", 1, again(apps), false},
		{"the same", 1, apps, false},
		{"another order", 1, item(app, release("zsh", "5"), release("bash", "5")), false},
		{"another version", 1, item(app, release("bash", "6"), release("zsh", "5")), true},
		{"the same description", 1, info, false},
		{"another description", 1, described(muster.Stopped), true},
	} {
		call := r.putCall(here, &Put{Node: nodeID(c.node), Items: []PutItem{c.item}}, muster.Node{}).storeCall()
		reads := slices.ContainsFunc(call.Reads, func(key muster.Key) bool { _, is := key.(muster.HistoryKey); return is })
		if reads != c.reads {
			t.Errorf("%s reads the history: %v", c.what, reads)
		}
	}
}

// TestHistoryOfVolatileValues: what is kept beside the dictionary makes no difference, nor does it that it came to be kept there.
func TestHistoryOfVolatileValues(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	const own = muster.TypeName("Custom:Package")
	split := func() uint32 { return r.Snapshot(here).Splits(own).Current() }
	for node := 0; split() == 0 && node < 4*learnNodes; node++ {
		r.putTimes(node, own)
		r.work()
	}
	if split() == 0 {
		t.Fatal("no attribute has become volatile")
	}
	before := r.Snapshot(here).ItemRows(nodeID(0), own, "").Split
	put := func(content []muster.Entry) {
		r.put(nodeID(0), PutItem{Type: own, Version: "1.1", Captured: "2026-01-02T00:00:00Z", Content: content})
	}
	put(timed(1))
	put(timed(2))
	if got := r.changes(nodeID(0), own); got != nil || before != 0 {
		t.Errorf("other times, put under split %d and then %d, are the changes %v", before, split(), got)
	}
	after := timed(3)
	after[5] = entry("Name", "other", "InstalledTime", "2026-01-01T00:00:00Z")
	put(after)
	got := r.changes(nodeID(0), own)
	if len(got) != 1 || got[0].Added != 1 || got[0].Removed != 1 || len(got[0].Rows) != 2 {
		t.Errorf("when package-5 has become another, the changes are %+v", got)
	}
	for _, c := range got {
		for _, row := range c.Rows {
			for _, e := range []muster.Entry{row.Before, row.After} {
				if _, has := e.Get("InstalledTime"); has {
					t.Errorf("a change has the volatile value of %v", e)
				}
			}
		}
	}
}

// TestHistoryStaysWithItsPut: a put that is not stored leaves no change, and one whose outcome nobody knew leaves both or none.
func TestHistoryStaysWithItsPut(t *testing.T) {
	for _, fault := range []storetest.Fault{storetest.NotWritten, storetest.UnknownLost, storetest.UnknownKept} {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				r := newRig(t, Config{})
				n := nodeID(1)
				r.put(n, item(app, release("bash", "5")))
				r.disk.Fail(fault)
				if err := r.tryPut(n, item(app, release("bash", "6"))); err == nil {
					t.Fatal("the put is acknowledged")
				}
				r.put(n, item(app, release("bash", "7")))
				got := r.changes(n, app)
				want := 1
				if fault == storetest.UnknownKept {
					want = 2
				}
				if len(got) != want || got[0].Unknown || got[0].Rows[0].After[1].Value != "7" {
					t.Errorf("the changes are %+v, want %d", got, want)
				}
			})
		})
	}
}

// TestHistoryOfUnknownChange: who finds the item moved on each time does not come again for ever, and says nothing false.
func TestHistoryOfUnknownChange(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	n := nodeID(1)
	r.put(n, item(app, release("bash", "5")))
	key := muster.ItemKey{Space: here, Node: n, Type: app}
	call := r.putCall(here, &Put{Node: n, Items: []PutItem{item(app, release("bash", "7"))}}, muster.Node{})
	r.put(n, item(app, release("bash", "6")))
	err := r.commit(context.Background(), call.storeCall())
	if !errors.Is(err, errCompareAgain) {
		t.Errorf("compared with what is stored no more, it answers %v", err)
	}
	call.compared, call.readHistory = maxCompares-1, true
	if err := r.commit(context.Background(), call.storeCall()); err != nil {
		t.Fatal(err)
	}
	got := r.changes(n, app)
	if len(got) != 2 || !got[0].Unknown || len(got[0].Rows) > 0 || got[1].Unknown {
		t.Errorf("the changes of %v are %+v", key, got)
	}
}

// undo gives the entries as they were before a change of which all is kept.
func undo(now []muster.Entry, c history.Change) ([]muster.Entry, error) {
	before := slices.Clone(now)
	for _, row := range c.Rows {
		if row.After != nil {
			at := slices.IndexFunc(before, row.After.Equal)
			if at < 0 {
				return nil, fmt.Errorf("%v came, and is not among %v", row.After, before)
			}
			before = slices.Delete(before, at, at+1)
		}
		if row.Before != nil {
			before = append(before, row.Before)
		}
	}
	slices.SortFunc(before, muster.Entry.Compare)
	return before, nil
}

// raceForHistory has servers report for one node at the same time, and then goes back from what is there: each change leads to what
// somebody has put.
func raceForHistory(t *testing.T, servers ...*rig) {
	t.Helper()
	const rounds, puts = 12, 6
	n := nodeID(1)
	var mu sync.Mutex
	contents := map[string]bool{} // that were put
	unknown, known := 0, 0
	put := func(r *rig, random *rand.Rand, serial string) error {
		entries := []muster.Entry{entry("Name", "serial", "Version", serial)}
		for i := range 5 {
			entries = append(entries, release(fmt.Sprint("package ", i), fmt.Sprint(random.IntN(3))))
		}
		slices.SortFunc(entries, muster.Entry.Compare)
		mu.Lock()
		contents[fmt.Sprint(entries)] = true
		mu.Unlock()
		return r.tryPut(n, item(app, entries...))
	}
	for round := range rounds {
		var all sync.WaitGroup
		for s, r := range servers {
			for caller := range 2 {
				all.Go(func() {
					random := rand.New(rand.NewPCG(uint64(round), uint64(10*s+caller)))
					for i := range puts {
						if err := put(r, random, fmt.Sprint(round, " ", s, " ", caller, " ", i)); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		all.Wait()
		r := servers[round%len(servers)]
		if err := r.Current(t.Context()); err != nil {
			t.Fatal(err)
		}
		var now []muster.Entry
		for _, it := range r.Snapshot(here).Items(n, app) {
			for _, e := range it.Entries(0, it.Len()) {
				now = append(now, e)
			}
		}
		changes := r.changes(n, app)
		if len(changes) != history.MaxChanges {
			t.Fatalf("round %d: %d changes are kept", round, len(changes))
		}
		for i, c := range changes {
			if c.Unknown {
				unknown++
				break
			}
			before, err := undo(now, c)
			if err != nil {
				t.Fatalf("round %d, change %d: %v", round, i, err)
			}
			if !contents[fmt.Sprint(before)] {
				t.Fatalf("round %d, change %d: before it there was, it says, %v", round, i, before)
			}
			known++
			now = before
		}
	}
	t.Logf("%d changes led back, %d were unknown", known, unknown)
	if known < rounds {
		t.Errorf("only %d changes led back", known)
	}
}

func TestHistoryInRace(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		raceForHistory(t, newRig(t, Config{}))
	})
	t.Run("servers in memory", func(t *testing.T) {
		t.Parallel()
		memory := store.NewMemory()
		raceForHistory(t, newSharedRig(t, memory, Config{}), newSharedRig(t, memory, Config{}))
	})
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "muster.db")
		raceForHistory(t, newRigOn(t, func() store.Store {
			s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}, Config{}))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.Start(t).Schema(t)
		open := func() store.Store {
			s, err := postgres.Open(context.Background(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		raceForHistory(t, newRigOn(t, open, Config{}), newRigOn(t, open, Config{}))
	})
}

// TestDifference holds the short ways against counting.
func TestDifference(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		before := make([]muster.RowID, r.IntN(40))
		for i := range before {
			before[i] = muster.RowID(1 + r.IntN(60))
		}
		after := slices.Clone(before)
		for range r.IntN(6) {
			switch at := r.IntN(len(after) + 1); {
			case r.IntN(2) == 0 || at == len(after):
				after = slices.Insert(after, at, muster.RowID(r.IntN(60))) // 0 is of a fresh row
			case r.IntN(2) == 0:
				after = slices.Delete(after, at, at+1)
			default:
				r.Shuffle(len(after), func(i, j int) { after[i], after[j] = after[j], after[i] })
			}
		}
		want := map[muster.RowID]int{}
		for _, row := range before {
			want[row]--
		}
		for _, row := range after {
			want[row]++
		}
		gone, fresh := difference(before, after)
		for _, row := range gone {
			want[row]++
		}
		for _, at := range fresh {
			want[after[at]]--
		}
		for row, n := range want {
			if n != 0 {
				t.Fatalf("of %v and %v, row %d is counted wrongly by %d: %v went, %v came", before, after, row, n, gone, fresh)
			}
		}
		for _, at := range fresh {
			if after[at] != 0 && slices.Contains(gone, after[at]) {
				t.Fatalf("of %v and %v, row %d went and came", before, after, after[at])
			}
		}
	}
}

// BenchmarkCompare is what a report in full takes more when so many of its 2,000 entries are others.
func BenchmarkCompare(b *testing.B) {
	r := newRig(b, Config{})
	packages := make([]muster.Entry, 2000)
	for i := range packages {
		packages[i] = benchPackage(i, 0)
	}
	r.put(nodeID(1), item(app, packages...))
	for _, changed := range []int{0, 10, 2000} {
		b.Run(fmt.Sprint("changed=", changed), func(b *testing.B) {
			after := slices.Clone(packages)
			for i := range changed {
				at := i * len(packages) / changed
				after[at] = benchPackage(at, 1)
			}
			it := item(app, after...)
			x := r.index(here)
			content, stable := it.content(x)
			var packed []byte
			b.ReportAllocs()
			for b.Loop() {
				s := x.Snapshot()
				if c, differs := compare(s.ItemRows(nodeID(1), app, ""), content, stable, s.Splits(app)); differs {
					c.Reported, c.Captured = time.Unix(1, 0), it.Captured
					packed = history.Add(packed, history.Pack(c))
				}
			}
			b.ReportMetric(float64(len(packed)), "bytes")
		})
	}
}

// TestHistoryGoesWithItsItem: what deletes an item, a type or a node deletes what is known of its changes.
func TestHistoryGoesWithItsItem(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Retention: 10 * time.Hour, ExpirySettle: time.Minute})
		n, other := nodeID(1), nodeID(2)
		for _, version := range []string{"1", "2"} {
			r.put(n, item(rack, release("a", version)), item(app, release("a", version)))
			r.put(other, item(app, release("a", version)))
		}
		kept := func() string {
			var all []string
			for _, id := range []muster.NodeID{n, other} {
				histories, err := r.History(context.Background(), here, id)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range histories {
					all = append(all, fmt.Sprint(id[len(id)-1:], h.Type))
				}
			}
			return strings.Join(all, " ")
		}
		if got, want := kept(), "1AWS:Application 1Custom:Rack 2AWS:Application"; got != want {
			t.Errorf("kept is %s, want %s", got, want)
		}
		r.delete(DeleteRequest{Type: rack})
		r.work()
		if got, want := kept(), "1AWS:Application 2AWS:Application"; got != want {
			t.Errorf("after the deletion of a type kept is %s, want %s", got, want)
		}
		r.live(6 * time.Hour)
		r.put(other, item(app, release("a", "2")))
		r.live(6 * time.Hour)
		if got, want := kept(), "2AWS:Application"; got != want || r.holds(n) != "" {
			t.Errorf("after the expiry of a node kept is %s, want %s", got, want)
		}
	})
}
