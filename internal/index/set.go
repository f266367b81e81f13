package index

import (
	"slices"
)

const (
	setFew  = 1024 // up to it a set is one sorted list
	setThin = 512  // at or below it leaves become a list again
)

// set is a persistent set of numbers. The zero set is empty. It is a value: add and remove give the changed set, and whoever
// holds the old one keeps what it had, provided that the generation is newer than it. Most sets have one member (an
// application that only one node has, a value that only one row has), so that one costs no allocation.
type set struct {
	one  uint32 // the only member and 1, if many is nil
	many *members
}

type members struct {
	gen    generation
	n      int
	few    []uint32 // sorted, while leaves is nil
	leaves []*leaf  // by number / leafSize; nil where empty
}

func (s set) len() int {
	switch {
	case s.many != nil:
		return s.many.n
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
		if m > s.many.few[s.many.n-1] {
			return false // the newest node has the highest ordinal
		}
		_, found := slices.BinarySearch(s.many.few, m)
		return found
	}
	l := s.many.leaf(m)
	return l != nil && l.has(uint16(m%leafSize))
}

func (s set) add(g generation, m uint32) set {
	switch {
	case s.has(m):
		return s
	case s.many == nil && s.one == 0:
		return set{one: m + 1}
	case s.many == nil:
		few := []uint32{min(m, s.one-1), max(m, s.one-1)}
		return set{many: &members{gen: g, n: 2, few: few}}
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
	if many.n == 1 {
		return set{one: many.few[0] + 1}
	}
	return set{many: many}
}

// extend adds ascending numbers that are greater than every member.
func (s set) extend(g generation, more []uint32) set {
	n := s.len() + len(more)
	if n == 1 {
		return set{one: more[0] + 1}
	}
	many := &members{gen: g, n: n}
	switch {
	case s.many != nil:
		many.few, many.leaves = s.many.few, slices.Clone(s.many.leaves)
	case s.one != 0:
		many.few = []uint32{s.one - 1}
	}
	if many.leaves == nil {
		if many.few = slices.Concat(many.few, more); n <= setFew {
			return set{many: many}
		}
		more, many.few = many.few, nil
	}
	for len(more) > 0 {
		at := more[0] / leafSize
		in, _ := slices.BinarySearch(more, (at+1)*leafSize)
		many.extendLeaf(g, int(at), more[:in])
		more = more[in:]
	}
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
	for _, m := range s.many.few {
		if !yield(m) {
			return
		}
	}
	for at, l := range s.many.leaves {
		if l != nil && !l.each(uint32(at)*leafSize, yield) {
			return
		}
	}
}

func (m *members) owned(g generation) *members {
	if m.gen == g {
		return m
	}
	c := &members{gen: g, n: m.n}
	if m.leaves == nil {
		c.few = append(make([]uint32, 0, m.n+m.n/4+1), m.few...)
	} else {
		c.leaves = slices.Clone(m.leaves)
	}
	return c
}

func (m *members) leaf(number uint32) *leaf {
	if at := int(number / leafSize); at < len(m.leaves) {
		return m.leaves[at]
	}
	return nil
}

func (m *members) add(g generation, number uint32) {
	m.n++
	if m.leaves == nil && m.n > setFew {
		for _, have := range m.few {
			m.addToLeaf(g, have)
		}
		m.few = nil
	}
	if m.leaves != nil {
		m.addToLeaf(g, number)
		return
	}
	if number > m.few[len(m.few)-1] {
		m.few = append(m.few, number)
		return
	}
	at, _ := slices.BinarySearch(m.few, number)
	m.few = slices.Insert(m.few, at, number)
}

func (m *members) addToLeaf(g generation, number uint32) {
	at := int(number / leafSize)
	for len(m.leaves) <= at {
		m.leaves = append(m.leaves, nil)
	}
	l := m.leaves[at]
	if l == nil {
		l = &leaf{gen: g}
	}
	l = l.owned(g)
	l.add(uint16(number % leafSize))
	m.leaves[at] = l
}

func (m *members) extendLeaf(g generation, at int, numbers []uint32) {
	m.leaves = append(m.leaves, make([]*leaf, max(0, at+1-len(m.leaves)))...)
	l := &leaf{gen: g}
	if old := m.leaves[at]; old != nil {
		l = old.owned(g)
	}
	l.extend(numbers)
	m.leaves[at] = l
}

func (m *members) remove(g generation, number uint32) {
	m.n--
	if m.leaves == nil {
		at, _ := slices.BinarySearch(m.few, number)
		m.few = slices.Delete(m.few, at, at+1)
		return
	}
	at := number / leafSize
	l := m.leaves[at].owned(g)
	l.remove(uint16(number % leafSize))
	m.leaves[at] = l
	if l.n == 0 {
		m.leaves[at] = nil
	}
	if m.n > setThin {
		return
	}
	few := make([]uint32, 0, m.n)
	for at, l := range m.leaves {
		if l != nil {
			l.each(uint32(at)*leafSize, func(number uint32) bool {
				few = append(few, number)
				return true
			})
		}
	}
	m.few, m.leaves = few, nil
}
