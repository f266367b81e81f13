package fleet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

// remaining gives what the deletion found and what is still there.
func (r *rig) remaining(id string) (count, left int) {
	r.t.Helper()
	d, ok := r.Deletion(here, id)
	if !ok {
		r.t.Fatalf("there is no deletion %s", id)
	}
	return d.Total()
}

// TestDeletionBound has puts just before and just behind a deletion: its position says which it takes.
func TestDeletionBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		row := item(rack, entry("Row", "1"))
		for i := range 4 {
			r.put(nodeID(i), row, item(app))
		}
		var id string
		errs := r.together(
			func() error { return r.tryPut(nodeID(0), row) },
			func() (err error) { id, err = r.tryDelete(DeleteRequest{Type: rack}); return err },
			func() error { return r.tryPut(nodeID(1), again(row)) },
			func() error { return r.tryPut(nodeID(2), versioned(item(rack, entry("Row", "2")), "2.0")) },
		)
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for i, want := range []bool{false, true, true, false} {
			if got := len(r.Snapshot(here).Items(nodeID(i), rack)) == 1; got != want {
				t.Errorf("node %d holds the type: %v", i, got)
			}
			if len(r.Snapshot(here).Items(nodeID(i), app)) != 1 {
				t.Errorf("node %d has lost another type", i)
			}
		}
		if count, left := r.remaining(id); count != 4 || left != 0 {
			t.Errorf("of %d items %d are left", count, left)
		}
		if r.CustomType(here, rack) == nil {
			t.Error("the schema is gone")
		}
		r.same()
	})
}

// TestDeletionIsInterrupted stops a job after its first step, by a disk that fails and by the end of the process.
func TestDeletionIsInterrupted(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart ", restart), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				const items = 2*deletionStep + 500
				var r *rig
				commits := 0
				r = newRig(t, Config{ObserveCommit: func(int, time.Duration) {
					if commits++; commits == 3 { // the filling, the deletion and one step
						r.disk.Fail(storetest.Unwritable)
					}
				}})
				r.fill(items)
				id := r.delete(DeleteRequest{Type: rack})
				synctest.Wait()
				if count, left := r.remaining(id); count != items || left != items-deletionStep {
					t.Errorf("after one step %d of %d items are left", left, count)
				}
				if r.Ready() == nil {
					t.Error("the disk failed and nobody says so")
				}
				if restart {
					r.reopen()
				}
				r.disk.Mend()
				time.Sleep(2 * workEvery)
				if count, left := r.remaining(id); count != items || left != 0 {
					t.Errorf("in the end %d of %d items are left", left, count)
				}
				d, _ := r.Deletion(here, id)
				want := []muster.VersionCount{{Version: "1.0", Count: items / 2}, {Version: "1.1", Count: items / 2}}
				if !reflect.DeepEqual(d.Counts, want) {
					t.Errorf("the counts are %v, want %v", d.Counts, want)
				}
				if !d.Updated.After(d.Started) {
					t.Errorf("updated at %v, started at %v", d.Updated, d.Started)
				}
				if n := len(slices.Collect(r.Snapshot(here).Holders(rack))); n != 0 {
					t.Errorf("%d items are there", n)
				}
				r.same()
			})
		})
	}
}

// fill commits that many nodes with an item of the custom type in two versions, all at once.
func (r *rig) fill(nodes int) {
	r.t.Helper()
	var changes []muster.Change
	for i := range nodes {
		version := muster.Version(fmt.Sprint("1.", i%2))
		changes = append(changes,
			muster.Change{Key: muster.NodeKey{Space: here, Node: nodeID(i)}, Value: &muster.Node{Registered: r.now(), Reported: r.now()}},
			muster.Change{Key: muster.ItemKey{Space: here, Node: nodeID(i), Type: rack}, Value: &muster.Item{
				Version: version, Hash: "h", Reported: r.now(), Content: &muster.Content{},
			}})
	}
	changes = append(changes, muster.Change{
		Key: muster.CustomTypeKey{Space: here, Type: rack}, Value: &muster.CustomType{Versions: []muster.CustomVersion{{Version: "1.0"}, {Version: "1.1"}}},
	})
	err := r.commit(context.Background(), store.Call{Decide: func(store.View) ([]muster.Change, error) { return changes, nil }})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestReportsDuringLongDeletion has nodes report between the steps of a job.
func TestReportsDuringLongDeletion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const items = deletionStep + 500
		r := newRig(t, Config{})
		r.fill(items)
		id := r.delete(DeleteRequest{Type: rack})
		var writers sync.WaitGroup
		for i := range 50 {
			n := nodeID(items - 1 - i)
			writers.Go(func() { r.put(n, item(rack, entry("Row", "9"))) })
		}
		writers.Wait()
		synctest.Wait()
		if n := len(slices.Collect(r.Snapshot(here).Holders(rack))); n != 50 {
			t.Errorf("%d items are there, want the 50 that were put meanwhile", n)
		}
		if count, left := r.remaining(id); count != items || left != 0 {
			t.Errorf("%d of %d items are left", left, count)
		}
		r.same()
	})
}

