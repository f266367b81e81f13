package fleet

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster"
	"muster/internal/store/storetest"
)

var agentSays = entry("AgentType", "amazon-ssm-agent", "AgentVersion", "3.3.0.0", "ComputerName", "web1", "IpAddress", "192.0.2.10",
	"PlatformName", "Debian GNU/Linux", "PlatformType", "Linux", "PlatformVersion", "12")

func (r *rig) ping(n muster.NodeID, info muster.Entry) {
	r.t.Helper()
	if err := r.Ping(context.Background(), here, n, info); err != nil {
		r.t.Fatalf("ping %s: %v", n, err)
	}
}

// TestStatusFollowsPings walks a node through what the clock and its pings make of it.
func TestStatusFollowsPings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		n := nodeID(1)
		began := r.now()
		expect := func(status muster.InstanceStatus, since time.Duration) {
			t.Helper()
			if got := r.info(n, "InstanceStatus"); got != string(status) {
				t.Errorf("after %v the node is %s, want %s", r.now().Sub(began), got, status)
			}
			if got := r.Snapshot(here).Items(n, muster.TypeInstanceInformation)[0].Captured; got != muster.NewCaptureTime(began.Add(since)) {
				t.Errorf("after %v the description is of %s, want %s", r.now().Sub(began), got, muster.NewCaptureTime(began.Add(since)))
			}
		}
		r.ping(n, agentSays)
		expect(muster.Active, 0)
		time.Sleep(14 * time.Minute)
		r.ping(n, agentSays)
		time.Sleep(15*time.Minute - time.Second)
		expect(muster.Active, 0) // a ping that says the same is no change
		r.put(n, item(app))
		time.Sleep(time.Second + workEvery)
		expect(muster.ConnectionLost, 29*time.Minute) // a put is no ping
		time.Sleep(31*time.Minute - workEvery)
		r.ping(n, agentSays)
		expect(muster.Active, time.Hour)
		time.Sleep(time.Minute)
		r.ping(n, entry("AgentType", "amazon-ssm-agent", "AgentVersion", "3.3.1.0", "PlatformType", "Linux")) // the short form
		expect(muster.Active, 61*time.Minute)
		for name, want := range map[string]string{"AgentVersion": "3.3.1.0", "ComputerName": "web1", "ResourceType": "ManagedInstance"} {
			if got := r.info(n, name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		r.same()
	})
}

// TestPingsAfterARestart has the store know less than the memory did.
func TestPingsAfterARestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		alive, lost, gone := nodeID(1), nodeID(2), nodeID(3)
		for _, n := range []muster.NodeID{alive, lost, gone} {
			r.ping(n, agentSays)
		}
		for range 4 {
			time.Sleep(10 * time.Minute)
			r.ping(alive, agentSays)
			r.ping(lost, agentSays)
		}
		time.Sleep(5 * time.Minute)
		r.reopen()
		if got := r.lastPing(alive); r.now().Sub(got) != 45*time.Minute {
			t.Errorf("the store has the last ping of %v ago", r.now().Sub(got))
		}
		for _, n := range []muster.NodeID{alive, lost, gone} { // who knows when they pinged last
			if got := r.info(n, "InstanceStatus"); got != "Active" {
				t.Errorf("at once %s is %s", n, got)
			}
		}
		time.Sleep(5 * time.Minute)
		r.ping(alive, agentSays)
		time.Sleep(10*time.Minute + workEvery)
		for n, want := range map[muster.NodeID]string{alive: "Active", lost: "ConnectionLost", gone: "ConnectionLost"} {
			if got := r.info(n, "InstanceStatus"); got != want {
				t.Errorf("a quarter of an hour later %s is %s, want %s", n, got, want)
			}
		}
		time.Sleep(muster.PingLag) // beyond which the store is never wrong
		r.ping(alive, agentSays)
		r.reopen()
		for n, want := range map[muster.NodeID]string{alive: "Active", lost: "ConnectionLost", gone: "ConnectionLost"} {
			if got := r.info(n, "InstanceStatus"); got != want {
				t.Errorf("after another start %s is %s, want %s", n, got, want)
			}
		}
	})
}

