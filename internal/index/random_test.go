package index

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"muster"
	"muster/internal/query"
	"muster/internal/store/codec"
	"muster/internal/volatile"
)

var seeds = flag.Int("seeds", 20, "how many random fleets the model test makes")

// TestModel makes random fleets and holds the index's answers to random questions against brute force, after each batch and, on
// snapshots that are kept, again after later ones. A failure comes with its seed and the shortest list of operations found.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			ops := randomOps(rand.New(rand.NewPCG(seed, 0)), 120)
			err := replay(ops, seed)
			if err == nil {
				return
			}
			for i := 0; i < len(ops); { // leave out what it fails without
				fewer := slices.Delete(slices.Clone(ops), i, i+1)
				if e := replay(fewer, seed); e != nil {
					ops, err = fewer, e
				} else {
					i++
				}
			}
			var list strings.Builder
			for _, o := range ops {
				fmt.Fprintln(&list, o)
			}
			t.Fatalf("seed %d: %v\n%s", seed, err, &list)
		})
	}
}

// TestReadersBesideTheWriter asks while batches are published: each answer is that of the position it was asked at.
func TestReadersBesideTheWriter(t *testing.T) {
	t.Parallel()
	const seed = 1
	x := New()
	var models sync.Map // by position
	models.Store(muster.Position(0), &model{})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for reader := range uint64(3) {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(seed, 100+reader))
			for last := false; !last; {
				select {
				case <-done:
					last = true
				default:
				}
				s := x.Snapshot()
				m, _ := models.Load(s.Position())
				if err := ask(r, s, m.(*model)); err != nil {
					t.Error(err)
					return
				}
				x.Lookup("AWS:Application", randomEntry(r, "AWS:Application"))
			}
		})
	}
	w := newWriter(x)
	for _, o := range randomOps(rand.New(rand.NewPCG(seed, 0)), 600) {
		if o.kind == publish {
			w.model.position++
			models.Store(w.model.position, w.model.clone())
			w.model.position--
		}
		w.do(o)
	}
	close(done)
	readers.Wait()
}

// writerTwin does operations to an index and a model, numbering dictionary rows as a store does.
type writerTwin struct {
	index *Index
	batch *Batch
	model *model
	rows  map[muster.TypeName]map[string]muster.RowID
	done  int // operations
}

func newWriter(x *Index) *writerTwin {
	return &writerTwin{index: x, batch: x.Begin(), model: &model{nodes: map[muster.NodeID]modelNode{}}, rows: map[muster.TypeName]map[string]muster.RowID{}}
}

func (w *writerTwin) do(o op) {
	if w.done++; w.done%3 == 0 {
		w.batch.Settle() // which only matters to a load
	}
	key := muster.ItemKey{Node: o.node, Type: o.key.typ, SubType: o.key.subType}
	at := w.model.position + 1
	was, held := w.model.nodes[o.node].items[o.key]
	now := modelItem{
		version:  muster.Version(fmt.Sprint("1.", at)),
		captured: muster.CaptureTime(fmt.Sprint(at)),
		context:  o.context,
		entries:  o.entries,
		at:       at,
	}
	item := &muster.Item{Version: now.version, Captured: now.captured, Context: o.context}
	switch o.kind {
	case put:
		split := uint32(at) % 3 // 0 has nothing outside the rows
		w.batch.Split(o.key.typ, &splits)
		packed := volatile.Pack(splits.At(split), o.entries)
		item.Content = &muster.Content{Split: split, Volatile: packed}
		for _, e := range o.entries {
			item.Content.Rows = append(item.Content.Rows, w.row(o.key.typ, volatile.AppendStable(nil, splits.At(split), e)))
		}
		if at%2 == 0 { // as a load has it
			item.Content.Packed = string(codec.AppendContent(nil, item.Content))
		}
		w.batch.Put(key, at, item)
		clear(packed)
		w.model.set(o.node, o.key, now)
	case touch:
		if held && o.key.typ != muster.TypeInstanceInformation {
			now.entries = was.entries
			w.batch.Put(key, at, item)
			w.model.set(o.node, o.key, now)
		}
	case drop:
		w.batch.Drop(key)
		delete(w.model.nodes[o.node].items, o.key)
	case forget:
		w.batch.Forget(o.node)
		delete(w.model.nodes, o.node)
	case describe:
		now.at = 0
		w.batch.Describe(o.node, now.version, now.captured, o.entries[0])
		w.model.set(o.node, o.key, now)
	case publish:
		w.model.position = at
		w.batch.Publish(at)
		w.batch = w.index.Begin()
	}
}

