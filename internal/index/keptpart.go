package index

import "slices"

// keptPart finds the groups of the rows of one type, in any snapshot that has the same buckets.
type keptPart struct {
	*trie
	table      uint32
	rebuckets  int
	attributes []string

	ofRow []uint32 // a row stays what it is, so its group is looked for once; but not in a table that has a row for each node

	counted int // the groups there were when all nodes were counted
}

// outermost gives the first label of a group.
func (t *trie) outermost(group uint32) uint32 {
	for t.parent[group] > root {
		group = t.parent[group]
	}
	return t.label[group]
}

// labelsOf gives those of a group, the outermost first.
func (t *trie) labelsOf(group uint32) []uint32 {
	var labels []uint32
	for ; group > root; group = t.parent[group] {
		labels = append(labels, t.label[group])
	}
	slices.Reverse(labels)
	return labels
}

// unknown stands in ofRow for a row whose group has not been looked for.
const unknownGroup = ^uint32(0)

func newKeptPart(g *grouping) *keptPart {
	return &keptPart{trie: g.trie, table: g.t.id, rebuckets: g.t.rebuckets, attributes: g.attributes, ofRow: g.ofRow, counted: len(g.parent)}
}

// forget gives up what will not hold for other snapshots.
func (p *keptPart) forget(t *table) {
	if t.byNode {
		p.ofRow = nil
		return
	}
	for row := range p.ofRow {
		if t.shape.get(uint32(row)) == 0 {
			p.ofRow[row] = unknownGroup // it may be defined in another snapshot
		}
	}
}

// group gives the group of a row.
func (p *keptPart) group(t *table, row uint32) uint32 {
	if int(row) < len(p.ofRow) && p.ofRow[row] != unknownGroup {
		return p.ofRow[row]
	}
	group := uint32(root)
	for _, a := range p.attributes {
		v := uint32(0)
		if c := t.column(a); c != nil {
			v = c.get(row)
		}
		if v == 0 {
			group = 0
			break
		}
		group = p.childOf(group, t.values.get(v).bucket)
	}
	if !t.byNode {
		for len(p.ofRow) <= int(row) {
			p.ofRow = append(p.ofRow, unknownGroup)
		}
		p.ofRow[row] = group
	}
	return group
}

// same says whether a node has the same groups before and after, without looking at all of them.
func (p *keptPart) same(was, is *eval, ordinal uint32, before, after *record) bool {
	if before == nil || after == nil || before.described() != after.described() {
		return false
	}
	now := is.tables[p.table]
	if now.byNode {
		return p.group(was.tables[p.table], ordinal) == p.group(now, ordinal)
	}
	old, items := before.of(now), after.of(now)
	if len(old) != len(items) {
		return false
	}
	for i := range items {
		if old[i].content == items[i].content {
			continue
		}
		before, _ := old[i].rowNumbers().cut()
		if after, _ := items[i].rowNumbers().cut(); after != before {
			return false
		}
	}
	return true
}
