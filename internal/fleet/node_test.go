package fleet

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"muster"
)

func TestStatusFollowsReports(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		reported := r.now()
		r.put(nodeID(1), item(app))
		expect := func(status muster.InstanceStatus, captured time.Time) {
			t.Helper()
			if got := r.info(nodeID(1), "InstanceStatus"); got != string(status) {
				t.Errorf("at %v the node is %s, want %s", r.now().Sub(reported), got, status)
			}
			if got := r.Snapshot(here).Items(nodeID(1), muster.TypeInstanceInformation)[0].Captured; got != muster.NewCaptureTime(captured) {
				t.Errorf("at %v the description is of %s", r.now().Sub(reported), got)
			}
		}
		expect(muster.Active, reported)
		time.Sleep(75*time.Minute - time.Second)
		expect(muster.Active, reported)
		time.Sleep(time.Second + workEvery)
		expect(muster.ConnectionLost, reported.Add(75*time.Minute))
		r.put(nodeID(1), again(item(app)))
		expect(muster.Active, reported)
		time.Sleep(80 * time.Minute)
		r.reopen()
		expect(muster.ConnectionLost, reported.Add(75*time.Minute+workEvery+75*time.Minute))
		r.same()
	})
}

func TestDescription(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{Retention: 5 * time.Hour})
		info := item(muster.TypeInstanceInformation, entry("ComputerName", "host", "InstanceStatus", "stopped", "InstanceId", "i-0123456789abcdef0", "ResourceType", "Container"))
		r.put(nodeID(1), info)
		for name, want := range map[string]string{
			"ComputerName": "host", "InstanceStatus": "Stopped", "InstanceId": string(nodeID(1)), "ResourceType": "Container",
		} {
			if got := r.info(nodeID(1), name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		later := again(info)
		later.Captured = "2026-03-04T05:06:08Z"
		r.put(nodeID(1), later)
		r.same() // the time has moved on, too
		time.Sleep(3 * time.Hour)
		r.put(nodeID(1), item(app))
		if got := r.info(nodeID(1), "InstanceStatus"); got != "Stopped" {
			t.Errorf("the status that was given is %s after a while and a report", got)
		}
		r.same()

		time.Sleep(2*time.Hour + 50*time.Minute) // the description expires
		r.put(nodeID(1), item(app))
		if status, name := r.info(nodeID(1), "InstanceStatus"), r.info(nodeID(1), "ComputerName"); status != "Active" || name != "" {
			t.Errorf("after its description is gone the node is %s, named %q", status, name)
		}
		r.put(nodeID(1), item(muster.TypeInstanceInformation, entry("InstanceStatus", "Dizzy")))
		if got := r.info(nodeID(1), "InstanceStatus"); got != "Active" {
			t.Errorf("with a status that AWS does not know the node is %s", got)
		}
		r.put(nodeID(1), item(muster.TypeInstanceInformation))
		if got := r.info(nodeID(1), "ResourceType"); got != "ManagedInstance" {
			t.Errorf("described by nothing the node is a %s", got)
		}
		r.same()
	})
}

func TestTerminated(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		n := nodeID(1)
		r.put(n, described(muster.Terminated), item(app))
		for _, c := range []struct {
			name  string
			admin bool
			items []PutItem
			want  muster.Code
		}{
			{"a node reports", false, []PutItem{item(app)}, muster.CodeInvalidInstanceID},
			{"a node says it is active", false, []PutItem{described(muster.Active)}, muster.CodeInvalidInstanceID},
			{"an administrator puts something else", true, []PutItem{item(app)}, muster.CodeInvalidInstanceID},
			{"an administrator says so again", true, []PutItem{described(muster.Terminated)}, muster.CodeInvalidInstanceID},
			{"an administrator sends the hash", true, []PutItem{again(described(muster.Terminated))}, muster.CodeInvalidInstanceID},
			{"before the content is looked at", false, []PutItem{item("AWS:Nonsense")}, muster.CodeInvalidInstanceID},
			{"an administrator brings it back", true, []PutItem{described(muster.Stopped), item(app)}, ""},
			{"a node reports again", false, []PutItem{item(app)}, ""},
		} {
			if got := code(r.Put(context.Background(), here, &Put{Node: n, Items: c.items, Admin: c.admin})); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
			r.reopen()
		}
		if got := r.info(n, "InstanceStatus"); got != "Stopped" {
			t.Errorf("brought back, the node is %s", got)
		}

		errs := r.together( // what is known before the commit is not what counts
			func() error { return r.tryPut(n, described(muster.Terminated)) },
			func() error { return r.tryPut(n, item(app)) },
		)
		if errs[0] != nil || code(errs[1]) != muster.CodeInvalidInstanceID {
			t.Errorf("a termination and the report behind it answer %v", errs)
		}
	})
}

