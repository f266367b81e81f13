package index

import (
	"slices"

	"muster"
)

// maxSharing is how many entries may share attributes that are compared. What more share, such as an architecture, says little, and
// its nodes are many to bring together.
const maxSharing = 64

// comparingRows compares the entries of one type.
type comparingRows struct {
	*comparing
	t        *table
	walked   [2][]uint32 // by side, then by row: the nodes that have it; nil for a side whose nodes are too many to walk
	together *union
	shared   map[uint32][]sharing // by the first of the rows
}

// sharing is rows that have a value, and no others.
type sharing struct {
	rows       []uint32
	difference *Difference // nil if it is not among the best
}

func (c *comparing) entries(t *table) {
	r := &comparingRows{comparing: c, t: t, together: c.union(), shared: map[uint32][]sharing{}}
	for side := range c.sets {
		r.walked[side] = c.walk(t, side)
	}
	c.plan("compare %d and %d nodes: %d rows of %s", c.sizes[0], c.sizes[1], t.rows, t.name)
	c.visit(0, t.rows)
	for row := range t.allRows() {
		if !c.goOn(1) {
			return
		}
		if least, most := r.bounds(row); c.hopeless(least, most) {
			continue
		}
		c.offer(r.count(row), func() *Difference { return &Difference{Type: t.name, Entry: t.entry(row), Whole: true} })
	}
	for column := range t.comparable {
		r.values(column)
	}
}

// walk counts the nodes of a side by row, by walking their items, if that is cheaper than asking each row for its nodes.
func (c *comparing) walk(t *table, side int) []uint32 {
	nodes := c.sets[side]
	holding := nodes.countIn(t.holders)
	if holding > 0 && holding*(t.entries/t.holders.len()) > 4*t.rows {
		return nil
	}
	counts := make([]uint32, t.shape.cap())
	c.visit(holding, 0)
	var rows []uint32
	for ordinal := range nodes.each {
		rows = c.records.get(ordinal).rowsOf(t, rows)
		if !c.goOn(1 + len(rows)) {
			break
		}
		for _, row := range rows {
			counts[row]++
		}
	}
	return counts
}

// bounds gives between what the numbers of nodes of each side are that have the row.
func (r *comparingRows) bounds(row uint32) (least, most [2]int) {
	for side, counts := range r.walked {
		if counts != nil {
			least[side], most[side] = int(counts[row]), int(counts[row])
		} else {
			most[side] = min(r.t.nodes.get(row).len(), r.sizes[side])
		}
	}
	return least, most
}

// hopeless says whether no numbers between these have a score that is among the best.
func (c *comparing) hopeless(least, most [2]int) bool {
	best := max(c.score([2]int{most[0], least[1]}), -c.score([2]int{least[0], most[1]}))
	return best <= 0 || best < c.best.floor
}

func (r *comparingRows) count(row uint32) (nodes [2]int) {
	for side, counts := range r.walked {
		if counts != nil {
			nodes[side] = int(counts[row])
			continue
		}
		has := r.t.nodes.get(row)
		nodes[side] = r.sets[side].countIn(has)
		r.goOn(has.len() / 64)
	}
	return nodes
}

// values compares the nodes that have each value in any row.
func (r *comparingRows) values(column *column) {
	var first value
	var rows []uint32
	flush := func() {
		if 1 < len(rows) && len(rows) <= maxSharing { // one row has been compared
			slices.Sort(rows)
			r.share(muster.Field{Name: column.name, Value: first.text}, rows)
		}
		rows = rows[:0]
	}
	for v := range column.values.from(place{}) { // those of one bucket are neighbours
		value := r.t.values.get(v)
		if value.bucket != first.bucket {
			flush()
			first = value
		}
		for row := range r.t.rowsWith.get(v).each {
			if len(rows) > maxSharing {
				break
			}
			rows = append(rows, row)
		}
		if !r.goOn(1 + len(rows)) {
			return
		}
	}
	flush()
}

// share compares the nodes that have any of the rows, which have the field and are in order.
func (r *comparingRows) share(field muster.Field, rows []uint32) {
	var least, most [2]int
	for _, row := range rows {
		from, to := r.bounds(row)
		for side := range most {
			least[side] = max(least[side], from[side])
			most[side] = min(most[side]+to[side], r.sizes[side])
		}
	}
	if r.hopeless(least, most) {
		return
	}
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
	r.shared[rows[0]] = append(r.shared[rows[0]], sharing{slices.Clone(rows), d})
}

// difference counts the nodes that have any of the rows.
func (r *comparingRows) difference(field muster.Field, rows []uint32) *Difference {
	for _, row := range rows {
		r.together.add(r.t.nodes.get(row))
	}
	nodes := [2]int{r.together.countIn(r.sets[0]), r.together.countIn(r.sets[1])}
	r.goOn(len(rows) + 2*r.together.cost())
	r.together.reset()
	for _, row := range rows {
		if r.count(row) == nodes {
			return nil
		}
	}
	return r.offer(nodes, func() *Difference { return &Difference{Type: r.t.name, Entry: muster.Entry{field}} })
}
