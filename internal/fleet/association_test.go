package fleet

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"muster"
	"muster/internal/document"
	"muster/internal/store"
)

func everyNode() muster.Association {
	return muster.Association{Document: document.GatherSoftwareInventory, Targets: []muster.Target{{Key: targetNodes, Values: []string{allNodes}}}}
}

func TestAssociationsHaveALimit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{NoDefaultAssociation: true})
	var many []muster.Change
	for i := range muster.MaxAssociations - 1 {
		many = append(many, muster.Change{Key: muster.AssociationKey{Space: here, ID: muster.AssociationID(fmt.Sprint(i))}, Value: new(everyNode())})
	}
	if err := r.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) { return many, nil }}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.CreateAssociation(ctx, here, everyNode()); err != nil {
		t.Errorf("the last one: %v", err)
	}
	if _, err := r.CreateAssociation(ctx, here, everyNode()); !errors.Is(err, muster.ErrAssociationCount) {
		t.Errorf("one more: %v", err)
	}
}

// TestAssociationsAreDecidedInOrder: of two calls of one commit the second meets what the first has made.
func TestAssociationsAreDecidedInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := context.Background()
		r := newRig(t, Config{})
		r.put("i-1")
		ofNode := everyNode()
		ofNode.Node = "i-1"
		create := func() error {
			_, err := r.CreateAssociation(ctx, here, ofNode)
			return err
		}
		errs := r.together(create, create)
		if errs[0] != nil || !errors.Is(errs[1], muster.ErrAssociationExists) {
			t.Errorf("two for one node are answered %v", errs)
		}
		update := func() error {
			_, err := r.UpdateAssociation(ctx, here, defaultAssociation(here).ID, func(a *muster.Association) error {
				if a.Version != 1 {
					return muster.ErrAssociationVersion
				}
				return nil
			})
			return err
		}
		errs = r.together(update, update)
		if errs[0] != nil || !errors.Is(errs[1], muster.ErrAssociationVersion) {
			t.Errorf("two updates of one version are answered %v", errs)
		}
		updated, err := r.Association(here, defaultAssociation(here).ID)
		if all := r.Associations(here); err != nil || updated.Version != 2 || len(all) != 2 {
			t.Errorf("there are %d, and the updated one is %+v, %v", len(all), updated.Association, err)
		}
	})
}

func TestNoDefaultAssociation(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{NoDefaultAssociation: true})
	if all := r.Associations(here); len(all) != 0 {
		t.Errorf("there are %v", all)
	}
	if err := r.DeleteAssociation(ctx, here, defaultAssociation(here).ID); !errors.Is(err, muster.ErrNoAssociation("")) {
		t.Errorf("deleted what is not there: %v", err)
	}
}

