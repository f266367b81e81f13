package index

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"muster"
	"muster/internal/query"
)

// TestLoadModel is TestModel with a load for the first batch, be it short or long, and settled early or at its end.
func TestLoadModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			ops := randomOps(r, 120)
			for i := range r.IntN(60) { // a load ends when it is published
				if ops[i].kind == publish {
					ops[i] = ops[len(ops)-1-i]
				}
			}
			w := newWriter(New())
			w.batch = w.index.BeginLoad()
			w.batch.load.settleAfter = 1 + uint32(r.IntN(6))
			if err := w.replay(ops, seed); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestLoadOfMany loads a fleet that is big enough for every form of a set, and holds it against one that grew batch by batch.
func TestLoadOfMany(t *testing.T) {
	t.Parallel()
	const nodes = 1400
	loaded, grown := emptyFleet(), emptyFleet()
	b := loaded.index.BeginLoad()
	b.load.settleAfter = 500
	for from := 0; from < nodes; from += 100 {
		loaded.add(b, from, from+100)
		b.Settle()
	}
	b.Publish(1)
	for from := 0; from < nodes; from += 100 {
		b := grown.index.Begin()
		grown.add(b, from, from+100)
		b.Publish(1)
	}
	got, want := loaded.index.Snapshot(), grown.index.Snapshot()
	if got.Stats() != want.Stats() {
		t.Errorf("loaded %+v, grown %+v", got.Stats(), want.Stats())
	}
	for id, have := range want.tables {
		for row := range have.rowCap() {
			a, b := slices.Collect(got.tables[id].nodesOf(row).each), slices.Collect(have.nodesOf(row).each)
			if !slices.Equal(a, b) {
				t.Fatalf("%s row %d: loaded %d nodes, grown %d", have.name, row, len(a), len(b))
			}
		}
		for column := range have.width {
			a, b := got.tables[id].texts(column+1), have.texts(column+1)
			if !slices.Equal(a, b) {
				t.Fatalf("%s column %d: loaded %d values, grown %d", have.name, column, len(a), len(b))
			}
		}
	}
}

// texts gives the values of a column in their order.
func (t *table) texts(column uint32) []string {
	var texts []string
	for id := range t.columns.get(column).values.from(place{}) {
		texts = append(texts, t.values.get(id).text)
	}
	return texts
}

// TestLoadDescribesAgain: a load may bring a node before its AWS:InstanceInformation, as one whose store keeps them apart does. It is
// described twice then, which must not put the values in their order once for each node.
func TestLoadDescribesAgain(t *testing.T) {
	t.Parallel()
	const nodes = 20_000
	load := func(again bool) *Snapshot {
		f := emptyFleet()
		b := f.index.BeginLoad()
		for n := range nodes {
			if again {
				b.Describe(nodeID(n), "1.0", "2026-01-02T03:04:05Z", muster.NewEntry([]muster.Field{
					{Name: "InstanceId", Value: string(nodeID(n))}, {Name: "InstanceStatus", Value: "ConnectionLost"}, {Name: "Note", Value: fmt.Sprint(n)},
				}))
			}
		}
		for n := range nodes {
			f.describe(b, n)
		}
		b.Publish(1)
		return f.index.Snapshot()
	}
	got, want := load(true), load(false)
	for _, name := range []string{"InstanceId", "InstanceStatus", "PlatformName", "Note"} {
		by := []query.Aggregation{{By: query.Attr{Type: muster.TypeInstanceInformation, Name: name}}}
		have, err := got.Count(t.Context(), nil, by)
		once, err2 := want.Count(t.Context(), nil, by)
		if err != nil || err2 != nil || !reflect.DeepEqual(have, once) {
			t.Errorf("by %s: %d buckets, want %d, or others; %v, %v", name, len(have[0].Buckets), len(once[0].Buckets), err, err2)
		}
	}
	if have, once := got.tables[0].distinct, want.tables[0].distinct; have != once {
		t.Errorf("%d values, want %d", have, once)
	}
}
