package index

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"muster"
)

var fleetNodes = flag.Int("nodes", 10_000, "the size of the fleet that benchmarks use")

// fleet makes nodes as real ones are: of some thirty images with some 380 packages each, with extras of their own by a Zipf law,
// patched to different levels. It numbers dictionary rows as a store does.
type fleet struct {
	index  *Index
	r      *rand.Rand
	extras *rand.Zipf
	images [][]int // package numbers
	rows   map[muster.TypeName]map[int]muster.RowID
	fresh  []muster.Row
}

const (
	application = muster.TypeName("AWS:Application")
	service     = muster.TypeName("AWS:Service")
)

func newFleet(nodes int) *fleet {
	f := emptyFleet()
	b := f.index.BeginLoad()
	f.add(b, 0, nodes)
	b.Publish(muster.Position(nodes))
	return f
}

func emptyFleet() *fleet {
	f := &fleet{index: New(), r: rand.New(rand.NewPCG(1, 1)), rows: map[muster.TypeName]map[int]muster.RowID{application: {}, service: {}}}
	f.extras = rand.NewZipf(f.r, 1.1, 8, 60_000)
	for range 30 {
		f.images = append(f.images, f.r.Perm(3000)[:380])
	}
	return f
}

// add puts in the nodes from one number up to but not including another.
func (f *fleet) add(b *Batch, from, to int) {
	for n := from; n < to; n++ {
		f.describe(b, n)
		f.put(b, n, application, f.applications(n))
		f.put(b, n, service, f.services(n))
	}
}

func nodeID(n int) muster.NodeID { return muster.NodeID(fmt.Sprintf("mi-%017x", n*2654435761)) }

// image favours the low numbers.
func (f *fleet) image(n int) int { return min(n%30, n/30%30) }

func (f *fleet) describe(b *Batch, n int) {
	platform := []string{"Linux", "Linux", "Windows"}[f.image(n)%3]
	b.Describe(nodeID(n), "1.0", "2026-01-02T03:04:05Z", muster.NewEntry([]muster.Field{
		{Name: "InstanceId", Value: string(nodeID(n))},
		{Name: "ComputerName", Value: fmt.Sprintf("host-%06d.example.com", n)},
		{Name: "IpAddress", Value: fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)},
		{Name: "PlatformType", Value: platform},
		{Name: "PlatformName", Value: fmt.Sprintf("%s %d", platform, f.image(n)%7)},
		{Name: "PlatformVersion", Value: fmt.Sprint(f.image(n) % 11)},
		{Name: "AgentType", Value: "amazon-ssm-agent"},
		{Name: "AgentVersion", Value: fmt.Sprintf("3.3.%d.0", n%40)},
		{Name: "ResourceType", Value: "ManagedInstance"},
		{Name: "InstanceStatus", Value: []string{"Active", "Active", "Active", "ConnectionLost"}[n%4]},
	}))
}

// applications gives the row numbers of what is installed: the image's packages, the most recent patches for three nodes in four,
// and twenty more.
func (f *fleet) applications(n int) []muster.RowID {
	var rows []muster.RowID
	for _, p := range f.images[f.image(n)] {
		version := p % 3
		if n%4 > 0 && p%5 == 0 {
			version += n % 4
		}
		rows = append(rows, f.application(p, version))
	}
	for range 20 {
		rows = append(rows, f.application(3000+int(f.extras.Uint64()), f.r.IntN(6)))
	}
	return rows
}

func (f *fleet) application(p, version int) muster.RowID {
	return f.row(application, p<<8|version, func() []muster.Field {
		return []muster.Field{
			{Name: "Name", Value: fmt.Sprintf("Package-%d", p)},
			{Name: "Version", Value: fmt.Sprintf("%d.%d.%d-%d", p%7, p%23, version, p%3)},
			{Name: "Publisher", Value: fmt.Sprintf("Maintainers of %d <pkg@example.org>", p%50)},
			{Name: "Architecture", Value: []string{"x86_64", "noarch"}[p%2]},
			{Name: "ApplicationType", Value: "System Environment/Libraries"},
			{Name: "InstalledTime", Value: fmt.Sprintf("2026-%02d-%02dT03:04:05Z", version+1, p%28+1)},
			{Name: "Summary", Value: fmt.Sprintf("What package %d is for, in a few words", p)},
			{Name: "URL", Value: fmt.Sprintf("https://example.org/%d", p)},
		}
	})
}

func (f *fleet) services(n int) []muster.RowID {
	var rows []muster.RowID
	for s := range 60 {
		if (n+s)%9 == 0 {
			continue
		}
		running := (n + s) % 3 / 2
		rows = append(rows, f.row(service, s<<1|running, func() []muster.Field {
			return []muster.Field{
				{Name: "Name", Value: fmt.Sprintf("unit-%d.service", s)},
				{Name: "DisplayName", Value: fmt.Sprintf("Unit %d", s)},
				{Name: "Status", Value: []string{"Stopped", "Running"}[running]},
			}
		}))
	}
	return rows
}

func (f *fleet) row(t muster.TypeName, key int, fields func() []muster.Field) muster.RowID {
	id, ok := f.rows[t][key]
	if !ok {
		id = muster.RowID(len(f.rows[t]) + 1)
		f.rows[t][key] = id
		f.fresh = append(f.fresh, muster.Row{Type: t, ID: id, Entry: muster.NewEntry(fields())})
	}
	return id
}

func (f *fleet) put(b *Batch, n int, t muster.TypeName, rows []muster.RowID) {
	b.Define(f.fresh)
	f.fresh = f.fresh[:0]
	b.Put(muster.ItemKey{Node: nodeID(n), Type: t}, 1, &muster.Item{Version: "1.1", Captured: "2026-01-02T03:04:05Z", Content: &muster.Content{Rows: rows}})
}

// model reads the whole fleet back into a model.
func (f *fleet) model(t *testing.T) *model {
	t.Helper()
	s := f.index.Snapshot()
	m := &model{position: s.Position(), nodes: map[muster.NodeID]modelNode{}}
	ids, more, err := s.Select(t.Context(), nil, "", s.Nodes())
	if more || err != nil {
		t.Fatalf("%d nodes, more %v, %v", len(ids), more, err)
	}
	for _, id := range ids {
		for _, typ := range []muster.TypeName{muster.TypeInstanceInformation, application, service} {
			for _, i := range s.Items(id, typ) {
				it := modelItem{version: i.Version, captured: i.Captured, at: i.At}
				for _, e := range i.Entries(0, i.Len()) {
					it.entries = append(it.entries, e)
				}
				m.set(id, modelKey{typ, ""}, it)
			}
		}
	}
	return m
}
