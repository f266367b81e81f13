package fleet

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/store"
)

const (
	day    = 24 * time.Hour
	settle = 35 * time.Minute
)

// TestExpiryByType has every type of a node go by its own clock, and the node with the last.
func TestExpiryByType(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app, entry("Name", "bash")), item(rack), described(muster.Active))
		r.live(29 * day)
		r.put(nodeID(1), again(item(app, entry("Name", "bash"))))
		r.live(day - time.Minute)
		if got, want := r.holds(nodeID(1)), "AWS:Application AWS:InstanceInformation Custom:Rack"; got != want {
			t.Errorf("within 30 days it holds %q, want %q", got, want)
		}
		r.live(time.Minute + expiryEvery)
		if got, want := r.holds(nodeID(1)), "AWS:Application AWS:InstanceInformation"; got != want {
			t.Errorf("after 30 days it holds %q, want %q", got, want)
		}
		if got := r.info(nodeID(1), "ComputerName"); got != "" {
			t.Errorf("the description is still that of %q", got)
		}
		if n := r.Stats().Expired.Load(); n != 2 {
			t.Errorf("%d items are counted, want 2", n)
		}
		r.same()
		r.live(29*day + settle)
		if got := r.holds(nodeID(1)); got != "" {
			t.Errorf("30 days after the last report it holds %q", got)
		}
		if n := r.Stats().Expired.Load(); n != 1 { // since it was opened again
			t.Errorf("%d items are counted, want 1", n)
		}
		if got := code(r.tryPut(nodeID(1), again(item(app, entry("Name", "bash"))))); got != muster.CodeItemContentMismatch {
			t.Errorf("the hash of what expired: %q", got)
		}
		r.same()
	})
}

func TestTerminatedNodeGoes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app))
		r.live(10 * day)
		r.put(nodeID(1), described(muster.Terminated))
		r.live(30*day - time.Minute)
		if got := r.holds(nodeID(1)); got != "AWS:InstanceInformation" {
			t.Errorf("within 30 days of its end it holds %q", got)
		}
		r.live(time.Minute + expiryEvery)
		if got := r.holds(nodeID(1)); got != "" {
			t.Errorf("30 days after its end it holds %q", got)
		}
		r.put(nodeID(1), item(app)) // it is a new one
		r.same()
	})
}

// TestServerWasOff has a server come back after two months: who reports again keeps all that is reported.
func TestServerWasOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		for i := range 3 {
			r.put(nodeID(i), item(app), item(rack))
		}
		r.close()
		r.setClock(60 * day)
		r.open()
		r.live(settle - time.Minute)
		for i := range 3 {
			if got, want := r.holds(nodeID(i)), "AWS:Application AWS:InstanceInformation Custom:Rack"; got != want {
				t.Errorf("before they could report, node %d holds %q", i, got)
			}
		}
		r.put(nodeID(0), again(item(app)), again(item(rack)))
		r.put(nodeID(1), again(item(app)))
		r.live(time.Minute + expiryEvery)
		for i, want := range []string{"AWS:Application AWS:InstanceInformation Custom:Rack", "AWS:Application AWS:InstanceInformation", ""} {
			if got := r.holds(nodeID(i)); got != want {
				t.Errorf("node %d holds %q, want %q", i, got, want)
			}
		}
	})
}

func TestClockJumps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app))
		r.live(time.Hour)
		still := func(when string) {
			t.Helper()
			if r.holds(nodeID(1)) == "" {
				t.Fatalf("%s the node is gone", when)
			}
		}
		r.setClock(40 * day)
		r.live(settle - time.Minute)
		still("after a jump forward")
		r.setClock(-time.Hour)
		r.live(settle - time.Minute)
		still("after a jump back")
		r.setClock(clockJump + time.Second)
		r.live(settle - clockJump)
		still("after a little jump")
		r.setClock(-40 * day)
		r.live(day)
		still("with the clock right again")
		r.put(nodeID(1), item(app))

		r.setClock(40 * day)
		r.live(settle + expiryEvery)
		if r.holds(nodeID(1)) != "" {
			t.Error("a clock that runs evenly is not trusted")
		}
	})
}

func TestLittleJumpBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Retention: 10 * time.Hour})
		r.put(nodeID(1), item(app))
		r.live(9*time.Hour + 50*time.Minute)
		r.setClock(-time.Second)
		r.live(settle - time.Second)
		if r.holds(nodeID(1)) == "" {
			t.Error("a clock that was set back by a second is trusted at once")
		}
		r.live(expiryEvery)
		if r.holds(nodeID(1)) != "" {
			t.Error("it is never trusted again")
		}
	})
}

// TestClockSetBackBetweenReports has a node whose record says an earlier time than one of its items.
func TestClockSetBackBetweenReports(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Retention: 10 * time.Hour})
		r.put(nodeID(1), item(app))
		r.setClock(-3 * time.Hour)
		r.put(nodeID(1), item(rack))
		r.live(12 * time.Hour)
		if got, want := r.holds(nodeID(1)), "AWS:Application AWS:InstanceInformation"; got != want {
			t.Errorf("it holds %q, want %q", got, want)
		}
		r.same()
		r.live(2 * time.Hour)
		if got := r.holds(nodeID(1)); got != "" {
			t.Errorf("it holds %q in the end", got)
		}
		r.same()
	})
}

