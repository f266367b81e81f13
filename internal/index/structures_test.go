package index

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"muster/internal/query"
)

// Each persistent structure is driven through all its sizes and back, a generation every few steps, and compared with a plain one;
// versions that were kept have to stay as they were.

func TestSet(t *testing.T) {
	t.Parallel()
	type version struct {
		set
		members []uint32
	}
	const universe = 5 * leafSize
	r := rand.New(rand.NewPCG(1, 1))
	var s set
	var kept []version
	members := map[uint32]bool{}
	check := func(v version) {
		t.Helper()
		var got []uint32
		for m := range v.each {
			got = append(got, m)
		}
		if !slices.Equal(got, v.members) || v.len() != len(v.members) {
			t.Fatalf("%d members %v, want %d %v", v.len(), got, len(v.members), v.members)
		}
		b := make(bitset, universe/64)
		b.or(v.set)
		even := make(bitset, universe/64)
		evens := 0
		for m := uint32(0); m < universe; m += 2 {
			even.put(m)
			if _, found := slices.BinarySearch(v.members, m); found {
				evens++
			}
			if m%62 == 0 && v.has(m) != b.has(m) { // of a long list, which is walked for it
				t.Fatalf("%d is in the set: %v, in its bitset: %v", m, v.has(m), b.has(m))
			}
		}
		if b.count() != len(v.members) || even.countIn(v.set) != evens {
			t.Fatalf("%d in a bitset, %d of them even; want %d, %d", b.count(), even.countIn(v.set), len(v.members), evens)
		}
	}
	g := generation(1)
	for step := range 40000 {
		// Up to where some leaves are bitmaps, down to nothing, and up a little.
		m := uint32(r.IntN(universe))
		if r.IntN(4) == 0 {
			m %= leafSize / 2 // one leaf is denser than the others
		}
		if rising := step < 15000 || step > 38000; rising == (r.IntN(8) > 0) {
			s = s.add(g, m)
			members[m] = true
		} else {
			for have := range members {
				m = have
				break
			}
			s = s.remove(g, m)
			delete(members, m)
		}
		if r.IntN(50) == 0 {
			if v := (version{s, slices.Sorted(maps.Keys(members))}); step%7 == 0 {
				check(v)
				kept = append(kept, v)
			}
			g++
		}
	}
	for _, v := range kept {
		check(v)
	}
	for m := range members {
		s = s.remove(g, m)
	}
	if s != (set{}) {
		t.Errorf("a set with nothing left in it is %+v", s)
	}
}

