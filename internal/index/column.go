package index

import (
	"cmp"
	"slices"
)

// thinColumn is how many rows a column has before it is kept by row. A hostile node can name millions of attributes; each
// then costs some hundred bytes instead of pages.
const thinColumn = 128

// column is one attribute of a type: which value each row has, by its id.
type column struct {
	gen    generation
	name   string
	values order          // the attribute's values, by folded text and then by text
	rows   int            // those that have the attribute
	reused int            // how often a value got the number of one that is gone
	thin   []cell         // the cells by row, while they are few
	full   vector[uint32] // value id by row, 0 for none, once they were many
}

type cell struct{ row, value uint32 }

// value is one text that an attribute has had. Ids are given out per type, from 1, and again when the last row that had the
// value is gone.
type value struct {
	text   string
	column uint32
	bucket uint32 // one value, the same for all that differ in case only, so that grouping by it is grouping by folded text
}

func (c *column) get(row uint32) (value uint32) {
	if c.full.pages != nil {
		return c.full.get(row)
	}
	if at, ok := c.find(row); ok {
		return c.thin[at].value
	}
	return 0
}

func (c *column) find(row uint32) (at int, ok bool) {
	return slices.BinarySearchFunc(c.thin, row, func(have cell, row uint32) int { return cmp.Compare(have.row, row) })
}

// set writes into a column that is owned. Value 0 takes the cell away.
func (c *column) set(g generation, row, value uint32) {
	if c.get(row) == 0 && value != 0 {
		c.rows++
	} else if c.get(row) != 0 && value == 0 {
		c.rows--
	}
	if c.full.pages == nil && len(c.thin) == thinColumn {
		for _, have := range c.thin {
			c.full.set(g, have.row, have.value)
		}
		c.thin = nil
	}
	if c.full.pages != nil && value == 0 {
		c.full.drop(g, row)
		return
	}
	if c.full.pages != nil {
		c.full.set(g, row, value)
		return
	}
	switch at, found := c.find(row); {
	case found && value == 0:
		c.thin = slices.Delete(c.thin, at, at+1)
	case found:
		c.thin[at].value = value
	case value != 0:
		c.thin = slices.Insert(c.thin, at, cell{row, value})
	}
}

// each calls yield with the rows that have the attribute and their values, ascending, until it says false.
func (c *column) each(yield func(row, value uint32) bool) {
	for _, have := range c.thin {
		if !yield(have.row, have.value) {
			return
		}
	}
	for at, p := range c.full.pages {
		if p == nil {
			continue
		}
		for i, v := range p {
			if v != 0 && !yield(uint32(at*pageSize+i), v) {
				return
			}
		}
	}
}
