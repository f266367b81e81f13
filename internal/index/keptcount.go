package index

import (
	"context"
	"slices"

	"muster/internal/query"
)

// keptCount is how many nodes have each combination of the groups of one type, or of two.
type keptCount struct {
	path string
	turn chan struct{} // has room for one, who may use what follows
	at   *Snapshot     // that was counted; nil for none
	groupCounts
	keptBuckets
	tooWide bool    // such counts are not kept
	answer  *answer // of the counts before the groups in dirty changed; nil until one is wanted
	dirty   []uint32

	cells, behind int // its size, and about how many nodes have changed since; under keptCounts.mu
}

// groupCounts is counts by group of the first of two parts, then by group of the last.
type groupCounts struct {
	parts  []*keptPart // the last has the most entries
	counts [][]uint32
}

// keptWide bounds how many groups the first of two parts may have: firstGroups has a bit for each.
const keptWide = 64

func (c *keptCount) size() int {
	cells := c.keptBuckets.size()
	for _, p := range c.parts {
		cells += len(p.ofRow) + 4*len(p.parent)
	}
	for _, counts := range c.counts {
		cells += len(counts)
	}
	if c.answer != nil {
		cells += c.answer.cells
	}
	return cells
}

// bringTo makes the counts those of the snapshot asked, unless the context ends. It says false if they cannot be kept.
func (c *keptCount) bringTo(e *eval, path []query.Attr, tables []*table) bool {
	from := c.at
	c.at = nil // until the counts are whole again
	if from == nil || !c.follow(e, from) {
		c.answer, c.dirty = nil, nil
		c.tooWide = !c.countAll(e, path, tables)
	}
	if c.tooWide || e.err != nil {
		c.answer, c.dirty = nil, nil
		c.groupCounts, c.keptBuckets = groupCounts{}, keptBuckets{}
		return !c.tooWide
	}
	c.at = e.Noting(nil)
	return true
}

// countAll begins anew.
func (c *keptCount) countAll(e *eval, path []query.Attr, tables []*table) bool {
	c.groupCounts, c.keptBuckets = groupCounts{}, keptBuckets{}
	for _, g := range e.groupings(path, tables, everyNode) {
		c.parts = append(c.parts, newKeptPart(g))
	}
	if len(c.parts) > 2 || len(c.parts) == 2 && len(c.parts[0].parent) > keptWide {
		return false
	}
	if e.err == nil {
		c.countBySets(e, path)
	}
	for _, p := range c.parts {
		p.forget(e.tables[p.table])
	}
	return true
}

// cell gives the count of two groups, for writing.
func (c *groupCounts) cell(a, b uint32) *uint32 {
	for len(c.counts) <= int(a) {
		c.counts = append(c.counts, nil)
	}
	if len(c.counts[a]) <= int(b) {
		last := c.parts[len(c.parts)-1]
		c.counts[a] = append(c.counts[a], make([]uint32, max(int(b)+1, len(last.parent))-len(c.counts[a]))...)
	}
	return &c.counts[a][b]
}

// follow takes the nodes that differ between the snapshots out as they were, and puts them in as they are. It says false if the
// counts cannot be brought there so.
func (c *keptCount) follow(e *eval, from *Snapshot) bool {
	for _, p := range c.parts {
		if e.tables[p.table].rebuckets != p.rebuckets || len(p.parent) > 2*p.counted+1000 {
			return false // what has not changed has other buckets now, or most groups are of rows that are gone
		}
	}
	was := newTeller(&eval{Snapshot: from.Noting(e.work), ctx: context.WithoutCancel(e.ctx)}, &c.groupCounts)
	is := newTeller(e, &c.groupCounts)
	changed := 0
	for at := range max(len(from.records.pages), len(e.records.pages)) {
		first := uint32(at) * pageSize
		if from.records.page(first) == e.records.page(first) {
			continue
		}
		for ordinal := first; ordinal < first+pageSize; ordinal++ {
			before, after := from.records.get(ordinal), e.records.get(ordinal)
			if before == after || c.same(was.eval, e, ordinal, before, after) {
				continue
			}
			changed++
			was.tell(ordinal, -1)
			is.tell(ordinal, +1)
			last := len(c.parts) - 1
			c.move(c.parts[last].trie, ordinal, was.met[last], is.met[last])
			c.noteDirty(was, is)
		}
	}
	e.plan("count by kept groups: %d nodes have changed since", changed)
	return len(c.parts) == 1 || len(c.parts[0].parent) <= keptWide
}

// noteDirty notes the groups of the last part that a node has counted in before and does not any more, or the other way round. An answer
// that nobody asks for any more is given up when as much has changed as is in it.
func (c *keptCount) noteDirty(was, is *teller) {
	if c.answer != nil && len(c.dirty) > len(c.answer.labels) {
		c.answer, c.dirty = nil, nil
	}
	if c.answer == nil {
		return
	}
	last := len(c.parts) - 1
	before, after := was.met[last], is.met[last]
	if last > 0 && !sameGroups(was.met[0], is.met[0]) {
		c.dirty = append(append(c.dirty, before...), after...)
		return
	}
	slices.Sort(before)
	slices.Sort(after)
	for len(before)+len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0] < after[0]:
			c.dirty, before = append(c.dirty, before[0]), before[1:]
		case len(before) == 0 || after[0] < before[0]:
			c.dirty, after = append(c.dirty, after[0]), after[1:]
		default:
			before, after = before[1:], after[1:]
		}
	}
}

func sameGroups(a, b []uint32) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// same says whether a node counts the same in both snapshots, without looking at all it has.
func (c *keptCount) same(was, is *eval, ordinal uint32, before, after *record) bool {
	return !slices.ContainsFunc(c.parts, func(p *keptPart) bool { return !p.same(was, is, ordinal, before, after) })
}

// without gives the counts of all nodes but the ones given.
func (c *keptCount) without(e *eval, nodes bitset) *groupCounts {
	if !nodes.any() {
		return &c.groupCounts
	}
	others := &groupCounts{parts: c.parts}
	for _, counts := range c.counts {
		others.counts = append(others.counts, slices.Clone(counts))
	}
	newTeller(e, others).tellAll(nodes, -1)
	return others
}

// only gives the counts of the nodes.
func (c *keptCount) only(e *eval, nodes bitset) *groupCounts {
	counts := &groupCounts{parts: c.parts}
	newTeller(e, counts).tellAll(nodes, +1)
	return counts
}

// addTo gives the counts as combinations, those of some outermost labels only unless these are nil.
func (c *groupCounts) addTo(to *combos, labels map[uint32]bool) {
	tries, last := c.tries(), c.parts[len(c.parts)-1].trie
	wanted := func(group, n uint32) bool { return n > 0 && (labels == nil || labels[last.outermost(group)]) }
	n := 0
	for _, byLast := range c.counts {
		for b, nodes := range byLast {
			if wanted(uint32(b), nodes) {
				n++
			}
		}
	}
	to.grow(n)
	groups := make([]uint32, 2)
	for a, byLast := range c.counts {
		for b, nodes := range byLast {
			if wanted(uint32(b), nodes) {
				groups[0], groups[1] = uint32(a), uint32(b)
				to.add(tries, groups[2-len(tries):], nodes)
			}
		}
	}
}

func (c *groupCounts) tries() []*trie {
	tries := make([]*trie, len(c.parts))
	for i, p := range c.parts {
		tries[i] = p.trie
	}
	return tries
}
