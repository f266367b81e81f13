package sqlite

import (
	"bytes"
	"fmt"
	"slices"

	"muster"
	"muster/internal/store"
)

// number gives the content with every row numbered, adding those that the dictionary does not have to it and to the outcome.
// The caller's content stays as it is: Decide may give it again.
func (g *group) number(key muster.ItemKey, t *itemType, c *muster.Content, out *store.Outcome) (*muster.Content, error) {
	if !t.loaded {
		if err := g.queryRow(g.w.maxRow, []any{t.id}, &t.rows); err != nil {
			return nil, err
		}
		t.loaded = true
	}
	numbered := c
	if len(c.Fresh) > 0 {
		numbered = &muster.Content{Rows: slices.Clone(c.Rows), Split: c.Split, Volatile: c.Volatile}
	}
	for _, f := range c.Fresh {
		if f.At < 0 || f.At >= len(c.Rows) || numbered.Rows[f.At] != 0 {
			return nil, fmt.Errorf("fresh row at %d of %d has no place", f.At, len(c.Rows))
		}
		id, isNew, err := g.intern(t, f.Entry)
		if err != nil {
			return nil, err
		}
		numbered.Rows[f.At] = id
		if isNew {
			out.Rows = append(out.Rows, muster.Row{Space: key.Space, Type: key.Type, ID: id, Entry: f.Entry})
		}
	}
	for i, id := range numbered.Rows {
		if id == 0 || id > t.rows {
			return nil, fmt.Errorf("no row has the id %d, at %d", id, i)
		}
	}
	return numbered, nil
}

// intern gives the id of the entry in the dictionary of the type, and whether it is new there.
func (g *group) intern(t *itemType, e muster.Entry) (id muster.RowID, isNew bool, err error) {
	body := encodeEntry(e)
	hash := entryHash(body)
	id, err = g.findRow(t, hash, body)
	if err != nil || id != 0 {
		return id, false, err
	}
	t.rows++
	return t.rows, true, g.exec(g.w.addRow, t.id, t.rows, hash, body)
}

func (g *group) findRow(t *itemType, hash int64, body []byte) (found muster.RowID, err error) {
	rows, err := g.w.findRow.QueryContext(g.ctx, t.id, hash)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id muster.RowID
		var have []byte
		if err := rows.Scan(&id, &have); err != nil {
			return 0, err
		}
		if bytes.Equal(have, body) {
			return id, nil
		}
	}
	return 0, rows.Err()
}