func TestClientToken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(rack), item("Custom:Shelf"))
		request := DeleteRequest{Type: rack, Option: muster.DisableSchema, Token: "t"}
		ids := make([]string, 2)
		begun := make([]*muster.Deletion, 2)
		begin := func(i int) func() error {
			return func() (err error) {
				ids[i], begun[i], err = r.DeleteType(context.Background(), here, request)
				return err
			}
		}
		other := request
		other.Type = "Custom:Shelf"
		errs := r.together(begin(0), begin(1), func() error { _, err := r.tryDelete(other); return err })
		if errs[0] != nil || errs[1] != nil || code(errs[2]) != muster.CodeInvalidDeleteInventoryParameters {
			t.Errorf("the calls answer %v", errs)
		}
		if ids[0] != ids[1] || !reflect.DeepEqual(begun[0].Counts, begun[1].Counts) {
			t.Errorf("one token stands for %s with %v and %s with %v", ids[0], begun[0].Counts, ids[1], begun[1].Counts)
		}
		synctest.Wait()
		r.same()

		if id := r.delete(request); id != ids[0] {
			t.Errorf("after a restart the token stands for %s, was %s", id, ids[0])
		}
		if _, d, err := r.DeleteType(context.Background(), here, request); err != nil || !reflect.DeepEqual(d.Counts, begun[0].Counts) {
			t.Errorf("when the job is done, its token answers %v, %v; want what was answered first", d, err)
		}
		other = request
		other.Option = muster.KeepSchema
		if _, err := r.tryDelete(other); code(err) != muster.CodeInvalidDeleteInventoryParameters {
			t.Errorf("the token with another option: %v", err)
		}
		if _, _, err := r.DeleteType(context.Background(), there, other); err != nil {
			t.Errorf("the token in another space: %v", err)
		}
		if n := len(r.Deletions(here)); n != 1 {
			t.Errorf("there are %d deletions, want 1", n)
		}

		r.live(30*day - time.Minute)
		if id := r.delete(request); id != ids[0] {
			t.Error("within 30 days the token is forgotten")
		}
		r.live(2 * time.Minute)
		if n := len(r.Deletions(here)); n != 0 {
			t.Errorf("after 30 days there are %d deletions", n)
		}
		if id := r.delete(request); id == ids[0] {
			t.Error("after 30 days the token is remembered")
		}
		r.same()
	})
}

func TestDisableSchema(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		row := item(rack, entry("Row", "1"))
		r.put(nodeID(1), row)
		r.put(nodeID(2), versioned(row, "1.9"))
		r.delete(DeleteRequest{Type: rack, Option: muster.DisableSchema})
		synctest.Wait()
		r.reopen()

		r.put(nodeID(1), item(app), row, item("Custom:Shelf")) // the new type has the call decided twice
		r.put(nodeID(2), versioned(item(rack, entry("Row", "2")), "1.9"))
		if a, b := r.holds(nodeID(1)), r.holds(nodeID(2)); a != "AWS:Application AWS:InstanceInformation Custom:Shelf" || b != "AWS:InstanceInformation" {
			t.Errorf("after puts at or below the disabled version the nodes hold %q and %q", a, b)
		}
		if n, logged := r.Stats().IgnoredItems.Load(), r.log.count("ignored an item"); n != 2 || logged != 2 {
			t.Errorf("%d ignored items are counted and %d logged, want 2", n, logged)
		}
		if got := code(r.tryPut(nodeID(1), again(row))); got != muster.CodeItemContentMismatch {
			t.Errorf("the hash of what was deleted: %q", got)
		}
		r.put(nodeID(1), versioned(row, "1.10"))
		if got := r.holds(nodeID(1)); got != "AWS:Application AWS:InstanceInformation Custom:Rack Custom:Shelf" {
			t.Errorf("after a put above the disabled version the node holds %q", got)
		}
		r.put(nodeID(1), row) // 1.0 is still off, and does not touch what is there
		if it := r.Snapshot(here).Items(nodeID(1), rack); len(it) != 1 || it[0].Version != "1.10" {
			t.Errorf("after another put below the node holds %v", it)
		}
		r.same()
	})
}

// TestHashBehindDeletion has hashes of what a job has yet to take come behind the call that began it.
func TestHashBehindDeletion(t *testing.T) {
	for option, want := range map[muster.SchemaDeleteOption]struct {
		code muster.Code
		kept bool
	}{
		muster.KeepSchema:    {"", true},
		muster.DisableSchema: {"", false},
		muster.DeleteSchema:  {muster.CodeItemContentMismatch, false},
	} {
		t.Run("option "+string(option), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				r := newRig(t, Config{})
				r.put(nodeID(1), item(rack))
				errs := r.together(
					func() error { _, err := r.tryDelete(DeleteRequest{Type: rack, Option: option}); return err },
					func() error { return r.tryPut(nodeID(1), again(item(rack))) },
				)
				synctest.Wait()
				if errs[0] != nil || code(errs[1]) != want.code {
					t.Errorf("the calls answer %v", errs)
				}
				if kept := len(r.Snapshot(here).Items(nodeID(1), rack)) > 0; kept != want.kept {
					t.Errorf("the item is there: %v", kept)
				}
				r.same()
			})
		})
	}
}

func TestDeleteSchemaMakesRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Limits: &muster.Limits{CustomTypes: 2}})
		types := []muster.TypeName{rack, "Custom:Shelf", "Custom:Cable"}
		if got := code(r.tryPut(nodeID(1), item(types[0]), item(types[1]), item(types[2]))); got != muster.CodeCustomSchemaCountLimitExceeded {
			t.Errorf("three types at once: %q", got)
		}
		if got := r.holds(nodeID(1)); got != "" || len(r.CustomTypes(here)) != 0 {
			t.Errorf("the refused call has left %q and the types %v", got, r.CustomTypes(here))
		}
		r.put(nodeID(1), item(types[0]), item(types[1]))
		for _, c := range []struct {
			option muster.SchemaDeleteOption
			want   muster.Code
		}{
			{muster.KeepSchema, muster.CodeCustomSchemaCountLimitExceeded},
			{muster.DisableSchema, muster.CodeCustomSchemaCountLimitExceeded},
			{muster.DeleteSchema, ""},
		} {
			r.delete(DeleteRequest{Type: types[0], Option: c.option})
			if got := code(r.tryPut(nodeID(1), item(types[2]))); got != c.want {
				t.Errorf("with option %q another type: %q, want %q", c.option, got, c.want)
			}
		}
		r.put(nodeID(1), item(types[1])) // no new one
		synctest.Wait()
		r.same()
	})
}

// TestCustomTypeLimitIsExact has many new types come at once.
func TestCustomTypeLimitIsExact(t *testing.T) {
	t.Parallel()
	const limit = 10
	r := newRig(t, Config{Limits: &muster.Limits{CustomTypes: limit}})
	var writers sync.WaitGroup
	var mu sync.Mutex
	codes := map[muster.Code]int{}
	for i := range 4 * limit {
		writers.Go(func() {
			err := r.tryPut(nodeID(i), item(muster.TypeName(fmt.Sprint("Custom:T", i))))
			mu.Lock()
			defer mu.Unlock()
			codes[code(err)]++
		})
	}
	writers.Wait()
	if codes[""] != limit || codes[muster.CodeCustomSchemaCountLimitExceeded] != 3*limit || len(r.CustomTypes(here)) != limit {
		t.Errorf("with a limit of %d the calls answer %v, and the types are %v", limit, codes, r.CustomTypes(here))
	}
	if n := r.Snapshot(here).Nodes(); n != limit {
		t.Errorf("%d nodes are registered, want %d", n, limit)
	}
}

func TestDryRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), versioned(item(rack), "1.10"))
		r.put(nodeID(2), versioned(item(rack), "1.9"))
		r.put(nodeID(3), versioned(item(rack), "1.9"))
		before := dump(r.Fleet, here)
		id, dry, err := r.DeleteType(context.Background(), here, DeleteRequest{Type: rack, Option: muster.DeleteSchema, Token: "t", DryRun: true})
		if err != nil || id != "" {
			t.Errorf("a dry run gives %q, %v", id, err)
		}
		synctest.Wait()
		if d := diff(dump(r.Fleet, here), before); d != "" {
			t.Errorf("a dry run changes the fleet:\n%s", d)
		}
		_, real, err := r.DeleteType(context.Background(), here, DeleteRequest{Type: rack})
		if err != nil || !reflect.DeepEqual(dry.Counts, real.Counts) {
			t.Errorf("a dry run finds %v, the deletion %v (%v)", dry.Counts, real.Counts, err)
		}
		want := []muster.VersionCount{{Version: "1.9", Count: 2, Remaining: 2}, {Version: "1.10", Count: 1, Remaining: 1}}
		if !reflect.DeepEqual(real.Counts, want) {
			t.Errorf("the deletion begins with %v, want %v", real.Counts, want)
		}
	})
}

func TestDeletions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		for name, want := range map[muster.TypeName]muster.Code{
			app: muster.CodeInvalidTypeName, "AWS:Nonsense": muster.CodeInvalidTypeName, "Custom:rack": muster.CodeInvalidTypeName, "Custom:Never": "",
		} {
			if _, err := r.tryDelete(DeleteRequest{Type: name}); code(err) != want {
				t.Errorf("to delete %s: %v", name, err)
			}
		}
		second := r.delete(DeleteRequest{Type: "Custom:Never"})
		if count, left := r.remaining(second); count != 0 || left != 0 {
			t.Errorf("nothing is found %d times, and left %d times", count, left)
		}
		all := r.Deletions(here)
		if len(all) != 2 || all[0].ID != second {
			t.Errorf("the deletions are %v, want the newest first", all)
		}
		if _, ok := r.Deletion(there, second); ok {
			t.Error("a deletion is seen from another space")
		}
	})
}
