package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// golden is the SHA-256 of the reports of a small fleet. It changes when the generator or the vocabulary does: then the fleets of
// older measurements are others than today's, and CHANGELOG.md has to say so.
const golden = "85917a4f53b487ead867c9eddf0b423aaa00e3bdb9422d47738bc67eb4b82ff1"

func TestReportsAreReproducible(t *testing.T) {
	t.Parallel()
	churn := []Churn{{Updated: 0.5, Touched: 0.2}, {Patched: 0.5, Rebooted: 0.5, Joined: 0.1, Died: 0.1}}
	sum := sha256.New()
	f := New(7, 30, churn...)
	var s Scratch
	for generation := range 4 {
		for i := range f.Len(generation) {
			_, items, _ := strings.Cut(strings.TrimSuffix(written(f.Report(&s, i, generation)), "}"), `"Items":`)
			sum.Write([]byte(items))
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != golden {
		t.Errorf("the reports have the hash\n%s, not\n%s", got, golden)
	}
}

// TestReportAloneIsTheSame: any node can be made again, by another fleet value, in any order, with used memory or without.
func TestReportAloneIsTheSame(t *testing.T) {
	t.Parallel()
	churn := Churn{Updated: 0.3, Patched: 0.3, Rebooted: 0.3, Touched: 0.3, Joined: 0.05, Died: 0.05}
	f, g := New(3, 50, churn), New(3, 50, churn)
	var used Scratch
	for _, i := range []int{49, 3, 3, 55, 17} {
		for _, generation := range []int{6, 0, 3} {
			if i >= f.Len(generation) {
				continue
			}
			var fresh Scratch
			a, b := written(f.Report(&used, i, generation)), written(g.Report(&fresh, i, generation))
			if a != b {
				t.Errorf("node %d, generation %d: two reports differ", i, generation)
			}
		}
	}
	var s Scratch
	if written(New(4, 50).Report(&s, 3, 0)) == written(f.Report(&used, 3, 0)) {
		t.Error("another seed made the same node")
	}
}

// TestStringsOutliveTheScratch: a server in the same process keeps them.
func TestStringsOutliveTheScratch(t *testing.T) {
	t.Parallel()
	f := New(5, 20)
	var s Scratch
	var kept []muster.Entry
	for _, it := range f.Report(&s, 0, 0) {
		for _, e := range it.Content {
			kept = append(kept, slices.Clone(e))
		}
	}
	before := encode(t, kept)
	for i := range 20 {
		f.Report(&s, i, 0)
	}
	if encode(t, kept) != before {
		t.Error("a later report overwrote the strings of an earlier one")
	}
}

// TestReportsAreValid holds every report to what a server may refuse: the model's constraints, the catalogue, AWS's sizes.
func TestReportsAreValid(t *testing.T) {
	t.Parallel()
	check := ssmapi.Checker[ssmapi.PutInventoryInput]()
	const nodes = 120
	f := New(1, nodes)
	var s Scratch
	for i := range nodes {
		id := f.Node(i).ID
		items := f.Report(&s, i, 0)
		in := &ssmapi.PutInventoryInput{InstanceId: &id, Items: items}
		if err := check(in); err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		for _, it := range items {
			if !schema.ValidTypeName(*it.TypeName) || !it.TypeName.Custom() && !schema.SupportsVersion(*it.TypeName, *it.SchemaVersion) {
				t.Errorf("node %d: %s %s is not in the catalogue", i, *it.TypeName, *it.SchemaVersion)
			}
			for _, e := range it.Content {
				for n, field := range e {
					if n > 0 && field.Name <= e[n-1].Name {
						t.Fatalf("node %d: %s: attribute %s follows %s", i, *it.TypeName, field.Name, e[n-1].Name)
					}
					if !it.TypeName.Custom() && !schema.HasAttribute(*it.TypeName, field.Name) {
						t.Fatalf("node %d: %s has no attribute %s", i, *it.TypeName, field.Name)
					}
				}
			}
		}
		if size := len(written(items)); int64(size) > muster.StrictLimits.CallBytes {
			t.Errorf("node %d: %d bytes", i, size)
		}
	}
}

// TestHashesFollowTheContent: between any two reports of a node, a type's hash is the same exactly if its content is.
func TestHashesFollowTheContent(t *testing.T) {
	t.Parallel()
	const nodes = 24
	f := New(2, nodes, Churn{Updated: 0.3, Patched: 0.2, Rebooted: 0.2, Touched: 0.2})
	var s Scratch
	same, other := 0, 0
	for i := range nodes {
		contents := map[muster.TypeName]string{}
		hashes := map[muster.TypeName]muster.ContentHash{}
		for generation := range 5 {
			for _, it := range f.Report(&s, i, generation) {
				content := written([]ssmapi.InventoryItem{{
					TypeName: it.TypeName, SchemaVersion: it.SchemaVersion, CaptureTime: new(muster.CaptureTime), Content: it.Content,
				}})
				if generation > 0 {
					sameContent, sameHash := contents[*it.TypeName] == content, hashes[*it.TypeName] == it.ContentHash
					if sameContent != sameHash {
						t.Fatalf("node %d, generation %d, %s: content the same: %v, hash: %v", i, generation, *it.TypeName, sameContent, sameHash)
					}
					if sameContent {
						same++
					} else {
						other++
					}
				}
				contents[*it.TypeName], hashes[*it.TypeName] = content, it.ContentHash
			}
		}
	}
	if same == 0 || other == 0 {
		t.Errorf("%d contents stayed, %d changed", same, other)
	}
}

func TestNodeIDsAreUnique(t *testing.T) {
	t.Parallel()
	const nodes = 20_000
	f := New(9, nodes)
	seen := make(map[muster.NodeID]bool, nodes)
	for i := range nodes {
		id := f.Node(i).ID
		if bare := strings.TrimPrefix(strings.TrimPrefix(string(id), "mi-"), "i-"); seen[id] || len(bare) != 17 {
			t.Fatalf("node %d: %s", i, id)
		}
		seen[id] = true
	}
}

// written is a report as it is sent, which is several times as fast as encode.
func written(items []ssmapi.InventoryItem) string { return string(appendPut(nil, "", items)) }

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