// row gives the entry's number, after defining it if it is new. What it hands over it ruins afterwards, as a buffer that is used
// again would.
func (w *writerTwin) row(typ muster.TypeName, e muster.Entry) muster.RowID {
	if w.rows[typ] == nil {
		w.rows[typ] = map[string]muster.RowID{}
	}
	id, ok := w.rows[typ][fmt.Sprint(e)]
	if !ok {
		id = muster.RowID(len(w.rows[typ]) + 1)
		w.rows[typ][fmt.Sprint(e)] = id
		lent := slices.Clone(e)
		w.batch.Define([]muster.Row{{Type: typ, ID: id, Entry: lent}, {Type: typ, ID: id, Entry: lent}})
		clear(lent)
	}
	return id
}

// replay does the operations and asks after each batch.
func replay(ops []op, seed uint64) error { return newWriter(New()).replay(ops, seed) }

func (w *writerTwin) replay(ops []op, seed uint64) error {
	type twin struct {
		*Snapshot
		*model
	}
	var kept []twin
	for i, o := range ops {
		w.do(o)
		if o.kind != publish {
			continue
		}
		r := rand.New(rand.NewPCG(seed, uint64(i)+1))
		now := twin{w.index.Snapshot(), w.model.clone()}
		if err := compareFleets(now.Snapshot, now.model); err != nil {
			return err
		}
		if err := w.checkLookups(); err != nil {
			return err
		}
		if r.IntN(3) == 0 {
			kept = append(kept, now)
		}
		for range 8 {
			if err := ask(r, now.Snapshot, now.model); err != nil {
				return err
			}
		}
		for _, old := range kept {
			if err := ask(r, old.Snapshot, old.model); err != nil {
				return fmt.Errorf("a snapshot kept from position %d until %d: %w", old.Position(), now.Position(), err)
			}
		}
	}
	for _, old := range kept {
		if err := compareFleets(old.Snapshot, old.model); err != nil {
			return fmt.Errorf("a snapshot kept from position %d to the end: %w", old.Position(), err)
		}
	}
	return nil
}

func (w *writerTwin) checkLookups() error {
	for typ, rows := range w.rows {
		for _, n := range w.model.nodes {
			for _, it := range n.items {
				for _, e := range it.entries {
					id, ok := w.index.Lookup(typ, e)
					if want, known := rows[fmt.Sprint(e)]; ok != known || id != want {
						return fmt.Errorf("Lookup(%s, %v) = %d, %v; the row is %d, %v", typ, e, id, ok, want, known)
					}
				}
			}
		}
	}
	return nil
}

// ask puts random questions to the snapshot and to the model.
func ask(r *rand.Rand, s *Snapshot, m *model) error {
	ctx := context.Background()
	where := randomWhere(r)
	after, limit := muster.NodeID(fmt.Sprint("i-", r.IntN(14)-1)), r.IntN(6)
	want, wantMore := m.selected(where, after, limit)
	for range 3 { // as who asks again is answered from what was kept
		got, more, err := s.Select(ctx, where, after, limit)
		if err != nil || !slices.Equal(got, want) || more != wantMore {
			return fmt.Errorf("position %d: %+v\nafter %s, %d of them: %v, more %v, %v\nwant %v, more %v", m.position, where, after, limit, got, more, err, want, wantMore)
		}
	}
	if err := askSorted(r, s, m, where); err != nil {
		return err
	}
	if err := askBeside(r, s, m); err != nil {
		return err
	}
	if err := askAmong(r, s, m); err != nil {
		return err
	}
	if err := askSearched(r, s, m); err != nil {
		return err
	}
	if r.IntN(4) == 0 { // it takes the longest to say what is right
		if err := askCompare(r, s, m); err != nil {
			return err
		}
	}
	if r.IntN(2) == 0 {
		where = nil
	}
	by := []query.Aggregation{randomAggregation(r, 0), randomAggregation(r, 2)}
	tallies, err := s.Count(ctx, where, by)
	if show, wantShow := fmt.Sprint(tallies), fmt.Sprint(m.count(where, by)); err != nil || show != wantShow {
		return fmt.Errorf("position %d: where %+v\ncount %+v\n got %v %v\nwant %v", m.position, where, by, show, err, wantShow)
	}
	return nil
}

