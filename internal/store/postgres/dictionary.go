package postgres

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// rowChange is what a change does to the dictionary: it removes a row, or it puts an item whose rows are to be numbered.
type rowChange struct {
	of     *record // nil for a removal
	change *muster.Change
	out    *store.Outcome
	call   int             // of the group
	was    muster.Position // of a removal: where no item had the row
}

// rowGone says that a call names a row which is there no more.
type rowGone struct{ call int }

func (e *rowGone) Error() string { return fmt.Sprintf("call %d: %v", e.call+1, store.ErrRowGone) }

// dictionary is what a group knows of the rows of a type: those that its calls may name, by number or by entry.
type dictionary struct {
	given, was muster.RowID            // the highest id so far, now and before the group
	bodies     map[muster.RowID]string // of the rows that are there; empty for one that is only named
	ids        map[string]muster.RowID
	added      map[muster.RowID]bool
	removed    []muster.RowID
}

// number gives every row of every content its number, in the order of the calls. It reads all that it has to know of the
// dictionary at once: which of the named rows are there, and which rows look like the new ones.
func (g *group) number() error {
	if err := g.w.ensure(g.ctx, g.written()); err != nil {
		return err
	}
	if len(g.rows) == 0 {
		return nil
	}
	if err := g.readRows(); err != nil {
		return err
	}
	for _, c := range g.rows {
		if c.of == nil {
			g.removeRow(c)
			continue
		}
		if err := g.numberItem(c); err != nil {
			return fmt.Errorf("change %#v: %w", c.change.Key, err)
		}
	}
	g.uses.leaveOut()
	return nil
}

// written gives the keys under which something will be.
func (g *group) written() []muster.Key {
	var keys []muster.Key
	for _, key := range g.changed {
		if g.records[key].value != nil {
			keys = append(keys, key)
		}
	}
	for _, c := range g.rows {
		if c.of != nil {
			keys = append(keys, c.change.Key) // gone again perhaps, but its rows stay
		}
	}
	return keys
}

// rowNames is rows by number or by hash, each of them once.
type rowNames struct {
	types []int32
	names []int64
	asked map[[2]int64]bool
}

func (r *rowNames) add(t int32, name int64) {
	if r.asked == nil {
		r.asked = map[[2]int64]bool{}
	}
	if at := [2]int64{int64(t), name}; !r.asked[at] {
		r.asked[at] = true
		r.types, r.names = append(r.types, t), append(r.names, name)
	}
}

func (g *group) readRows() error {
	var named, removed, hashes rowNames
	g.types = map[int32]*dictionary{}
	var body []byte
	for _, c := range g.rows {
		if c.of == nil {
			row := c.change.Key.(muster.RowKey)
			if t := g.w.typeOf(row.Space, row.Type); t != 0 {
				g.types[t] = nil
				removed.add(t, int64(row.ID))
			}
			continue
		}
		key, content := c.change.Key.(muster.ItemKey), c.change.Value.(*muster.Item).Content
		t := g.w.typeOf(key.Space, key.Type)
		g.types[t] = nil
		for _, id := range content.Rows {
			if id != 0 {
				named.add(t, int64(id))
			}
		}
		for _, f := range content.Fresh {
			body = codec.AppendEntry(body[:0], f.Entry)
			hashes.add(t, int64(codec.EntryHash(body)))
		}
	}
	b := &pgx.Batch{}
	g.queueUses(b)
	g.queueGiven(b)
	g.queueRows(b, `SELECT d.type, d.id, NULL::bytea FROM unnest($1::int[], $2::bigint[]) AS k (type, id)
		JOIN dictionary d ON d.type = k.type AND d.id = k.id`, named)
	g.queueRows(b, `SELECT d.type, d.id, d.body FROM unnest($1::int[], $2::bigint[]) AS k (type, id)
		JOIN dictionary d ON d.type = k.type AND d.id = k.id`, removed)
	g.queueRows(b, `SELECT d.type, d.id, d.body FROM unnest($1::int[], $2::bigint[]) AS k (type, hash)
		JOIN dictionary d ON d.type = k.type AND d.hash = k.hash`, hashes)
	return g.w.conn.SendBatch(g.ctx, b).Close()
}

