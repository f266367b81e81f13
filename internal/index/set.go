package index

import (
	"math/bits"
	"slices"
)

const (
	setFew  = 512 // up to it a set is one list
	setThin = 256 // at or below it leaves become a list again
)

// set is a persistent set of numbers. The zero set is empty. It is a value: add and remove give the changed set, and whoever
// holds the old one keeps what it had, provided that the generation is newer than it. Most sets have one member (an
// application that only one node has, a value that only one row has), so that one costs no allocation.
type set struct {
	one  uint32 // the only member and 1, if many is nil
	many *members
}

// members are a list while they are few, else leaves, and the list knows only how many they are. Few sets have leaves, and all have the 48 bytes
// that the allocator gives for it.
type members struct {
	gen    generation
	few    ascending
	leaves *[]*leaf // by number / leafSize; nil where empty
}

// all gives the leaves.
func (m *members) all() []*leaf {
	if m.leaves == nil {
		return nil
	}
	return *m.leaves
}

// put sets the leaf at a place.
func (m *members) put(at int, l *leaf) {
	if m.leaves == nil {
		m.leaves = new([]*leaf)
	}
	for len(*m.leaves) <= at {
		*m.leaves = append(*m.leaves, nil)
	}
	(*m.leaves)[at] = l
}

func (s set) len() int {
	switch {
	case s.many != nil:
		return int(s.many.few.n)
	case s.one != 0:
		return 1
	}
	return 0
}

func (s set) has(m uint32) bool {
	if s.many == nil {
		return s.one == m+1
	}
	if s.many.leaves == nil {
		return s.many.few.has(m)
	}
	l := s.many.leaf(m)
	return l != nil && l.has(m%leafSize)
}

func (s set) add(g generation, m uint32) set {
	switch {
	case s.has(m):
		return s
	case s.many == nil && s.one == 0:
		return set{one: m + 1}
	case s.many == nil:
		few := ascendingOf([]uint32{min(m, s.one-1), max(m, s.one-1)})
		return set{many: &members{gen: g, few: few}}
	}
	many := s.many.owned(g)
	many.add(g, m)
	return set{many: many}
}

func (s set) remove(g generation, m uint32) set {
	switch {
	case !s.has(m):
		return s
	case s.many == nil:
		return set{}
	}
	many := s.many.owned(g)
	many.remove(g, m)
	if many.few.n == 1 {
		return set{one: many.few.last + 1}
	}
	return set{many: many}
}

// extend adds ascending numbers that are greater than every member.
func (s set) extend(g generation, more []uint32) set {
	n := s.len() + len(more)
	if n == 1 {
		return set{one: more[0] + 1}
	}
	many := s.grown(g)
	if many.leaves == nil && n <= setFew {
		many.few.extend(more)
		return set{many: many}
	}
	many.spread()
	many.extendLeaves(g, more)
	many.few.n = uint32(n)
	return set{many: many}
}

// grown gives the members for writing, be they one or none.
func (s set) grown(g generation) *members {
	switch {
	case s.many != nil:
		return s.many.owned(g)
	case s.one != 0:
		return &members{gen: g, few: ascendingOf([]uint32{s.one - 1})}
	}
	return &members{gen: g}
}

// extendLeaf adds numbers of one leaf that are greater than every member, given as the leaf's bitmap. The scratch has room for them all.
func (s set) extendLeaf(g generation, at uint32, words *[leafWords]uint64, scratch []uint32) set {
	n := 0
	for _, word := range words {
		n += bits.OnesCount64(word)
	}
	if n <= leafFew || s.many != nil && s.many.leaf(at*leafSize) != nil {
		more := leaf{words: words}
		more.each(at*leafSize, func(number uint32) bool {
			scratch = append(scratch, number)
			return true
		})
		return s.extend(g, scratch)
	}
	many := s.grown(g)
	many.spread()
	many.few.n += uint32(n)
	copied := *words
	many.put(int(at), &leaf{gen: g, n: uint32(n), words: &copied})
	return set{many: many}
}

// each calls yield with the members, ascending, until it says false.
func (s set) each(yield func(uint32) bool) {
	if s.many == nil {
		if s.one != 0 {
			yield(s.one - 1)
		}
		return
	}
	if !s.many.few.each(yield) {
		return
	}
	for at, l := range s.many.all() {
		if l != nil && !l.each(uint32(at)*leafSize, yield) {
			return
		}
	}
}

func (m *members) owned(g generation) *members {
	if m.gen == g {
		return m
	}
	c := &members{gen: g, few: m.few.clone()}
	if m.leaves != nil {
		leaves := slices.Clone(*m.leaves)
		c.leaves = &leaves
	}
	return c
}

func (m *members) leaf(number uint32) *leaf {
	if all, at := m.all(), int(number/leafSize); at < len(all) {
		return all[at]
	}
	return nil
}

func (m *members) add(g generation, number uint32) {
	if m.few.n >= setFew {
		m.spread()
	}
	if m.leaves == nil {
		m.few.add(number)
		return
	}
	m.addToLeaf(g, number)
	m.few.n++
}

// spread makes the list leaves, if it is not.
func (m *members) spread() {
	if m.leaves != nil {
		return
	}
	var buffer [setFew]uint32
	m.extendLeaves(m.gen, m.few.appendTo(buffer[:0]))
	m.few = ascending{n: m.few.n}
}

func (m *members) addToLeaf(g generation, number uint32) {
	at := int(number / leafSize)
	l := m.leaf(number)
	if l == nil {
		l = &leaf{gen: g}
	}
	l = l.owned(g)
	l.add(number % leafSize)
	m.put(at, l)
}

// extendLeaves adds ascending numbers that are greater than every one of the leaves.
func (m *members) extendLeaves(g generation, numbers []uint32) {
	for len(numbers) > 0 {
		at := numbers[0] / leafSize
		n, _ := slices.BinarySearch(numbers, (at+1)*leafSize)
		m.extendLeaf(g, int(at), numbers[:n])
		numbers = numbers[n:]
	}
}

func (m *members) extendLeaf(g generation, at int, numbers []uint32) {
	l := &leaf{gen: g}
	if old := m.leaf(uint32(at) * leafSize); old != nil {
		l = old.owned(g)
	}
	l.extend(numbers)
	m.put(at, l)
}

func (m *members) remove(g generation, number uint32) {
	if m.leaves == nil {
		m.few.remove(number)
		return
	}
	at := number / leafSize
	l := m.leaf(number).owned(g)
	if l.remove(number % leafSize); l.n == 0 {
		l = nil
	}
	m.put(int(at), l)
	if m.few.n--; m.few.n > setThin {
		return
	}
	m.few = ascending{}
	for at, l := range m.all() {
		if l != nil {
			l.each(uint32(at)*leafSize, func(number uint32) bool {
				m.few.append(number)
				return true
			})
		}
	}
	m.leaves = nil
}