func TestExpiryShare(t *testing.T) {
	for name, c := range map[string]struct {
		nodes, silent int
		share         float64
		refused       bool
	}{
		"half the fleet":       {100, 50, 0, false},
		"more than half":       {100, 51, 0, true},
		"another share":        {100, 51, 0.6, false},
		"above another share":  {100, 31, 0.3, true},
		"a small fleet":        {expiryFloor, expiryFloor, 0, false},
		"not quite as small":   {expiryFloor + 1, expiryFloor + 1, 0, true},
		"many of few":          {expiryFloor + 20, expiryFloor, 0, false},
		"all of a large fleet": {300, 300, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				r := newRig(t, Config{ExpiryShare: c.share, Retention: 10 * time.Hour})
				for i := range c.nodes {
					r.put(nodeID(i), item(app))
				}
				r.live(9 * time.Hour)
				for i := c.silent; i < c.nodes; i++ {
					r.put(nodeID(i), again(item(app)))
				}
				r.live(time.Hour + expiryEvery)
				want := c.nodes - c.silent
				if c.refused {
					want = c.nodes
				}
				if n := r.Snapshot(here).Nodes(); n != want {
					t.Errorf("%d nodes are left, want %d", n, want)
				}
				if got := r.Stats().ExpiryRefused.Load() > 0; got != c.refused {
					t.Errorf("refused: %v", got)
				}
			})
		})
	}
}

// TestExpiryShareOfNodes has nodes without any item, which a deletion has taken, count as well.
func TestExpiryShareOfNodes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Retention: 10 * time.Hour})
		for i := range 40 {
			r.put(nodeID(i), item(rack))
		}
		r.delete(DeleteRequest{Type: rack})
		synctest.Wait()
		r.live(11 * time.Hour)
		if n := r.Snapshot(here).Nodes(); n != 40 {
			t.Errorf("%d nodes are left, want 40", n)
		}
	})
}

func TestRefusedExpiryIsLoggedOnceAnHour(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Retention: 10 * time.Hour})
		for i := range 30 {
			r.put(nodeID(i), item(app))
		}
		r.live(10*time.Hour + 10*time.Minute)
		if n := r.log.count("refused to expire"); n != 1 {
			t.Errorf("the first refusal is logged %d times", n)
		}
		r.live(50 * time.Minute)
		if n := r.log.count("refused to expire"); n != 1 {
			t.Errorf("within an hour refusals are logged %d times", n)
		}
		r.live(2 * time.Hour)
		if n := r.log.count("refused to expire"); n != 3 {
			t.Errorf("in three hours refusals are logged %d times", n)
		}
		if n := r.Stats().ExpiryRefused.Load(); n < 15 {
			t.Errorf("%d refusals are counted", n)
		}
	})
}

// TestReportDuringExpiry has a report come between the look at the fleet and the commit.
func TestReportDuringExpiry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Retention: 10 * time.Hour})
		r.put(nodeID(1), item(app), item(rack))
		r.put(nodeID(2), item(app))
		r.setClock(11 * time.Hour)
		cutoff := r.now().Add(-r.Retention)
		old := r.oldRecords(r.state.Load().space(here), cutoff)
		if len(old) != 5 {
			t.Fatalf("%d records are old, want 3 items and 2 nodes", len(old))
		}
		errs := r.together(
			func() error { return r.tryPut(nodeID(1), again(item(app))) },
			func() error { return r.expireStep(context.Background(), old, cutoff) },
			func() error { return r.tryPut(nodeID(2), again(item(app))) },
		)
		if errs[0] != nil || errs[1] != nil || code(errs[2]) != muster.CodeItemContentMismatch {
			t.Errorf("the calls answer %v", errs)
		}
		if got, want := r.holds(nodeID(1)), "AWS:Application AWS:InstanceInformation"; got != want {
			t.Errorf("the node that reported holds %q, want %q", got, want)
		}
		if got := r.holds(nodeID(2)); got != "" {
			t.Errorf("the node that came too late holds %q", got)
		}
		if n := r.Stats().Expired.Load(); n != 2 {
			t.Errorf("%d items are counted, want 2", n)
		}
		r.same()
	})
}

// TestNodeGoesBeforeItsItems: a node's record that goes alone, as it may when a clock was set back, takes no item along, neither
// here nor in the store, and they are the node's again when it reports.
func TestNodeGoesBeforeItsItems(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app, entry("Name", "bash")))
		key := muster.NodeKey{Space: here, Node: nodeID(1)}
		err := r.commit(t.Context(), store.Call{Reads: []muster.Key{key}, Decide: func(store.View) ([]muster.Change, error) {
			return []muster.Change{{Key: key}}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Snapshot(here).Has(nodeID(1)) {
			t.Error("the node is still there")
		}
		for range 3 {
			r.work() // takes dictionary rows away that nothing has
		}
		r.same()
		r.reopen()
		r.put(nodeID(1), item(rack))
		if got, want := r.holds(nodeID(1)), "AWS:Application AWS:InstanceInformation Custom:Rack"; got != want {
			t.Errorf("the node holds %q, want %q", got, want)
		}
	})
}
