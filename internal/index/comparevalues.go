package index

import (
	"slices"

	"muster"
	"muster/internal/query"
)

// maxSharing is how many entries may share attributes that are compared. What more share, such as an architecture, says little, and
// its nodes are many to bring together.
const maxSharing = 64

// valueBounds is between what the numbers of nodes of each side are that have a value in any row.
type valueBounds struct {
	least, most [2]uint32
	rows        uint32 // of those that were met
}

// sharing is rows that have a value, and no others.
type sharing struct {
	rows       []uint32
	difference *Difference // nil if it is not among the best
}

// compareValues compares the nodes that have each value of an attribute in any row. A value of one row has been compared with it.
func (r *comparingRows) compareValues(column *column) {
	few := r.fewNodes()
	for _, bucket := range r.bound(column, few) {
		b := &r.values[bucket]
		for side, n := range few { // the rows that were left out
			b.most[side] += maxSharing * n
		}
		if b.rows > maxSharing || r.hopeless(ints(b.least), r.most(b)) {
			continue
		}
		field := muster.Field{Name: column.name}
		var rows []uint32
		for v := range r.t.spellings(column, query.Fold(r.t.values.get(bucket).text)) {
			if field.Value == "" {
				field.Value = r.t.values.get(v).text
			}
			for row := range r.t.rowsWith.get(v).each {
				if rows = append(rows, row); len(rows) > maxSharing {
					break
				}
			}
		}
		if 1 < len(rows) && len(rows) <= maxSharing {
			slices.Sort(rows)
			r.compareSharing(field, rows)
		}
		if !r.goOn(8 + len(rows)) {
			return
		}
	}
}

// fewNodes gives for each side with how many nodes a row is too rare to look at its values: as many such rows as may share a value do
// not come half as far as the smallest of the best differences.
func (r *comparingRows) fewNodes() (few [2]uint32) {
	for side, size := range r.sizes {
		few[side] = uint32(r.best.floor * float64(size) / (2 * maxSharing))
	}
	return few
}

// bound finds the buckets of the attribute that the rows met have, but for the rare ones, and their bounds.
func (r *comparingRows) bound(column *column, few [2]uint32) (buckets []uint32) {
	if r.values == nil {
		r.values = make([]valueBounds, r.t.values.cap())
	}
	for _, row := range r.met {
		if nodes := &r.tallies[row].nodes; nodes[0] < few[0] && nodes[1] < few[1] {
			continue
		}
		v := column.get(row)
		if v == 0 {
			continue
		}
		bucket := r.t.values.get(v).bucket
		b := &r.values[bucket]
		if b.rows == 0 {
			buckets = append(buckets, bucket)
		}
		b.add(&r.tallies[row])
	}
	r.goOn(len(r.met))
	return buckets
}

// add adds the nodes that have a row.
func (b *valueBounds) add(t *rowTally) {
	b.rows++
	for side, n := range t.nodes {
		b.most[side] += n
		if t.counted {
			b.least[side] = max(b.least[side], n)
		}
	}
}

// most gives the bounds from above: no side has more nodes than it has.
func (r *comparingRows) most(b *valueBounds) [2]int {
	most := ints(b.most)
	return [2]int{min(most[0], r.sizes[0]), min(most[1], r.sizes[1])}
}

// compareSharing compares the nodes that have any of the rows, which have the field and are in order.
func (r *comparingRows) compareSharing(field muster.Field, rows []uint32) {
	for _, s := range r.shared[rows[0]] {
		if !slices.Equal(s.rows, rows) {
			continue
		}
		if s.difference != nil { // the columns come by name, and so do the fields
			s.difference.Entry = append(s.difference.Entry, field)
		}
		return
	}
	d := r.difference(field, rows)
	r.shared[rows[0]] = append(r.shared[rows[0]], sharing{rows, d})
}

// difference counts the nodes that have any of the rows, and gives the difference if it is one of the best.
func (r *comparingRows) difference(field muster.Field, rows []uint32) *Difference {
	if b := r.boundsOf(rows); r.hopeless(ints(b.least), r.most(&b)) {
		return nil
	}
	for _, row := range rows {
		r.count(row)
	}
	b := r.boundsOf(rows)
	if r.hopeless(ints(b.least), r.most(&b)) {
		return nil
	}
	nodes := ints(b.least)
	if nodes != r.most(&b) {
		nodes = r.countAny(rows)
	}
	for _, row := range rows {
		if r.count(row) == nodes {
			return nil
		}
	}
	return r.offer(nodes, func() *Difference { return &Difference{Type: r.t.name, Entry: muster.Entry{field}} })
}

// boundsOf gives the bounds of a value that just these rows have.
func (r *comparingRows) boundsOf(rows []uint32) (b valueBounds) {
	for _, row := range rows {
		b.add(&r.tallies[row])
	}
	return b
}

// countAny counts the nodes of each side that have any of the rows.
func (r *comparingRows) countAny(rows []uint32) [2]int {
	for _, row := range rows {
		r.together.add(r.t.nodes.get(row))
	}
	defer r.together.reset()
	r.goOn(len(rows) + 2*r.together.cost())
	return [2]int{r.together.countIn(r.sets[0]), r.together.countIn(r.sets[1])}
}