func TestVector(t *testing.T) {
	t.Parallel()
	type version struct {
		vector[uint32]
		cells map[uint32]uint32
	}
	r := rand.New(rand.NewPCG(1, 1))
	var v vector[uint32]
	var kept []version
	cells := map[uint32]uint32{}
	for g := generation(1); g < 60; g++ {
		for range r.IntN(40) {
			i := uint32(r.IntN(int(g) * 100))
			cells[i] = r.Uint32()
			v.set(g, i, cells[i])
			for r.IntN(3) == 0 {
				i = uint32(r.IntN(int(g) * 100))
				v.drop(g, i)
				delete(cells, i)
			}
		}
		kept = append(kept, version{v, maps.Clone(cells)})
	}
	for at, k := range kept {
		for i := range uint32(7000) {
			if got := k.get(i); got != k.cells[i] || got != 0 && i >= k.vector.cap() {
				t.Fatalf("version %d of %d: cell %d is %d, want %d; all are below %d", at, len(kept), i, got, k.cells[i], k.cap())
			}
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	type version struct {
		order
		ids []uint32
	}
	const ids = 6000
	r := rand.New(rand.NewPCG(1, 1))
	rank := r.Perm(ids) // the order that the numbers stand for
	before := func(id uint32) func(uint32) bool { return func(other uint32) bool { return rank[other] < rank[id] } }
	var o order
	var kept []version
	check := func(v version) {
		t.Helper()
		var got []uint32
		for id := range v.from(place{}) {
			got = append(got, id)
		}
		if !slices.Equal(got, v.ids) {
			t.Fatalf("%v, want %v", got, v.ids)
		}
		at := r.IntN(ids)
		from := slices.IndexFunc(v.ids, func(id uint32) bool { return rank[id] >= at })
		for id := range v.from(v.find(func(id uint32) bool { return rank[id] < at })) {
			if from < 0 || id != v.ids[from] {
				t.Fatalf("from rank %d on comes %d of rank %d", at, id, rank[id])
			}
			break
		}
	}
	in := map[uint32]bool{}
	g := generation(1)
	for step := range 30000 {
		id := uint32(r.IntN(ids))
		rising := step < 9000 || step > 28000
		p := o.find(before(id))
		if have, ok := o.get(p); (ok && have == id) != in[id] {
			t.Fatalf("number %d is there: %v, want %v", id, ok && have == id, in[id])
		}
		switch {
		case rising && !in[id]:
			o.insert(g, p, id)
			in[id] = true
		case !rising && in[id]:
			o.remove(g, p)
			delete(in, id)
		}
		if step%100 == 0 {
			sorted := slices.SortedFunc(maps.Keys(in), func(a, b uint32) int { return cmp.Compare(rank[a], rank[b]) })
			kept = append(kept, version{o, sorted})
			g++
		}
	}
	for _, v := range kept {
		check(v)
	}
}

func TestOrderFillsItsLeavesWhenThingsComeInOrder(t *testing.T) {
	t.Parallel()
	var o order
	for id := range uint32(10 * orderLeafSize) {
		o.insert(1, o.find(func(other uint32) bool { return other < id }), id)
	}
	if len(o.leaves) != 10 {
		t.Errorf("%d numbers take %d leaves of %d", 10*orderLeafSize, len(o.leaves), orderLeafSize)
	}
}

func TestColumn(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	c := &column{}
	cells := map[uint32]uint32{}
	for step := range 2000 {
		row, value := uint32(r.IntN(3*thinColumn)), uint32(r.IntN(3))
		c.set(1, row, value)
		if value == 0 {
			delete(cells, row)
		} else {
			cells[row] = value
		}
		got := map[uint32]uint32{}
		last := -1
		for row, value := range c.each {
			if int(row) <= last {
				t.Fatalf("row %d comes after row %d", row, last)
			}
			last = int(row)
			got[row] = value
		}
		if !maps.Equal(got, cells) || c.rows != len(cells) || c.get(row) != value {
			t.Fatalf("step %d: %d rows %v, want %v", step, c.rows, got, cells)
		}
	}
}

func TestFinder(t *testing.T) {
	t.Parallel()
	var f finder
	in := map[uint32]bool{}
	hashOf := func(id uint32) uint32 { return id * 0x9e3779b1 >> 20 << 20 } // many share one
	find := func(id uint32) bool {
		got, ok := f.find(hashOf(id), func(have uint32) bool { return have == id })
		return ok && got == id
	}
	var readers sync.WaitGroup
	done := make(chan struct{})
	f.add(hashOf(1), 1)
	readers.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if !find(1) {
				t.Error("a reader does not find what was there before it began")
				return
			}
		}
	})
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		id := 2 + uint32(r.IntN(3000))
		if find(id) != in[id] {
			t.Fatalf("number %d is found: %v, want %v", id, find(id), in[id])
		}
		if in[id] {
			f.remove(hashOf(id), id)
			delete(in, id)
		} else {
			f.add(hashOf(id), id)
			in[id] = true
		}
	}
	close(done)
	readers.Wait()
	if slots := len(*f.slots.Load()); slots > 8*len(in) {
		t.Errorf("%d slots for %d numbers", slots, len(in))
	}
}

// TestTexts: a copy has nothing to do with what it was made of, however long.
func TestTexts(t *testing.T) {
	t.Parallel()
	var ts Texts
	var copies []string
	texts := []string{"", "a", strings.Repeat("long", textPiece/4)}
	for n := range 3 * textPiece / 100 {
		texts = append(texts, strings.Repeat(string(rune('a'+n%26)), n%200))
	}
	for _, text := range texts {
		copies = append(copies, ts.Copy(text))
	}
	if !slices.Equal(copies, texts) {
		t.Error("the copies are not what was copied")
	}
}

// TestInOrder: values are sorted in bulk as they are one by one, be they long, alike but for letter case, or not ASCII.
func TestInOrder(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "A", "b", "lib", "LIB", "https://www.example.com/", "\x00", "é", "É", "\u212a", "k", "zz"}
	table := newTable(1, "Custom:Text", 1)
	table.loading, table.pieces = true, &Texts{}
	seen := map[string]bool{}
	var ids []uint32
	for len(ids) < 5000 {
		var b strings.Builder
		for range dice.IntN(8) {
			b.WriteString(pieces[dice.IntN(len(pieces))])
		}
		if text := b.String(); !seen[text] {
			seen[text] = true
			ids = append(ids, table.internValue(1, 1, text))
		}
	}
	want := slices.Clone(ids)
	slices.SortFunc(want, func(a, b uint32) int {
		x, y := table.values.get(a).text, table.values.get(b).text
		return cmp.Or(query.CompareFold(x, y), strings.Compare(x, y))
	})
	if !slices.Equal(table.inOrder(ids), want) {
		t.Error("the values are not in order")
	}
}