func TestClosedRegistration(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.put(nodeID(1), item(app))
		r.config.ClosedRegistration = true
		r.reopen()
		if err := r.tryPut(nodeID(1), item(app)); err != nil {
			t.Errorf("a node that is known: %v", err)
		}
		if got := code(r.tryPut(nodeID(2), item(app))); got != muster.CodeInvalidInstanceID {
			t.Errorf("a node that is not known: %q", got)
		}
	})
}

func TestSuspectedClone(t *testing.T) {
	const hour, day = time.Hour, 24 * time.Hour
	type report struct {
		after time.Duration
		host  string
	}
	for name, c := range map[string]struct {
		reports []report
		want    bool
	}{
		"one host":                      {[]report{{0, "a"}, {hour, "a"}, {hour, "a"}}, false},
		"a reinstallation":              {[]report{{0, "a"}, {hour, "b"}, {hour, "b"}}, false},
		"two hosts take turns":          {[]report{{0, "a"}, {hour, "b"}, {hour, "a"}}, true},
		"hosts that do not tell":        {[]report{{0, ""}, {hour, ""}, {hour, "a"}, {hour, ""}, {hour, "a"}}, false},
		"one that does not tell aside":  {[]report{{0, "a"}, {hour, ""}, {hour, "b"}, {hour, ""}, {hour, "a"}}, true},
		"back within a week":            {[]report{{0, "a"}, {hour, "b"}, {7*day - 2*hour, "a"}}, true},
		"back after a week":             {[]report{{0, "a"}, {hour, "b"}, {7 * day, "a"}}, false},
		"the replaced one reports late": {[]report{{0, "a"}, {6 * day, "a"}, {hour, "b"}, {6 * day, "a"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				r := newRig(t, Config{})
				for _, rep := range c.reports {
					r.setClock(rep.after)
					p := &Put{Node: nodeID(1), Items: []PutItem{item(app)}, Reporter: rep.host}
					if err := r.Put(context.Background(), here, p); err != nil {
						t.Fatal(err)
					}
				}
				if got := r.info(nodeID(1), "SuspectedClone") == "true"; got != c.want {
					t.Errorf("suspected: %v", got)
				}
				if got := r.log.count("machine id was cloned") > 0; got != c.want {
					t.Errorf("logged: %v", got)
				}
			})
		})
	}
}

func TestSuspicionEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{LostAfter: 365 * 24 * time.Hour})
		for _, host := range []string{"a", "b", "a"} {
			if err := r.Put(context.Background(), here, &Put{Node: nodeID(1), Items: []PutItem{item(app)}, Reporter: host}); err != nil {
				t.Fatal(err)
			}
		}
		r.live(7*24*time.Hour - time.Minute)
		if got := r.info(nodeID(1), "SuspectedClone"); got != "true" || r.Census().Clones != 1 {
			t.Errorf("within a week the suspicion is %q, and %d are counted", got, r.Census().Clones)
		}
		r.config.Strict = true
		r.reopen()
		if got := r.info(nodeID(1), "SuspectedClone"); got != "" {
			t.Errorf("--strict shows an attribute that AWS does not have: %q", got)
		}
		r.config.Strict = false
		r.reopen()
		r.live(time.Minute)
		synctest.Wait()
		if got := r.info(nodeID(1), "SuspectedClone"); got != "" || r.Census().Clones != 0 {
			t.Errorf("after a week the suspicion is %q, and %d are counted", got, r.Census().Clones)
		}
		r.same()
	})
}
