package fleet

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

// TestWholeCalls has writers put several types with one generation number at a time, each on a node of its own and all on a
// shared one, while readers look: nobody sees half a call, and who was answered sees what it put.
func TestWholeCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	types := []muster.TypeName{app, "AWS:Network", rack, "Custom:Shelf"}
	report := func(generation int) []PutItem {
		var items []PutItem
		for _, typ := range types {
			items = append(items, item(typ, entry("Name", strconv.Itoa(generation))))
		}
		return items
	}
	shared := nodeID(0)
	r.put(shared, report(0)...)

	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for looks := 0; ; looks++ {
				select {
				case <-stop:
					if looks == 0 {
						t.Error("a reader never looked")
					}
					return
				default:
					generationOf(t, r.Snapshot(here), shared, types)
				}
			}
		})
	}
	for w := range 8 {
		own := nodeID(w + 1)
		writers.Go(func() {
			for i := range 25 {
				r.put(own, report(i)...)
				if got := generationOf(t, r.Snapshot(here), own, types); got != i {
					t.Errorf("after the answer to put %d the snapshot has %d", i, got)
				}
				r.put(shared, report(1000*w+i)...)
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

// generationOf gives the number that all types of the node have.
func generationOf(t *testing.T, s *index.Snapshot, n muster.NodeID, types []muster.TypeName) int {
	seen := map[string]bool{}
	generation := -1
	for _, typ := range types {
		for _, it := range s.Items(n, typ) {
			for _, e := range it.Entries(0, it.Len()) {
				value, _ := e.Get("Name")
				seen[value] = true
				generation, _ = strconv.Atoi(value)
			}
		}
	}
	if len(seen) != 1 {
		t.Errorf("%s has the generations %v at once", n, seen)
	}
	return generation
}

func TestGroup(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var groups []int
		r := newRig(t, Config{ObserveCommit: func(calls int, _ time.Duration) { groups = append(groups, calls) }})
		first := item(app, entry("Name", "bash"))
		r.put(nodeID(3), item(rack), item(app)) // a new type would be asked for twice, or have its splits written first
		groups = nil
		errs := r.together(
			func() error { return r.tryPut(nodeID(1), first) },
			func() error { return r.tryPut(nodeID(2), item(rack, entry("Row", "1")), again(first)) }, // of what it has not put
			func() error { return r.tryPut(nodeID(1), again(first), item(rack, entry("Row", "2"))) },
		)
		if len(groups) != 1 || groups[0] != 3 {
			t.Errorf("groups of %v calls were committed, want one of 3", groups)
		}
		if errs[0] != nil || code(errs[1]) != muster.CodeItemContentMismatch || errs[2] != nil {
			t.Errorf("the calls answer %v", errs)
		}
		if got, want := r.holds(nodeID(1)), "AWS:Application AWS:InstanceInformation Custom:Rack"; got != want {
			t.Errorf("the first node holds %q, want %q", got, want)
		}
		if got := r.holds(nodeID(2)); got != "" {
			t.Errorf("the refused call has left %q", got)
		}
		if n := r.Census().Rows; n != 4 { // two entries, and what two nodes are described by
			t.Errorf("the index has %d rows, want 4", n)
		}
	})
}

func TestUnknownOutcome(t *testing.T) {
	for name, f := range map[string]storetest.Fault{"lost": storetest.UnknownLost, "kept": storetest.UnknownKept} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				r := newRig(t, Config{})
				r.put(nodeID(1), item(app, entry("Name", "bash")), item(rack))
				r.disk.Fail(f)
				r.disk.FailLoads(errors.New("no load"))

				errs := r.together(
					func() error { return r.tryPut(nodeID(2), item(app, entry("Name", "zsh"))) },
					func() error { return r.tryPut(nodeID(3), item(rack, entry("Row", "1"))) },
				)
				for _, err := range errs {
					if code(err) != muster.CodeInternalServerError || !errors.Is(err, store.ErrUnknown) {
						t.Errorf("a call of the group answers %v", err)
					}
				}
				synctest.Wait()
				if err := r.tryPut(nodeID(4), item(app)); !errors.Is(err, store.ErrUnknown) {
					t.Errorf("until the fleet was loaded again a put answers %v", err)
				}
				if err := r.Ready(); !errors.Is(err, store.ErrUnknown) {
					t.Errorf("Ready gives %v", err)
				}
				if r.holds(nodeID(1)) == "" || r.holds(nodeID(2)) != "" {
					t.Error("reads do not go on from the state before the commit")
				}

				r.disk.Mend()
				time.Sleep(11 * time.Second)
				if err := r.Ready(); err != nil {
					t.Errorf("after the fleet was loaded again Ready gives %v", err)
				}
				if got := r.holds(nodeID(2)) != "" && r.holds(nodeID(3)) != ""; got != (f == storetest.UnknownKept) {
					t.Errorf("the group is there: %v", got)
				}
				r.put(nodeID(5), item(app, entry("Name", "zsh"), entry("Name", "bash")))
				r.same()
			})
		})
	}
}

func TestCloseWhileLoadingAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.disk.Fail(storetest.UnknownLost)
		r.disk.FailLoads(errors.New("no load"))
		if err := r.tryPut(nodeID(1), item(app)); err == nil {
			t.Error("a lost put is answered well")
		}
		time.Sleep(time.Minute)
		r.close()
		r.disk.Mend()
		r.open()
		r.put(nodeID(1), item(app))
	})
}

func TestUnwritable(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app))
		r.disk.Fail(storetest.Unwritable)
		for range 3 {
			if err := r.tryPut(nodeID(2), item(app)); code(err) != muster.CodeInternalServerError || !errors.Is(err, store.ErrUnwritable) {
				t.Errorf("a put answers %v", err)
			}
		}
		time.Sleep(time.Minute)
		if err := r.Ready(); !errors.Is(err, store.ErrUnwritable) {
			t.Errorf("Ready gives %v", err)
		}
		if n := r.log.count("refuses writes"); n != 1 {
			t.Errorf("the refusal is logged %d times", n)
		}
		if r.holds(nodeID(1)) == "" || r.holds(nodeID(2)) != "" {
			t.Error("reads do not go on")
		}

		r.disk.Mend()
		time.Sleep(6 * time.Second)
		if err := r.Ready(); err != nil {
			t.Errorf("some seconds after the disk was mended Ready gives %v", err)
		}
		if n := r.log.count("takes writes again"); n != 1 {
			t.Errorf("the recovery is logged %d times", n)
		}

		r.disk.Fail(storetest.Unwritable)
		r.tryPut(nodeID(2), item(app))
		r.disk.Mend()
		r.put(nodeID(2), item(app))
		if err := r.Ready(); err != nil {
			t.Errorf("after a put went through Ready gives %v", err)
		}
		r.same()
	})
}

// TestAbandonedCall has a client go away while its call waits: it is done or not, but whole.
func TestAbandonedCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		ctx, cancel := context.WithCancel(context.Background())
		errs := r.together(
			func() error {
				return r.Put(ctx, here, &Put{Node: nodeID(1), Items: []PutItem{item(app), item(rack)}})
			},
			func() error {
				cancel()
				return r.tryPut(nodeID(2), item(app))
			},
		)
		if !errors.Is(errs[0], context.Canceled) || errs[1] != nil {
			t.Errorf("the calls answer %v", errs)
		}
		if got := r.holds(nodeID(1)); got != "" {
			t.Errorf("the call that was abandoned in the queue has left %q", got)
		}
	})
}

func TestClosed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		f := r.Fleet
		r.close()
		if err := f.Put(context.Background(), here, &Put{Node: nodeID(1), Items: []PutItem{item(app)}}); !errors.Is(err, errClosed) {
			t.Errorf("a put after Close answers %v", err)
		}
	})
}
