package index

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"muster/internal/query"
)

// settleAfter is how many nodes a load brings before it looks which rows they have.
const settleAfter = 16 * leafSize

// BeginLoad starts a batch for an index that is empty: what can be had for much less when it is done for many nodes together is
// put off. A load that changes or takes away what it brought itself works, slowly.
func (x *Index) BeginLoad() *Batch {
	b := x.Begin()
	b.loading, b.settleAfter = true, settleAfter
	b.next.tables[0] = b.ownTable(0)
	return b
}

// settleIfDue brings the nodes that came since the last time into the sets of their rows.
func (b *Batch) settleIfDue() {
	if b.index.nodeCap-b.settled >= b.settleAfter {
		b.settle()
	}
}

// settle works on several types at once: they have nothing in common.
func (b *Batch) settle() {
	if b.settled == b.index.nodeCap {
		return
	}
	var workers sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, t := range b.next.tables {
		if t.byNode || t.entries == 0 {
			continue
		}
		turns <- struct{}{}
		workers.Go(func() {
			b.settleTable(t)
			<-turns
		})
	}
	workers.Wait()
	b.settled = b.index.nodeCap
}

// settleTable sorts the nodes by their rows, by counting, so that each set is written once and in order.
func (b *Batch) settleTable(t *table) {
	ends := make([]uint32, t.shape.cap()+1) // by row: where its nodes end
	var rows []uint32
	b.eachUnsettled(func(ordinal uint32, r *record) {
		of := r.of(t)
		for i := range of {
			rows = of[i].rowNumbers().appendTo(rows[:0])
			for _, row := range rows {
				ends[row+1]++
			}
		}
	})
	for row := 1; row < len(ends); row++ {
		ends[row] += ends[row-1]
	}
	starts := slices.Clone(ends)
	nodes := make([]uint32, ends[len(ends)-1])
	b.eachUnsettled(func(ordinal uint32, r *record) {
		of := r.of(t)
		for i := range of {
			rows = of[i].rowNumbers().appendTo(rows[:0])
			for _, row := range rows {
				if end := ends[row]; end == starts[row] || nodes[end-1] != ordinal { // a node may have a row twice
					nodes[end] = ordinal
					ends[row]++
				}
			}
		}
	})
	for row, end := range ends {
		if start := starts[row]; end > start {
			at := t.nodes.at(b.next.gen, uint32(row))
			*at = at.extend(b.next.gen, nodes[start:end])
		}
	}
}

func (b *Batch) eachUnsettled(yield func(ordinal uint32, r *record)) {
	for ordinal := b.settled; ordinal < b.index.nodeCap; ordinal++ {
		if r := b.next.records.get(ordinal); r != nil {
			yield(ordinal, r)
		}
	}
}

// place puts the values that were defined during a load into the order of their columns.
func (t *table) place(g generation) {
	byColumn := map[uint32][]uint32{}
	for _, id := range t.unplaced {
		column := t.values.get(id).column
		byColumn[column] = append(byColumn[column], id)
	}
	t.unplaced = nil
	for column, ids := range byColumn {
		c := t.ownColumn(g, column)
		ids = slices.AppendSeq(ids, c.values.from(place{}))
		slices.SortFunc(ids, func(a, b uint32) int {
			v, w := t.values.get(a).text, t.values.get(b).text
			return cmp.Or(query.CompareFold(v, w), strings.Compare(v, w))
		})
		c.values = orderOf(g, ids)
		bucket, text := uint32(0), ""
		for _, id := range ids {
			v := t.values.at(g, id)
			if bucket == 0 || !strings.EqualFold(v.text, text) {
				bucket, text = id, v.text
			}
			v.bucket = bucket
		}
	}
}

// finishLoad does what was put off.
func (b *Batch) finishLoad() {
	b.settle()
	for _, t := range b.next.tables {
		t.place(b.next.gen)
		t.loading = false
	}
	b.loading = false
}