// compareFleets holds all that can be read of nodes and items against the model.
func compareFleets(s *Snapshot, m *model) error {
	ids := m.ids()
	if s.Position() != m.position || s.Nodes() != len(ids) {
		return fmt.Errorf("position %d with %d nodes, want %d with %d", s.Position(), s.Nodes(), m.position, len(ids))
	}
	items := map[muster.ItemKey]bool{}
	s.EachItem(func(h Holder) bool {
		items[muster.ItemKey{Node: h.Node, Type: h.Type, SubType: h.SubType}] = true
		return true
	})
	entries, typeNodes := 0, map[muster.TypeName]int{}
	for id, n := range m.nodes {
		if s.Has(id) != n.described {
			return fmt.Errorf("Has(%s) is %v, want %v", id, s.Has(id), n.described)
		}
		for _, typ := range types {
			if m.holds(id, typ) {
				typeNodes[typ]++
			}
			if err := compareItems(s.Items(id, typ), typ, n.items); err != nil {
				return fmt.Errorf("%s of %s: %w", typ, id, err)
			}
		}
		for key, it := range n.items {
			entries += len(it.entries)
			itemKey := muster.ItemKey{Node: id, Type: key.typ, SubType: key.subType}
			if items[itemKey] != (key.typ != muster.TypeInstanceInformation) {
				return fmt.Errorf("EachItem shows %v: %v", itemKey, items[itemKey])
			}
			delete(items, itemKey)
		}
	}
	if len(items) > 0 {
		return fmt.Errorf("EachItem shows %v", items)
	}
	gotTypes := map[muster.TypeName]int{}
	for _, t := range s.Types() {
		gotTypes[t.Type] = t.Nodes
	}
	if got := s.Stats().Entries; got != entries || !maps.Equal(gotTypes, typeNodes) {
		return fmt.Errorf("%d entries, types %v; want %d, %v", got, gotTypes, entries, typeNodes)
	}
	before := m.position / 2
	for _, typ := range types[1:] {
		var holders []Holder
		for h := range s.Holders(typ) {
			if h.At < before {
				holders = append(holders, h)
			}
		}
		for _, h := range holders {
			if it, ok := m.nodes[h.Node].items[modelKey{typ, h.SubType}]; !ok || it.at >= before || it.at != h.At {
				return fmt.Errorf("%v is no item before position %d", h, before)
			}
		}
		older := 0
		for _, n := range m.nodes {
			for key, it := range n.items {
				if key.typ == typ && it.at < before {
					older++
				}
			}
		}
		if len(holders) != older {
			return fmt.Errorf("%d holders of %s before position %d, want %d", len(holders), typ, before, older)
		}
	}
	return compareAttributes(s, m)
}

func compareItems(got []Item, typ muster.TypeName, items map[modelKey]modelItem) error {
	n := 0
	for key := range items {
		if key.typ == typ {
			n++
		}
	}
	if len(got) != n {
		return fmt.Errorf("%d items, want %d", len(got), n)
	}
	for _, i := range got {
		want := items[modelKey{typ, i.SubType}]
		var entries []muster.Entry
		for at, e := range i.Entries(0, i.Len()+1) {
			if at != len(entries) {
				return fmt.Errorf("entry %d came as number %d", len(entries), at)
			}
			entries = append(entries, e)
		}
		if fmt.Sprint(i.Version, i.Captured, i.Context, i.At, entries) != fmt.Sprint(want.version, want.captured, want.context, want.at, want.entries) {
			return fmt.Errorf("%+v with %v, want %+v", i, entries, want)
		}
	}
	return nil
}
