package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"muster"
)

// enrol registers a machine of the fingerprint. Its key is made up: nothing here signs with it.
func (r *rig) enrol(key int, fingerprint string) muster.NodeID {
	r.t.Helper()
	id, err := r.Register(context.Background(), here, "Fleet", nil, Machine{madeUpKey(r.t, key), fingerprint})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) suspected(n muster.NodeID) bool { return r.info(n, "SuspectedClone") == "true" }

// TestAMachineThatRegistersAgainIsNoClone has it be one when its former self is heard of after that.
func TestAMachineThatRegistersAgainIsNoCloneForLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		former := r.enrol(1, "f")
		r.ping(former, agentSays)
		time.Sleep(time.Minute)
		latter := r.enrol(2, "f")
		time.Sleep(time.Minute)
		r.ping(latter, agentSays)
		r.put(latter, item(app))
		expect := func(when string, want bool) {
			t.Helper()
			for _, n := range []muster.NodeID{former, latter} {
				if got := r.suspected(n); got != want {
					t.Errorf("%s %s is suspected: %v", when, n, got)
				}
			}
			if got := r.Census().Clones; got != map[bool]int{true: 2}[want] {
				t.Errorf("%s %d clones are counted", when, got)
			}
		}
		expect("registered again,", true)
		r.same()
		r.live(cloneMemory)
		r.ping(latter, agentSays)
		r.work()
		expect("a week after it registered again,", false)
		r.same()
		time.Sleep(time.Minute)
		r.ping(former, agentSays) // says nothing new, so it is in memory alone
		r.work()
		expect("when the former one pings,", true)
		r.put(former, item(app)) // which makes it durable
		r.same()
		r.live(cloneMemory - 2*workEvery)
		expect("within a week", true)
		r.live(3 * workEvery)
		expect("after a week", false)
	})
}

// TestAPutTellsOfACloneAtOnce has no background look before.
func TestAPutTellsOfACloneAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		first, second := r.enrol(1, "f"), r.enrol(2, "f")
		time.Sleep(time.Second)
		third := r.enrol(3, "f")
		time.Sleep(time.Second)
		for _, n := range []muster.NodeID{first, second} {
			r.put(n, item(app))
			if !r.suspected(n) {
				t.Errorf("%s was heard of after %s was registered, and is not suspected", n, third)
			}
		}
		ctx := context.Background()
		for _, n := range []muster.NodeID{first, third} {
			if err := r.Deregister(ctx, here, n); err != nil {
				t.Fatal(err)
			}
		}
		if r.suspected(second) {
			t.Error("the only one that is left is suspected")
		}
		r.same()
	})
}

// TestClones holds random lives of machines of few fingerprints against the rule as it is said: a host has clones if one of its nodes
// was registered within a week after an older one, or heard of within a week after a younger one was registered.
func TestClones(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 4))
				r := newRig(t, Config{})
				var all []muster.NodeID
				for i := range 60 {
					time.Sleep(time.Duration(1+random.IntN(1000)) * time.Second)
					switch n := random.IntN(12); {
					case n < 4 || len(all) == 0:
						all = append(all, r.enrol(i, pick(random, "f", "g", "h")))
					case n < 6:
						r.ping(pick(random, all...), agentSays)
					case n < 8:
						r.put(pick(random, all...), item(app))
					case n < 9:
						r.setClock(time.Duration(random.IntN(5)) * 24 * time.Hour)
					case n < 10:
						r.reopen()
					default:
						at := random.IntN(len(all))
						if err := r.Deregister(context.Background(), here, all[at]); err != nil {
							t.Fatal(err)
						}
						all = append(all[:at:at], all[at+1:]...)
					}
					r.work()
					for _, id := range all {
						if got, want := r.suspected(id), r.hasClones(id, all); got != want {
							t.Fatalf("after %d steps %s is suspected: %v, want %v", i+1, id, got, want)
						}
					}
				}
			})
		})
	}
}

func (r *rig) hasClones(id muster.NodeID, all []muster.NodeID) bool {
	of, _ := r.Node(here, id)
	for _, older := range all {
		for _, younger := range all {
			a, _ := r.Node(here, older)
			b, _ := r.Node(here, younger)
			if a.Registration.Fingerprint == of.Registration.Fingerprint && b.Registration.Fingerprint == of.Registration.Fingerprint &&
				a.Registered.Before(b.Registered) && (r.now().Sub(b.Registered) < cloneMemory || a.LastSign().After(b.Registered) && r.now().Sub(a.LastSign()) < cloneMemory) {
				return true
			}
		}
	}
	return false
}
