package sim

import (
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"

	"muster"
)

// TestShape holds a fleet of 500 nodes to the shape that the measurements are made with.
func TestShape(t *testing.T) {
	t.Parallel()
	const nodes = 500
	f := New(1, nodes)
	var s Scratch
	var entries, apps, bytes, weighed, twice int
	names, rows, installed := map[string]int{}, map[uint64]bool{}, map[string]bool{}
	byPlatform := map[PlatformType]int{}
	images, onNode := map[int]bool{}, map[string]bool{}
	for i := range nodes {
		byPlatform[f.Node(i).Platform]++
		images[f.image(i).number] = true
		items := f.Report(&s, i, 0)
		if len(items) != 10 {
			t.Fatalf("node %d has %d types", i, len(items))
		}
		if i%5 == 0 {
			bytes += len(written(items))
			weighed++
		}
		clear(onNode)
		for _, it := range items {
			entries += len(it.Content)
			if *it.TypeName != "AWS:Application" {
				continue
			}
			apps += len(it.Content)
			for _, e := range it.Content {
				name, _ := e.Get("Name")
				if onNode[name] {
					twice++
				} else {
					onNode[name] = true
					names[name]++
				}
				at, _ := e.Get("InstalledTime")
				installed[at] = true
				rows[stableHash(e)] = true
			}
		}
	}
	common, rare := 0, 0
	for _, n := range names {
		if n > nodes/5 {
			common++
		}
		if n <= 2 {
			rare++
		}
	}
	for _, c := range []struct {
		what      string
		got       float64
		low, high float64
	}{
		{"images", float64(len(images)), 30, 30},
		{"Windows nodes", float64(byPlatform[Windows]) / nodes, 0.12, 0.18},
		{"entries a node", float64(entries) / nodes, 585, 625},
		{"applications a node", float64(apps) / nodes, 390, 410},
		{"bytes a node", float64(bytes) / float64(weighed), 365_000, 395_000},
		{"application names", float64(len(names)), 15_000, 18_500},
		{"stable rows a name", float64(len(rows)) / float64(len(names)), 2, 3},
		{"names on a fifth of the nodes", float64(common), 150, 500},
		{"names on one or two nodes", float64(rare) / float64(len(names)), 0.5, 0.8},
		{"names twice on a node", float64(twice) / nodes, 0.5, 1.5},
		{"distinct times of installation", float64(len(installed)) / float64(apps), 0.9, 1},
	} {
		t.Logf("%s: %.2f", c.what, c.got)
		if c.got < c.low || c.got > c.high {
			t.Errorf("%s: %.2f, want %.2f to %.2f", c.what, c.got, c.low, c.high)
		}
	}
}

// stableHash is of the attributes that many nodes share.
func stableHash(e muster.Entry) uint64 {
	var h uint64
	for _, f := range e {
		if f.Name != "InstalledTime" {
			h = mix(h^uint64(len(f.Name))) ^ xxhash.Sum64String(f.Value)
		}
	}
	return h
}

// TestNamesDifferByMoreThanCase: a server that folds case would count two packages as one, and a check of its counts by name
// would be wrong about it.
func TestNamesDifferByMoreThanCase(t *testing.T) {
	t.Parallel()
	f := New(1, 1)
	spelling := map[string]string{}
	for _, c := range f.catalogues {
		for _, p := range c.packages {
			folded := strings.ToLower(p.name)
			if first, ok := spelling[folded]; ok && first != p.name {
				t.Errorf("%s and %s", first, p.name)
			}
			spelling[folded] = p.name
		}
	}
	t.Logf("%d names in all", len(spelling))
}
