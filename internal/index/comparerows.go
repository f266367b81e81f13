package index

import "math/bits"

// comparingRows compares the entries of one type.
type comparingRows struct {
	*comparing
	t        *table
	tallies  []rowTally    // by row
	met      []uint32      // the rows that any node of the sides may have
	values   []valueBounds // by bucket
	spent    int           // on counting, in steps
	walked   bool          // so that no node of the sides has a row that was not met
	together *union
	shared   map[uint32][]sharing // by the first of the rows
}

// rowTally is how many nodes of each side have a row.
type rowTally struct {
	nodes   [2]uint32 // at most so many, if they are not counted
	last    uint32    // the last node that had it, by its ordinal and 1: one that has a row twice is one node
	counted bool
	offered bool
}

func (c *comparing) entries(t *table) {
	r := &comparingRows{comparing: c, t: t, together: c.union(), shared: map[uint32][]sharing{}}
	r.tallies = make([]rowTally, t.rowCap())
	if !r.askRows() {
		r.walk(c.sets)
		r.walked = true
	}
	c.plan("compare %d and %d nodes: %d of %d rows of %s", c.sizes[0], c.sizes[1], len(r.met), t.rows, t.name)
	r.offerRows(0)
	for column := range t.comparable {
		r.compareValues(column)
	}
}

// askRows counts the nodes by row by asking each row for its nodes, from the most common ones on, so that soon most of the others
// are hopeless. It says false as soon as it would be cheaper to walk what the nodes have, as it is for few nodes, or for sides
// that hardly differ.
func (r *comparingRows) askRows() bool {
	var entries [2]int
	for side, nodes := range r.sets {
		if holding := nodes.countIn(r.t.holders); holding > 0 {
			entries[side] = holding * (r.t.entries / r.t.holders.len())
		}
	}
	if entries[0]+entries[1] < 4*r.t.rows {
		return false
	}
	walked := r.walkSmaller(entries)
	r.met = r.met[:0]
	for row := range r.t.allRows() {
		n, tally := r.t.nodes.get(row).len(), &r.tallies[row]
		for side, size := range r.sizes {
			if side != walked {
				tally.nodes[side] = uint32(min(n, size))
			}
		}
		if tally.counted = false; n > 0 {
			r.met = append(r.met, row)
		}
	}
	for _, share := range []float64{0.5, 0.1, 0.01, 0} {
		if r.offerRows(share); r.spent > 2*(entries[0]+entries[1]) {
			return false
		}
	}
	return true
}

// offerRows offers the rows that such a share of a side's nodes may have.
func (r *comparingRows) offerRows(share float64) {
	for _, row := range r.met {
		tally := &r.tallies[row]
		most := ints(tally.nodes)
		if tally.offered || max(r.share(0, most[0]), r.share(1, most[1])) < share || r.hopeless(tally.least(), most) {
			continue
		}
		tally.offered = true
		r.offer(r.count(row), func() *Difference { return &Difference{Type: r.t.name, Entry: r.t.entry(row), Whole: true} })
	}
	r.goOn(len(r.met))
}

// walkSmaller walks a side that is much smaller than the other, and says which: so nothing that only the greater one has is taken for
// what the smaller one may have. It gives -1 if it walks none.
func (r *comparingRows) walkSmaller(entries [2]int) int {
	smaller := 0
	if entries[1] < entries[0] {
		smaller = 1
	}
	if 3*entries[smaller] > entries[1-smaller] {
		return -1
	}
	sides := r.sets
	sides[1-smaller] = r.bitset()
	r.walk(sides)
	return smaller
}

// walk counts the nodes of the sides by row by walking what they have.
func (r *comparingRows) walk(sides [2]bitset) {
	for i := range r.tallies {
		r.tallies[i] = rowTally{offered: r.tallies[i].offered}
	}
	r.met = r.met[:0]
	var rows []uint32
	for at := range sides[0] {
		for word := sides[0][at] | sides[1][at]; word != 0; word &= word - 1 {
			ordinal := uint32(at*64 + bits.TrailingZeros64(word))
			items := r.records.get(ordinal).of(r.t)
			for i := range items {
				rows = items[i].rowNumbers().appendTo(rows[:0])
				r.tell(sides, ordinal, rows)
			}
			if r.visit(1, len(rows)); !r.goOn(1 + len(rows)) {
				return
			}
		}
	}
}

// tell adds a node that has the rows.
func (r *comparingRows) tell(sides [2]bitset, ordinal uint32, rows []uint32) {
	var one [2]uint32
	for side, nodes := range sides {
		one[side] = uint32(nodes[ordinal/64] >> (ordinal % 64) & 1)
	}
	for _, row := range rows {
		tally := &r.tallies[row]
		if tally.last == ordinal+1 {
			continue
		}
		if tally.last == 0 {
			tally.counted = true
			r.met = append(r.met, row)
		}
		tally.last = ordinal + 1
		tally.nodes[0] += one[0]
		tally.nodes[1] += one[1]
	}
}

// count gives how many nodes of each side have the row.
func (r *comparingRows) count(row uint32) [2]int {
	tally := &r.tallies[row]
	if !tally.counted && !r.walked {
		has := r.t.nodes.get(row)
		tally.counted = true
		tally.nodes = [2]uint32{uint32(r.sets[0].countIn(has)), uint32(r.sets[1].countIn(has))}
		steps := 2 * min(has.len(), 4*len(r.sets[0]))
		r.visit(0, 1)
		r.spent += steps
		r.goOn(steps)
	}
	return ints(tally.nodes)
}

// least gives how many nodes of each side have the row at least.
func (t *rowTally) least() [2]int {
	if !t.counted {
		return [2]int{}
	}
	return ints(t.nodes)
}

func ints(nodes [2]uint32) [2]int { return [2]int{int(nodes[0]), int(nodes[1])} }

// hopeless says whether no numbers between these have a score that is among the best.
func (c *comparing) hopeless(least, most [2]int) bool {
	best := max(c.score([2]int{most[0], least[1]}), -c.score([2]int{least[0], most[1]}))
	return best <= 0 || best < c.best.floor
}
