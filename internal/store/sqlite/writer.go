package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"muster"
)

// writer is the one connection that writes: its statements, and what it knows of the file by heart. After any failure it is
// thrown away as a whole, so what it knows is never of a transaction that was rolled back.
type writer struct {
	conn   *sql.Conn
	stmts  []*sql.Stmt // all of those below, to close them
	spaces map[muster.Space]int64
	types  map[typeKey]*itemType

	position, setPosition                         *sql.Stmt
	addSpace, addType                             *sql.Stmt
	maxRow, findRow, addRow                       *sql.Stmt
	getNode, addNode, setNode, dropNode           *sql.Stmt
	putContent, dropContent, dropContents         *sql.Stmt
	getRecord, putRecord, dropRecord, countRecord *sql.Stmt
	nodesOfSpace                                  *sql.Stmt
}

// itemType is a type of a space.
type itemType struct {
	id     int64
	rows   muster.RowID // the highest id given so far
	loaded bool         // whether rows is known
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, spaces: map[muster.Space]int64{}, types: map[typeKey]*itemType{}}
	if err := errors.Join(w.prepare(ctx), w.loadNames(ctx)); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// close ends the connection. Statements that were left open would keep it, and the log that it would have written back.
func (w *writer) close() error {
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

func (w *writer) prepare(ctx context.Context) error {
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.position, `SELECT position FROM last_commit`},
		{&w.setPosition, `UPDATE last_commit SET position = ?`},
		{&w.addSpace, `INSERT INTO space (account, region) VALUES (?, ?)`},
		{&w.addType, `INSERT INTO type (space, name) VALUES (?, ?)`},
		{&w.maxRow, `SELECT coalesce(max(id), 0) FROM row WHERE type = ?`},
		// INDEXED BY, because the planner would rather walk all rows of the type.
		{&w.findRow, `SELECT id, body FROM row INDEXED BY row_by_hash WHERE type = ? AND hash = ?`},
		{&w.addRow, `INSERT INTO row (type, id, hash, body) VALUES (?, ?, ?, ?)`},
		{&w.getNode, `SELECT id, position, value, items FROM node WHERE space = ? AND name = ?`},
		{&w.addNode, `INSERT INTO node (space, name, position, value, items) VALUES (?, ?, ?, ?, ?)`},
		{&w.setNode, `UPDATE node SET position = ?, value = ?, items = ? WHERE id = ?`},
		{&w.dropNode, `DELETE FROM node WHERE id = ?`},
		{&w.putContent, `INSERT INTO content (node, type, subtype, body) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET body = excluded.body`},
		{&w.dropContent, `DELETE FROM content WHERE node = ? AND type = ? AND subtype = ?`},
		{&w.dropContents, `DELETE FROM content WHERE node = ?`},
		{&w.getRecord, `SELECT value FROM record WHERE kind = ? AND space = ? AND name = ?`},
		{&w.putRecord, `INSERT INTO record (kind, space, name, position, value) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET position = excluded.position, value = excluded.value`},
		{&w.dropRecord, `DELETE FROM record WHERE kind = ? AND space = ? AND name = ?`},
		{&w.countRecord, `SELECT count(*) FROM record WHERE kind = ? AND space = ?`},
		{&w.nodesOfSpace, `SELECT name, items FROM node WHERE space = ?`},
	} {
		stmt, err := w.conn.PrepareContext(ctx, s.text)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", s.text, err)
		}
		*s.stmt = stmt
		w.stmts = append(w.stmts, stmt)
	}
	return nil
}

func (w *writer) loadNames(ctx context.Context) error {
	names, err := readNames(ctx, w.conn)
	if err != nil {
		return err
	}
	for id, space := range names.spaces {
		w.spaces[space] = id
	}
	for id, t := range names.types {
		w.types[t] = &itemType{id: id}
	}
	return nil
}

// space gives the id of the space, which is made if it is new.
func (g *group) space(s muster.Space) (int64, error) {
	if id, ok := g.w.spaces[s]; ok {
		return id, nil
	}
	done, err := g.w.addSpace.ExecContext(g.ctx, s.Account, s.Region)
	if err != nil {
		return 0, err
	}
	id, err := done.LastInsertId()
	g.w.spaces[s] = id
	return id, err
}

// itemType gives the type, which is made if it is new.
func (g *group) itemType(s muster.Space, name muster.TypeName) (*itemType, error) {
	if t, ok := g.knownType(s, name); ok {
		return t, nil
	}
	spaceID, err := g.space(s)
	if err != nil {
		return nil, err
	}
	done, err := g.w.addType.ExecContext(g.ctx, spaceID, name)
	if err != nil {
		return nil, err
	}
	id, err := done.LastInsertId()
	t := &itemType{id: id}
	g.w.types[typeKey{spaceID, name}] = t
	return t, err
}

func (g *group) knownType(s muster.Space, name muster.TypeName) (*itemType, bool) {
	spaceID, ok := g.w.spaces[s]
	if !ok {
		return nil, false
	}
	t, ok := g.w.types[typeKey{spaceID, name}]
	return t, ok
}