func (r *rig) lastPing(n muster.NodeID) time.Time {
	r.t.Helper()
	record, _ := r.Node(here, n)
	if record.Ping == nil {
		r.t.Fatalf("%s has never pinged", n)
	}
	return record.Ping.Last
}

// TestPingIsCheap has a ping that says nothing new reach the store once an hour, and not at all where a put takes it along.
func TestPingIsCheap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.ping(nodeID(1), agentSays)
		r.ping(nodeID(2), agentSays)
		r.put(nodeID(2), item(app)) // a new type has its splits written first
		before := r.Snapshot(here).Position()
		for range 24 {
			time.Sleep(5 * time.Minute)
			r.ping(nodeID(1), agentSays)
			r.ping(nodeID(2), agentSays)
			if r.now().Minute()%30 == 0 {
				r.put(nodeID(2), item(app))
			}
		}
		if got := r.Snapshot(here).Position() - before; got != 2+4 {
			t.Errorf("in two hours two nodes that ping took %d commits, four of which were puts", got)
		}
		stored := r.lastPing(nodeID(1))
		r.reopen()
		if got := r.lastPing(nodeID(1)); got != stored {
			t.Errorf("the node that pinged last at %v is loaded as of %v", stored, got)
		}
	})
}

// TestPingsAndPuts has what was put lie under what is said by ping.
func TestPingsAndPuts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		n := nodeID(1)
		r.put(n, item(muster.TypeInstanceInformation, entry("ComputerName", "put", "IamRole", "role", "PlatformName", "put", "InstanceStatus", "Stopped", "ResourceType", "Container")))
		r.ping(n, entry("ComputerName", "pinged", "PlatformName", ""))
		expect := func(when string, want map[string]string) {
			t.Helper()
			for name, want := range want {
				if got := r.info(n, name); got != want {
					t.Errorf("%s, %s is %q, want %q", when, name, got, want)
				}
			}
			r.same()
		}
		expect("pinged over a put", map[string]string{"ComputerName": "pinged", "IamRole": "role", "PlatformName": "put", "InstanceStatus": "Active", "ResourceType": "ManagedInstance"})
		r.put(n, item(muster.TypeInstanceInformation, entry("ComputerName", "again", "PlatformName", "again", "InstanceStatus", "Terminated")))
		expect("put over a ping", map[string]string{"ComputerName": "pinged", "IamRole": "", "PlatformName": "again", "InstanceStatus": "Active"})
		r.live(29 * day)
		r.ping(n, entry("ComputerName", "pinged"))
		r.live(2 * day)
		expect("when the put has expired", map[string]string{"ComputerName": "pinged", "PlatformName": "", "InstanceStatus": "ConnectionLost"})
	})
}

func TestPingIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		ctx := context.Background()
		n := nodeID(1)
		r.ping(n, agentSays)
		if err := r.Put(ctx, here, &Put{Node: n, Items: []PutItem{described(muster.Terminated)}, Admin: true}); err != nil {
			t.Fatal(err)
		}
		if got := r.info(n, "InstanceStatus"); got != "Terminated" {
			t.Errorf("the node that an administrator has terminated is %s", got)
		}
		for _, info := range []muster.Entry{agentSays, entry("ComputerName", "other")} {
			if got := code(r.Ping(ctx, here, n, info)); got != muster.CodeInvalidInstanceID {
				t.Errorf("its ping answers %q", got)
			}
		}
		r.same()
		r.config.ClosedRegistration = true
		r.reopen()
		if got := code(r.Ping(ctx, here, nodeID(2), agentSays)); got != muster.CodeInvalidInstanceID {
			t.Errorf("the ping of a node that nobody has registered answers %q", got)
		}
	})
}

