package index

import (
	"slices"
	"sort"
)

const orderLeafSize = 512

// order is a persistent sorted sequence of numbers that stand for something with an order of its own: node ordinals by NodeID,
// value ids by their folded text. It knows nothing of that order: whoever asks says which numbers come before the place meant.
type order struct {
	gen    generation
	leaves []*run // none is empty
}

type run struct {
	gen generation
	ids []uint32
}

// orderOf makes an order of numbers that are in theirs.
func orderOf(g generation, ids []uint32) order {
	o := order{gen: g}
	for part := range slices.Chunk(ids, orderLeafSize*7/8) { // with some room
		o.leaves = append(o.leaves, &run{gen: g, ids: slices.Clone(part)})
	}
	return o
}

// len is how many numbers there are.
func (o *order) len() int {
	n := 0
	for _, leaf := range o.leaves {
		n += len(leaf.ids)
	}
	return n
}

// place is where a number is or would be.
type place struct{ leaf, at int }

// find gives the place of the first number that is not before. The numbers for which before is true must come first.
func (o *order) find(before func(id uint32) bool) place {
	leaf := sort.Search(len(o.leaves), func(i int) bool { return !before(o.leaves[i].ids[len(o.leaves[i].ids)-1]) })
	if leaf == len(o.leaves) {
		return place{leaf, 0}
	}
	ids := o.leaves[leaf].ids
	return place{leaf, sort.Search(len(ids), func(i int) bool { return !before(ids[i]) })}
}

// get gives the number at a place, if it is not the end.
func (o *order) get(p place) (id uint32, ok bool) {
	if p.leaf == len(o.leaves) {
		return 0, false
	}
	return o.leaves[p.leaf].ids[p.at], true
}

// around gives the number before a place and the one at it, as far as there are.
func (o *order) around(p place) (ids []uint32) {
	switch {
	case p.at > 0:
		ids = append(ids, o.leaves[p.leaf].ids[p.at-1])
	case p.leaf > 0:
		before := o.leaves[p.leaf-1].ids
		ids = append(ids, before[len(before)-1])
	}
	if id, ok := o.get(p); ok {
		ids = append(ids, id)
	}
	return ids
}

// from calls yield with the numbers at p and after, in order, until it says false.
func (o *order) from(p place) func(yield func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for leaf := p.leaf; leaf < len(o.leaves); leaf++ {
			ids := o.leaves[leaf].ids
			if leaf == p.leaf {
				ids = ids[p.at:]
			}
			for _, id := range ids {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// insert puts a number before what is at the place.
func (o *order) insert(g generation, p place, id uint32) {
	o.own(g)
	if p.leaf == len(o.leaves) { // behind the last one
		if p.leaf == 0 {
			o.leaves = append(o.leaves, &run{gen: g, ids: []uint32{id}})
			return
		}
		p = place{p.leaf - 1, len(o.leaves[p.leaf-1].ids)}
	}
	l := o.ownLeaf(g, p.leaf)
	l.ids = slices.Insert(l.ids, p.at, id)
	if len(l.ids) <= orderLeafSize {
		return
	}
	half := len(l.ids) / 2
	if p.leaf == len(o.leaves)-1 && p.at == len(l.ids)-1 {
		half = p.at // what comes in order fills its leaves
	}
	second := &run{gen: g, ids: slices.Clone(l.ids[half:])}
	l.ids = l.ids[:half:half]
	o.leaves = slices.Insert(o.leaves, p.leaf+1, second)
}

// remove takes out the number at the place.
func (o *order) remove(g generation, p place) {
	o.own(g)
	l := o.ownLeaf(g, p.leaf)
	l.ids = slices.Delete(l.ids, p.at, p.at+1)
	if len(l.ids) == 0 {
		o.leaves = slices.Delete(o.leaves, p.leaf, p.leaf+1)
	}
}

func (o *order) own(g generation) {
	if o.gen != g {
		o.leaves = append(make([]*run, 0, len(o.leaves)+1), o.leaves...)
		o.gen = g
	}
}

func (o *order) ownLeaf(g generation, leaf int) *run {
	l := o.leaves[leaf]
	if l.gen != g {
		l = &run{g, append(make([]uint32, 0, len(l.ids)+1), l.ids...)}
		o.leaves[leaf] = l
	}
	return l
}