func (g *group) queueGiven(b *pgx.Batch) {
	var types []int32
	for t := range g.types {
		types = append(types, t)
	}
	b.Queue(`SELECT id, given FROM type WHERE id = ANY($1::int[])`, types).Query(func(rows pgx.Rows) error {
		var t int32
		var given muster.RowID
		_, err := pgx.ForEachRow(rows, []any{&t, &given}, func() error {
			g.types[t] = &dictionary{given, given, map[muster.RowID]string{}, map[string]muster.RowID{}, map[muster.RowID]bool{}, nil}
			return nil
		})
		return err
	})
}

func (g *group) queueRows(b *pgx.Batch, query string, of rowNames) {
	if len(of.types) == 0 {
		return
	}
	b.Queue(query, of.types, of.names).Query(func(rows pgx.Rows) error {
		var t int32
		var id muster.RowID
		var body []byte
		_, err := pgx.ForEachRow(rows, []any{&t, &id, &body}, func() error {
			g.types[t].know(id, string(body), body != nil)
			return nil
		})
		return err
	})
}

// know notes a row that is there, and its body if that was asked for.
func (d *dictionary) know(id muster.RowID, body string, told bool) {
	if told {
		d.bodies[id], d.ids[body] = body, id
	} else if _, ok := d.bodies[id]; !ok {
		d.bodies[id] = ""
	}
}

// numberItem puts the numbers into the outcome. The caller's content stays as it is: Decide may give it again.
func (g *group) numberItem(c rowChange) error {
	key, item := c.change.Key.(muster.ItemKey), *c.change.Value.(*muster.Item)
	d := g.types[g.w.typeOf(key.Space, key.Type)]
	content := &muster.Content{Rows: slices.Clone(item.Content.Rows), Split: item.Content.Split, Volatile: item.Content.Volatile}
	for _, f := range item.Content.Fresh {
		if f.At < 0 || f.At >= len(content.Rows) || content.Rows[f.At] != 0 {
			return fmt.Errorf("fresh row at %d of %d has no place", f.At, len(content.Rows))
		}
		id, isNew := d.intern(f.Entry)
		content.Rows[f.At] = id
		if isNew {
			c.out.Rows = append(c.out.Rows, muster.Row{Space: key.Space, Type: key.Type, ID: id, Entry: f.Entry})
		}
	}
	for i, id := range content.Rows {
		if _, ok := d.bodies[id]; ok {
			continue
		}
		if 0 < id && id <= d.given {
			return &rowGone{c.call}
		}
		return fmt.Errorf("no row has the id %d, at %d", id, i)
	}
	g.uses.note(g.w.typeOf(key.Space, key.Type), content.Rows, c.change.At)
	item.Content = content
	c.change.Value = &item
	c.of.content = codec.AppendContent(nil, content)
	return nil
}

func (d *dictionary) intern(e muster.Entry) (id muster.RowID, isNew bool) {
	body := string(codec.AppendEntry(nil, e))
	if id, ok := d.ids[body]; ok {
		return id, false
	}
	d.given++
	d.know(d.given, body, true)
	d.added[d.given] = true
	return d.given, true
}

func (g *group) removeRow(c rowChange) {
	key := c.change.Key.(muster.RowKey)
	t := g.w.typeOf(key.Space, key.Type)
	d := g.types[t]
	if d == nil {
		return
	}
	body, ok := d.bodies[key.ID]
	if !ok || g.uses.keeps(t, c) {
		return
	}
	delete(d.bodies, key.ID)
	delete(d.ids, body)
	if d.added[key.ID] {
		delete(d.added, key.ID)
		return
	}
	d.removed = append(d.removed, key.ID)
}