// TestPingOnASickDisk has nodes stay alive while nothing can be written.
func TestPingOnASickDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.ping(nodeID(1), agentSays)
		r.disk.Fail(storetest.Unwritable)
		time.Sleep(10 * time.Minute)
		r.ping(nodeID(1), agentSays)
		time.Sleep(10 * time.Minute)
		if got := r.info(nodeID(1), "InstanceStatus"); got != "Active" {
			t.Errorf("the node is %s", got)
		}
		if err := r.Ping(context.Background(), here, nodeID(1), entry("ComputerName", "new")); err == nil {
			t.Error("what is new was taken though it could not be kept")
		}
		r.disk.Mend()
	})
}

// TestANodeThatPingsIsKept has the silent one go, and only that.
func TestANodeThatPingsIsKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.ping(nodeID(1), agentSays)
		r.ping(nodeID(2), agentSays)
		r.live(29 * day)
		r.ping(nodeID(1), agentSays)
		r.live(2 * day)
		if kept, gone := r.holds(nodeID(1)), r.holds(nodeID(2)); kept != "AWS:InstanceInformation" || gone != "" {
			t.Errorf("the one that pings holds %q, the other %q", kept, gone)
		}
		r.same()
	})
}

// TestAPingThatLacksSomethingIsCheap too: what it lacks stays as it was, so it says nothing new.
func TestAPingThatLacksSomethingIsCheap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var commits atomic.Int64
		r := newRig(t, Config{ObserveCommit: func(calls int, _ time.Duration) { commits.Add(int64(calls)) }})
		n := nodeID(1)
		r.ping(n, agentSays)
		less := agentSays.Without("IpAddress")
		before := commits.Load()
		for range 11 {
			time.Sleep(5 * time.Minute)
			r.ping(n, less)
		}
		if got := commits.Load() - before; got != 1 {
			t.Errorf("in an hour the pings took %d commits", got)
		}
		r.ping(n, less.With("AgentVersion", "3.3.1.0"))
		r.ping(n, less)
		if got := r.info(n, "AgentVersion"); got != "3.3.0.0" {
			t.Errorf("what it said before, said again after something else, is taken for known: %s", got)
		}
		r.same()
	})
}

// TestAClockThatWasAhead is set back by two days, and the node that pinged last by the wrong time is missed all the same.
func TestAClockThatWasAhead(t *testing.T) {
	for name, then := range map[string]func(r *rig){
		"at once":         func(*rig) {},
		"after a restart": (*rig).reopen,
		"after a put":     func(r *rig) { r.work(); r.put(nodeID(1), item(app)); r.reopen() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				r := newRig(t, Config{})
				r.setClock(2 * day)
				r.ping(nodeID(1), agentSays)
				r.setClock(-2 * day)
				then(r)
				time.Sleep(15*time.Minute + 2*workEvery)
				if got := r.info(nodeID(1), "InstanceStatus"); got != "ConnectionLost" {
					t.Errorf("the node is %s", got)
				}
				if got := r.lastPing(nodeID(1)); got.After(r.now()) {
					t.Errorf("its last ping is to come: %v", got)
				}
			})
		})
	}
}

// TestPingsAtOnce has the latest of many times stand.
func TestPingsAtOnce(t *testing.T) {
	t.Parallel()
	const last = 1 << 20
	var n node
	var all sync.WaitGroup
	for c := range muster.Nanos(8) {
		all.Go(func() {
			for at := c; at <= last; at += 8 {
				n.heardAt(at)
				if got := muster.Nanos(n.pinged.Load()); got < at {
					t.Errorf("heard at %d, and then at %d", at, got)
					return
				}
			}
		})
	}
	all.Wait()
	if got := n.pinged.Load(); got != last {
		t.Errorf("heard at %d last, want %d", got, last)
	}
}
