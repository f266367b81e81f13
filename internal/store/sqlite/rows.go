package sqlite

import (
	"fmt"
	"slices"

	"muster"
	"muster/internal/store"
)

// number gives the content with every row numbered, adding those that the dictionary does not have to it and to the outcome.
// The caller's content stays as it is: Decide may give it again.
func (g *group) number(key muster.ItemKey, d *dictionary, c *muster.Content, out *store.Outcome) (*muster.Content, error) {
	numbered := c
	if len(c.Fresh) > 0 {
		numbered = &muster.Content{Rows: slices.Clone(c.Rows), Split: c.Split, Volatile: c.Volatile}
	}
	for _, f := range c.Fresh {
		if f.At < 0 || f.At >= len(c.Rows) || numbered.Rows[f.At] != 0 {
			return nil, fmt.Errorf("fresh row at %d of %d has no place", f.At, len(c.Rows))
		}
		id, isNew, err := g.intern(d, f.Entry)
		if err != nil {
			return nil, err
		}
		numbered.Rows[f.At] = id
		if isNew {
			out.Rows = append(out.Rows, muster.Row{Space: key.Space, Type: key.Type, ID: id, Entry: f.Entry})
		}
	}
	for i, id := range numbered.Rows {
		if id == 0 || id > d.given {
			return nil, fmt.Errorf("no row has the id %d, at %d", id, i)
		}
	}
	return numbered, nil
}
