package sim

import (
	"math"
	"testing"

	"muster"
)

// TestChurnMovesWhatItSays gives each kind of churn to half the nodes and looks at which types change, on how many.
func TestChurnMovesWhatItSays(t *testing.T) {
	t.Parallel()
	const nodes = 100
	for _, c := range []struct {
		name  string
		churn Churn
		moved map[muster.TypeName]float64 // part of the nodes whose content is another; types that are not named stay
	}{
		{"nothing", Churn{}, nil},
		{"updated", Churn{Updated: 0.5}, map[muster.TypeName]float64{
			"AWS:Application": 0.5, "AWS:ComplianceItem": 0.5, "AWS:PatchSummary": 0.5, "AWS:File": 0.4, "AWS:WindowsUpdate": 0.07,
			"AWS:AWSComponent": 0.07, "AWS:InstanceInformation": 0.12,
		}},
		{"patched", Churn{Patched: 0.5}, map[muster.TypeName]float64{
			"AWS:Application": 0.5, "AWS:ComplianceItem": 0.5, "AWS:PatchSummary": 0.5, "AWS:File": 0.4, "AWS:WindowsUpdate": 0.07,
			"AWS:AWSComponent": 0.07,
		}},
		{"rebooted", Churn{Rebooted: 0.5}, map[muster.TypeName]float64{
			"AWS:Network": 0.5, "AWS:InstanceInformation": 0.5, "AWS:Service": 0.5, "AWS:ComplianceItem": 0, "AWS:PatchSummary": 0.5,
		}},
		{"touched", Churn{Touched: 0.5}, map[muster.TypeName]float64{"AWS:File": 0.42}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := New(11, nodes, c.churn)
			var s Scratch
			moved := map[muster.TypeName]float64{}
			for i := range nodes {
				hashes := map[muster.TypeName]muster.ContentHash{}
				for _, it := range f.Report(&s, i, 0) {
					hashes[*it.TypeName] = it.ContentHash
				}
				for _, it := range f.Report(&s, i, 1) {
					if it.ContentHash != hashes[*it.TypeName] {
						moved[*it.TypeName] += 1.0 / nodes
					}
				}
			}
			for _, types := range []map[muster.TypeName]float64{moved, c.moved} {
				for name := range types {
					if got, want := moved[name], c.moved[name]; math.Abs(got-want) > 0.1 {
						t.Errorf("%s moved on %.2f of the nodes, want %.2f", name, got, want)
					}
				}
			}
		})
	}
}

// TestPatchDayIsForTheSamePackages: what a patch day moves on one node, it moves on all that have it; and it moves far less than
// all.
func TestPatchDayIsForTheSamePackages(t *testing.T) {
	t.Parallel()
	const nodes = 150
	f := New(12, nodes, Churn{Patched: 1})
	var s Scratch
	type key struct {
		image int
		name  string
	}
	moves := map[key]bool{}
	total, moved := 0, 0
	for i := range nodes {
		before := versions(f, &s, i, 0)
		for name, after := range versions(f, &s, i, 1) {
			k, is := key{f.image(i).number, name}, before[name] != after
			if was, seen := moves[k]; seen && was != is {
				t.Fatalf("%s moved on some nodes of image %d and not on others", name, k.image)
			}
			moves[k] = is
			total++
			if is {
				moved++
			}
		}
	}
	if part := float64(moved) / float64(total); part < 0.02 || part > 0.15 {
		t.Errorf("a patch day moved %.3f of the packages", part)
	}
}

// TestUpdateMovesFewPackages, about one in thirteen, of which none goes back.
func TestUpdateMovesFewPackages(t *testing.T) {
	t.Parallel()
	const nodes = 100
	f := New(13, nodes, Churn{Updated: 1})
	var s Scratch
	total, moved := 0, 0
	for i := range nodes {
		before := versions(f, &s, i, 0)
		for name, after := range versions(f, &s, i, 1) {
			total++
			if before[name] != after {
				moved++
			}
		}
	}
	if part := float64(moved) / float64(total); part < 0.04 || part > 0.15 {
		t.Errorf("an update moved %.3f of the packages", part)
	}
}

// versions gives each application's versions on the node, in one text.
func versions(f *Fleet, s *Scratch, i, generation int) map[string]string {
	found := map[string]string{}
	for _, it := range f.Report(s, i, generation) {
		if *it.TypeName != "AWS:Application" {
			continue
		}
		for _, e := range it.Content {
			name, _ := e.Get("Name")
			version, _ := e.Get("Version")
			release, _ := e.Get("Release")
			found[name] += version + "-" + release + " "
		}
	}
	return found
}

func TestNodesComeAndGo(t *testing.T) {
	t.Parallel()
	const nodes = 1000
	f := New(14, nodes, Churn{Joined: 0.1}, Churn{Died: 0.2}, Churn{})
	for generation, want := range []struct{ known, alive int }{{1000, 1000}, {1100, 1100}, {1100, 880}, {1100, 880}, {1100, 880}} {
		alive := 0
		for i := range f.Len(generation) {
			if f.Alive(i, generation) {
				alive++
			}
		}
		if f.Len(generation) != want.known || math.Abs(float64(alive-want.alive)) > 40 {
			t.Errorf("generation %d: %d nodes, %d alive; want %d and about %d", generation, f.Len(generation), alive, want.known, want.alive)
		}
	}
	if f.Alive(1050, 0) || !f.Alive(1050, 1) {
		t.Error("node 1050 does not join in generation 1")
	}
	if f.Alive(1100, 100) {
		t.Error("node 1100 joins though nobody does any more")
	}
}
