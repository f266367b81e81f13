package fleet

import (
	"slices"
	"testing"
	"time"

	"muster"
)

func TestSigns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		start := r.now()
		r.put(nodeID(1), item(app, entry("Name", "a")))
		r.put(nodeID(2), described(muster.Terminated))
		r.live(time.Hour)
		r.put(nodeID(1), item(app, entry("Name", "b")))
		for range 2 {
			signs := map[muster.NodeID]Sign{}
			for s := range r.Signs(here) {
				signs[s.Node] = s
			}
			for id, want := range map[muster.NodeID]Sign{
				nodeID(1): {Node: nodeID(1), Registered: muster.NanosOf(start), Heard: muster.NanosOf(start.Add(time.Hour))},
				nodeID(2): {Node: nodeID(2), Registered: muster.NanosOf(start), Heard: muster.NanosOf(start), Gone: true},
			} {
				some := slices.Collect(r.SignsOf(here, nodeID(3), id))
				if signs[id] != want || !slices.Equal(some, []Sign{want}) {
					t.Errorf("%s: %+v and %+v, want %+v", id, signs[id], some, want)
				}
			}
			if len(signs) != 2 {
				t.Errorf("there are %d", len(signs))
			}
			r.reopen()
		}
		if elsewhere := slices.Concat(slices.Collect(r.Signs(there)), slices.Collect(r.SignsOf(there, nodeID(1)))); len(elsewhere) > 0 {
			t.Error("elsewhere there is ", elsewhere)
		}
	})
}

func TestRegions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{})
	r.put(nodeID(1), item(app))
	for _, space := range []muster.Space{there, {Account: "444455556666", Region: "eu-north-1"}} {
		if err := r.Put(t.Context(), space, &Put{Node: nodeID(1), Items: []PutItem{item(app)}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.Regions(here.Account); !slices.Equal(got, []muster.Region{here.Region, there.Region}) {
		t.Errorf("got %v", got)
	}
	if got := r.ReportsByMinute(); got[len(got)-1]+got[len(got)-2] != 3 {
		t.Errorf("the reports are %v", got)
	}
}
