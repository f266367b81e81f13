package index

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"muster"
	"muster/internal/query"
)

// Comparison is two sets of nodes and what sets them apart.
type Comparison struct {
	Nodes       [2]int       // how many each set has
	Differences []Difference // the greatest first
	More        bool         // there are smaller ones
}

// Difference is something that the nodes of one set have more often than those of the other: a type; an entry of the dictionary; or
// attributes that some entries share, and always together.
type Difference struct {
	Type  muster.TypeName
	Entry muster.Entry // nil for the type as such
	Whole bool         // the Entry is all of an entry, but for what is volatile in it
	Nodes [2]int       // of each set, that have it
	Score float64      // the share of the first set's nodes that have it, less that of the second's: from -1 to 1
}

// Compare gives at most limit differences between the nodes that satisfy a and those that satisfy b, by the size of the score. Some
// nodes may be in both.
//
// What the score leaves equal comes by type: first the type as such, then shared attributes, then entries, by text. Shared attributes
// are left out where one entry alone has as many nodes of both sets, since it says more, and where more than maxSharing entries
// have them. InstanceId is no difference, nor is what lies outside the dictionary, whose values hardly repeat. It fails only when the
// context ends.
func (s *Snapshot) Compare(ctx context.Context, a, b query.Where, limit int) (Comparison, error) {
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	c := &comparing{eval: e, best: best{most: limit + 1}}
	for i, where := range []query.Where{a, b} {
		c.sets[i] = e.where(where)
		c.sizes[i] = c.sets[i].count()
	}
	if slices.Equal(c.sets[0], c.sets[1]) {
		return Comparison{Nodes: c.sizes}, e.err
	}
	for _, t := range s.tables {
		c.holders(t)
		if t.byNode {
			c.nodeValues(t)
		} else {
			c.entries(t)
		}
	}
	if e.err != nil {
		return Comparison{}, e.err
	}
	c.best.cut()
	result := Comparison{Nodes: c.sizes, More: len(c.best.kept) > limit}
	for _, d := range c.best.kept[:min(limit, len(c.best.kept))] {
		result.Differences = append(result.Differences, *d)
	}
	return result, nil
}

// comparing is a comparison under way.
type comparing struct {
	*eval
	sets  [2]bitset
	sizes [2]int
	best  best
}

func (c *comparing) share(side, nodes int) float64 {
	return float64(nodes) / float64(max(1, c.sizes[side]))
}

func (c *comparing) score(nodes [2]int) float64 { return c.share(0, nodes[0]) - c.share(1, nodes[1]) }

func (c *comparing) countIn(s set) [2]int {
	return [2]int{c.sets[0].countIn(s), c.sets[1].countIn(s)}
}

// offer adds a difference if it is among the best so far.
func (c *comparing) offer(nodes [2]int, make func() *Difference) *Difference {
	score := c.score(nodes)
	if score == 0 || math.Abs(score) < c.best.floor {
		return nil
	}
	d := make()
	d.Nodes, d.Score = nodes, score
	c.best.add(d)
	return d
}

// holders compares how many nodes have the type.
func (c *comparing) holders(t *table) {
	if !t.byNode { // which every node has
		c.offer(c.countIn(t.holders), func() *Difference { return &Difference{Type: t.name} })
	}
}

// nodeValues compares the values of the table whose rows are nodes.
func (c *comparing) nodeValues(t *table) {
	for column := range t.comparable {
		var nodes [2]int
		var first value
		flush := func() {
			c.offer(nodes, func() *Difference {
				return &Difference{Type: t.name, Entry: muster.Entry{{Name: column.name, Value: first.text}}}
			})
			nodes = [2]int{}
		}
		for v := range column.values.from(place{}) { // those of one bucket are neighbours
			value, rows := t.values.get(v), t.rowsWith.get(v)
			if value.bucket != first.bucket {
				flush()
				first = value
			}
			more := c.countIn(rows)
			nodes[0], nodes[1] = nodes[0]+more[0], nodes[1]+more[1]
			if !c.goOn(1 + rows.len()/64) {
				return
			}
		}
		flush()
	}
}

// comparable gives the columns, by name, that tell all that there is of an attribute.
func (t *table) comparable(yield func(*column) bool) {
	for id := range t.names.from(place{}) {
		c := t.columns.get(id)
		if c.rows > 0 && c.name != "InstanceId" && !t.liesOutside(c.name) && !yield(c) {
			return
		}
	}
}

// best keeps the greatest differences.
type best struct {
	most  int
	floor float64 // what is smaller is not among them
	kept  []*Difference
}

func (b *best) add(d *Difference) {
	if b.kept = append(b.kept, d); len(b.kept) >= 2*b.most {
		b.cut()
	}
}

// cut leaves as many as are wanted, in order.
func (b *best) cut() {
	slices.SortFunc(b.kept, compareDifferences)
	if len(b.kept) >= b.most {
		b.kept = b.kept[:b.most]
		b.floor = math.Abs(b.kept[b.most-1].Score)
	}
}

func compareDifferences(a, b *Difference) int {
	if c := cmp.Or(cmp.Compare(math.Abs(b.Score), math.Abs(a.Score)), cmp.Compare(a.Type, b.Type), cmp.Compare(a.kind(), b.kind())); c != 0 {
		return c
	}
	if a.Whole { // two versions of one thing stand together
		of, other := a.name(), b.name()
		return cmp.Or(strings.Compare(of, other), a.Entry.Compare(b.Entry))
	}
	return a.Entry.Compare(b.Entry)
}

func (d *Difference) kind() int {
	switch {
	case d.Entry == nil:
		return 0
	case !d.Whole:
		return 1
	}
	return 2
}

func (d *Difference) name() string {
	name, _ := d.Entry.Get("Name")
	return name
}
