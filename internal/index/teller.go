package index

// teller adds nodes of one snapshot to counts.
type teller struct {
	*eval
	*groupCounts
	met  [2][]uint32   // by part: the groups of the node
	seen [2]seenGroups // by part
	rows []uint32
}

// seenGroups tells the groups that a node has twice: it is one node.
type seenGroups struct {
	last []uint32 // by group: the visit that saw it last
	now  uint32
}

func newTeller(e *eval, c *groupCounts) *teller { return &teller{eval: e, groupCounts: c} }

// tell adds the node of the ordinal, if there is one, so many times.
func (t *teller) tell(ordinal uint32, times int32) {
	t.met[0], t.met[1] = t.met[0][:0], t.met[1][:0]
	r := t.records.get(ordinal)
	if r == nil || !r.described() {
		return
	}
	t.visit(1, 0)
	for i := range t.parts {
		t.meet(i, r)
	}
	if len(t.parts) == 1 {
		for _, group := range t.met[0] {
			*t.cell(0, group) += uint32(times)
		}
		return
	}
	for _, a := range t.met[0] {
		for _, b := range t.met[1] {
			*t.cell(a, b) += uint32(times)
		}
	}
}

// tellAll adds nodes so many times, until the context ends.
func (t *teller) tellAll(nodes bitset, times int32) {
	for ordinal := range nodes.each {
		if t.err != nil {
			return
		}
		t.tell(ordinal, times)
	}
}

// meet finds the distinct groups that the node has of a part.
func (t *teller) meet(i int, r *record) {
	p, seen := t.parts[i], &t.seen[i]
	table := t.tables[p.table]
	seen.now++
	met := t.met[i][:0]
	items := r.of(table)
	for at := range items {
		t.goOn(items[at].entries() + 8)
		t.visit(0, items[at].entries())
		t.rows = items[at].rowNumbers().appendTo(t.rows[:0])
		for _, row := range t.rows {
			group := p.group(table, row)
			if int(group) >= len(seen.last) {
				seen.last = append(seen.last, make([]uint32, max(int(group)+1, len(p.parent))-len(seen.last))...)
			}
			if group != 0 && seen.last[group] != seen.now {
				seen.last[group] = seen.now
				met = append(met, group)
			}
		}
	}
	t.met[i] = met
}