// TestWhatNodesToldIsForgotten: an association that is gone, and a node that is gone, leave nothing behind.
func TestWhatNodesToldIsForgotten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{})
	a, err := r.CreateAssociation(ctx, here, everyNode())
	if err != nil {
		t.Fatal(err)
	}
	stays := defaultAssociation(here).ID
	const nodes = expiryStep + 1 // two steps
	nodeID := func(n int) muster.NodeID { return muster.NodeID(fmt.Sprintf("i-%017d", n)) }
	var told []muster.Change
	for n := range nodes {
		told = append(told, muster.Change{Key: muster.NodeKey{Space: here, Node: nodeID(n)}, Value: &muster.Node{Registered: r.now()}})
		for _, association := range []muster.AssociationID{a.ID, stays} {
			told = append(told, muster.Change{
				Key: muster.ExecutionKey{Space: here, Node: nodeID(n), Association: association}, Value: &muster.Execution{Status: muster.ExecutionSuccess, Succeeded: 1},
			})
		}
	}
	told = append(told, muster.Change{Key: muster.ExecutionKey{Space: here, Node: "i-gone", Association: stays}, Value: &muster.Execution{}})
	if err := r.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) { return told, nil }}); err != nil {
		t.Fatal(err)
	}
	if err := r.DeleteAssociation(ctx, here, a.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.forgetExecutions(ctx); err != nil {
		t.Fatal(err)
	}
	for n := range nodes {
		id := nodeID(n)
		if _, ok := r.Execution(here, id, a.ID); ok {
			t.Fatalf("%s has still told of %s", id, a.ID)
		}
		if _, ok := r.Execution(here, id, stays); !ok {
			t.Fatalf("%s has not told of %s", id, stays)
		}
	}
	if _, ok := r.Execution(here, "i-gone", stays); ok {
		t.Error("what a node told that is gone is still there")
	}
	if o := r.Overviews(here, r.Associations(here)); o[0].Counts[muster.ExecutionSuccess] != nodes || o[0].Succeeded != 1 {
		t.Errorf("the overview is %v", o)
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	for schedule, want := range map[string]struct{ ok, strict bool }{
		"rate(1 minute)":          {true, false},
		"rate(30 minutes)":        {true, true},
		"rate(1 hours)":           {true, true},
		"rate(2 days)":            {true, true},
		"rate(0 minutes)":         {},
		"rate(1 week)":            {},
		"rate(1minute)":           {},
		"rate(9999999 days)":      {},
		" rate(1 hour)":           {},
		"cron(0 2 ? * SUN *)":     {true, true},
		"cron(0 2 ? * 6#3 *)":     {true, true},
		"cron(0/30 * * * ? *)":    {true, true},
		"cron(0 0 2 ? * SUN *)":   {true, true},
		"cron(0 2 ? * SUN)":       {},
		"cron(60 2 ? * SUN *)":    {},
		"cron(a b c d e f)":       {},
		"cron(0 2 ? * SUN * * *)": {},
		"cron(":                   {},
		"at(2030-01-01T00:00:00)": {},
		"@daily":                  {},
	} {
		for strict, ok := range map[bool]bool{false: want.ok, true: want.strict} {
			if err := checkSchedule(schedule, strict); (err == nil) != ok || err != nil && !errors.Is(err, muster.ErrSchedule("", "")) {
				t.Errorf("%q, strict %v: %v", schedule, strict, err)
			}
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	node := targeted{"i-1", []muster.Tag{{Key: "Role", Value: "web"}, {Key: "Env", Value: ""}}}
	target := func(key string, values ...string) muster.Target { return muster.Target{Key: key, Values: values} }
	for _, c := range []struct {
		targets []muster.Target
		in      bool
		kind    int
	}{
		{nil, false, targetsAll},
		{[]muster.Target{target("InstanceIds", "*")}, true, targetsAll},
		{[]muster.Target{target("InstanceIds", "i-0", "i-1")}, true, targetsByID},
		{[]muster.Target{target("InstanceIds", "i-0")}, false, targetsByID},
		{[]muster.Target{target("tag:Role", "db", "web")}, true, targetsByTag},
		{[]muster.Target{target("tag:role", "web")}, false, targetsByTag},
		{[]muster.Target{target("tag:Env", "")}, true, targetsByTag},
		{[]muster.Target{target("tag-key", "Env", "Other")}, true, targetsByTag},
		{[]muster.Target{target("tag-key", "web")}, false, targetsByTag},
		{[]muster.Target{target("tag-key", "Env"), target("tag:Role", "db")}, false, targetsByTag},
		{[]muster.Target{target("tag-key", "Env"), target("InstanceIds", "i-1")}, true, targetsByID},
		{[]muster.Target{target("InstanceIds", "*"), target("tag-key", "Env")}, true, targetsByTag},
	} {
		if got := node.in(c.targets); got != c.in {
			t.Errorf("%v: in %v", c.targets, got)
		}
		if got := kindOf(c.targets); got != c.kind {
			t.Errorf("%v: kind %d, want %d", c.targets, got, c.kind)
		}
	}
}

func TestARunBeginsWithItsFirstReport(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{})
	r.put("i-1")
	id := defaultAssociation(here).ID
	var begun []muster.Nanos
	for _, status := range []string{"Pending", "InProgress", "InProgress", "Success", "InProgress", "Pending", "TimedOut"} {
		r.setClock(time.Minute)
		if err := r.ReportExecution(ctx, here, "i-1", id, muster.Execution{Status: status}); err != nil {
			t.Fatal(err)
		}
		e, _ := r.Execution(here, "i-1", id)
		begun = append(begun, e.Begun)
	}
	for i, want := range []time.Duration{0, 0, 0, 0, 4, 5, 5} {
		if got := begun[i].Time().Sub(begun[0].Time()) / time.Minute; got != want {
			t.Errorf("after report %d the run began in minute %d, want %d", i, got, want)
		}
	}
}

// TestOnlyANodeThatIsThereReportsARun has it deregistered by a call that the committer meets first.
func TestOnlyANodeThatIsThereReportsARun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := context.Background()
		r := newRig(t, Config{})
		n := r.enrol(1, "f")
		id := defaultAssociation(here).ID
		report := func() error {
			return r.ReportExecution(ctx, here, n, id, muster.Execution{Status: muster.ExecutionSuccess})
		}
		errs := r.together(func() error { return r.Deregister(ctx, here, n) }, report)
		if errs[0] != nil || code(errs[1]) != muster.CodeInvalidInstanceID {
			t.Errorf("a deregistration and the report behind it answer %v", errs)
		}
		if got := code(report()); got != muster.CodeInvalidInstanceID {
			t.Errorf("a report after it answers %q", got)
		}
		if e, told := r.Execution(here, n, id); told {
			t.Errorf("kept: %+v", e)
		}
	})
}
