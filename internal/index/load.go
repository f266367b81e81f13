package index

import (
	"cmp"
	"slices"
	"sync"

	"muster"
)

// settleAfter is how many nodes a load brings before it looks which rows they have: few enough that these fit in a small part of
// the memory that the fleet will take.
const settleAfter = leafSize

// load is what a batch has besides if it is one for an index that is empty: what can be had for much less when it is done for many
// nodes together is put off.
type load struct {
	ordinals map[muster.NodeID]uint32 // of all nodes; in their order they are brought at the end

	growing *record // whose items are in the memory of the load
	items   []item  // that memory, while it is free

	settleAfter  uint32
	settled      uint32     // the nodes below it are in the sets of their rows, or on their way
	coming, gone []unsorted // by table: the rows of the nodes that are not, and memory for the next ones
	settling     sync.WaitGroup
	byRow        byRow // its scratch

	placing    sync.WaitGroup
	everPlaced bool
}

// BeginLoad starts a batch for an index that is empty. A load that changes or takes away what it brought itself works, slowly.
func (x *Index) BeginLoad() *Batch {
	b := x.Begin()
	b.load = &load{settleAfter: settleAfter, ordinals: map[muster.NodeID]uint32{}}
	b.ownTable(0)
	return b
}

// Settle tells a load that the nodes that came so far are complete, so that what was put off for them can be done beside what comes
// next. What comes for them all the same is taken, slowly, and so are rows.
func (b *Batch) Settle() {
	if b.load != nil && b.index.nodeCap-b.load.settled >= b.load.settleAfter {
		b.placeBeside()
		b.settle()
	}
}

// finishLoad does what was put off.
func (b *Batch) finishLoad() {
	b.settle()
	b.orderNodes()
	b.load.placing.Wait()
	for _, t := range b.next.tables {
		t.place(b.next.gen)
		t.loading = false
	}
	b.load.settling.Wait()
	for _, t := range b.next.tables {
		t.packSets()
	}
	b.load = nil
}

// orderNodes brings the nodes into the order of their ids.
func (b *Batch) orderNodes() {
	type named struct {
		id      muster.NodeID
		ordinal uint32
	}
	nodes := make([]named, 0, len(b.load.ordinals))
	for id, ordinal := range b.load.ordinals {
		nodes = append(nodes, named{id, ordinal})
	}
	slices.SortFunc(nodes, func(a, b named) int { return cmp.Compare(a.id, b.id) })
	ordinals := make([]uint32, len(nodes))
	for i, n := range nodes {
		ordinals[i] = n.ordinal
	}
	b.next.byID = orderOf(b.next.gen, ordinals)
}
