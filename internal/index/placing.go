package index

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"muster/internal/query"
)

// placeBeside begins to place the values of all dictionaries, whose rows have come, beside what is left of a load.
func (b *Batch) placeBeside() {
	if b.load.everPlaced {
		return
	}
	b.load.everPlaced = true
	gen, tables := b.next.gen, slices.Clone(b.next.tables)
	b.load.placing.Go(func() {
		for _, t := range tables {
			if !t.byNode { // whose values come with the nodes
				t.place(gen)
			}
		}
	})
}

// placed is what place finds out about a column.
type placed struct {
	ids    []uint32 // the column's values in their order
	many   uint32   // how many of them several rows have
	place  uint32   // of the first of those among the sets of rows
	starts []uint32 // by value: where its rows start, and end where those of the next one do
	rows   []uint32
}

// place does what a load puts off for the values of a dictionary: it puts them into the order of their columns, and finds the rows
// that have them. Columns have nothing in common but the pages that they are written to.
func (t *table) place(g generation) {
	if !t.unplaced {
		return
	}
	t.unplaced = false
	columns := make([]placed, t.width+1)
	byColumn := make([][]uint32, t.width+1)
	for id := uint32(1); id < t.valueCap; id++ {
		if v := t.values.get(id); v.column != 0 {
			byColumn[v.column] = append(byColumn[v.column], id)
		}
	}
	var workers sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for column := uint32(1); column <= t.width; column++ {
		turns <- struct{}{}
		workers.Go(func() {
			columns[column].ids = t.inOrder(byColumn[column])
			columns[column].findRows(t, t.columns.get(column))
			<-turns
		})
	}
	workers.Wait()
	many := uint32(0)
	for i := range columns {
		columns[i].place = many
		many += columns[i].many
	}
	t.rowsWith = sets{} // rows may have come since they were placed
	first := t.rowsWith.reserve(g, t.valueCap, many)
	for id := uint32(0); id < t.valueCap; id += pageSize { // so that no page is made below, where two may want it
		t.values.at(g, id)
	}
	for column := uint32(1); column <= t.width; column++ {
		c := t.ownColumn(g, column)
		turns <- struct{}{}
		workers.Go(func() {
			c.values = orderOf(g, columns[column].ids)
			t.placeColumn(g, &columns[column], first)
			<-turns
		})
	}
	workers.Wait()
	for _, id := range t.orphans {
		if c := t.values.get(id).column; c != 0 && columns[c].starts[id] == columns[c].starts[id+1] {
			t.rowsWith.drop(g, id)
			t.freeValue(g, id)
		}
	}
	t.orphans = nil
}

// placeColumn notes the bucket of each value and the rows that have it.
func (t *table) placeColumn(g generation, p *placed, firstPlace uint32) {
	place := firstPlace + p.place
	bucket, text := uint32(0), ""
	for _, id := range p.ids {
		v := t.values.at(g, id)
		if bucket == 0 || !strings.EqualFold(v.text, text) {
			bucket, text = id, v.text
		}
		v.bucket = bucket
		switch rows := p.rows[p.starts[id]:p.starts[id+1]]; len(rows) {
		case 0:
		case 1:
			t.rowsWith.set(g, id, set{one: rows[0] + 1})
		default:
			t.rowsWith.setAt(g, id, place, set{}.extend(g, rows).many)
			place++
		}
	}
}

// inOrder sorts values by folded text and then by text.
func (t *table) inOrder(ids []uint32) []uint32 {
	plain, others := make([]keyedText, 0, len(ids)), []keyedText(nil) // most texts are ASCII, which is sorted faster
	for _, id := range ids {
		k := keyedText{text: t.values.get(id).text, id: id}
		if query.IsASCII(k.text) {
			plain = append(plain, k)
		} else {
			others = append(others, k)
		}
	}
	sortPlain(plain, 0)
	slices.SortFunc(others, keyedText.compare)
	for i := range ids {
		from := &plain
		if len(plain) == 0 || len(others) > 0 && others[0].compare(plain[0]) < 0 {
			from = &others
		}
		ids[i], *from = (*from)[0].id, (*from)[1:]
	}
	return ids
}

// keyedText is a value to be sorted.
type keyedText struct {
	head uint64 // letters of the text, folded
	text string
	id   uint32
}

func (a keyedText) compare(b keyedText) int {
	return cmp.Or(query.CompareFold(a.text, b.text), strings.Compare(a.text, b.text))
}

// sortPlain sorts ASCII texts that are the same, but for letter case, up to a depth. It takes eight letters at a time as one number:
// of texts that begin alike each is looked at once for eight letters, not once for each comparison.
func sortPlain(list []keyedText, depth int) {
	if len(list) < 16 {
		slices.SortFunc(list, keyedText.compare)
		return
	}
	for i := range list {
		list[i].head = query.FoldedASCII(list[i].text[min(depth, len(list[i].text)):])
	}
	slices.SortFunc(list, func(a, b keyedText) int { return cmp.Compare(a.head, b.head) })
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].head == list[0].head {
			n++
		}
		if ended := list[0].head&0xff == 0; ended {
			slices.SortFunc(list[:n], keyedText.compare)
		} else {
			sortPlain(list[:n], depth+8)
		}
		list = list[n:]
	}
}

// findRows sorts the rows that have an attribute by the values that they have, by counting.
func (p *placed) findRows(t *table, c *column) {
	starts := make([]uint32, t.valueCap+2)
	for _, v := range c.each {
		if starts[v+2]++; starts[v+2] == 2 {
			p.many++
		}
	}
	for v := 2; v < len(starts); v++ {
		starts[v] += starts[v-1]
	}
	p.rows = make([]uint32, starts[len(starts)-1])
	for row, v := range c.each {
		p.rows[starts[v+1]] = row
		starts[v+1]++
	}
	p.starts = starts
}
