package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/klauspost/compress/zstd"

	"muster"
)

// writer is the one connection that writes: its statements, and what it knows of the file by heart. After any failure it is
// thrown away as a whole, so what it knows is never of a transaction that was rolled back.
type writer struct {
	conn     *sql.Conn
	stmts    []*sql.Stmt     // all of those below, to close them
	position muster.Position // of the last accepted call
	spaces   map[muster.Space]int64
	types    map[typeKey]*dictionary
	typeOf   map[int64]typeKey // the types by their ids
	seed     maphash.Seed      // of mix
	blocks   recent[int64, *block]
	nodes    recent[nodePlace, *nodeRecord]
	zip      *zstd.Encoder
	unzip    *zstd.Decoder
	body     []byte                       // scratch of intern
	record   []byte                       // scratch of encode
	heads    []head                       // of the nodes that the group has read
	custom   map[muster.Key]muster.Record // the custom types that were asked for, as the file has them

	begin, commit                                 *sql.Stmt
	setPosition                                   *sql.Stmt
	addSpace, addType                             *sql.Stmt
	setGiven                                      *sql.Stmt
	listBlocks, getBlock, putBlock, dropBlock     *sql.Stmt
	getNode, getNodes                             *sql.Stmt
	addNode, setNode, dropNode                    *sql.Stmt
	putContent, dropContent, dropContents         *sql.Stmt
	getRecord, putRecord, dropRecord, countRecord *sql.Stmt
	getHistory, putHistory, dropHistory           *sql.Stmt
	nodesOfSpace, recordsOfSpace                  *sql.Stmt
}

// headsAtOnce is how many heads a group reads into memory that is there: a hundred nodes of ten items.
const headsAtOnce = 1000

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		conn: conn, spaces: map[muster.Space]int64{}, types: map[typeKey]*dictionary{}, seed: maphash.MakeSeed(), heads: make([]head, 0, headsAtOnce), custom: map[muster.Key]muster.Record{},
		blocks: recent[int64, *block]{bound: recentBlockBytes}, nodes: recent[nodePlace, *nodeRecord]{bound: recentNodeBytes},
	}
	if err := errors.Join(w.makeCodecs(), w.prepare(ctx), w.loadPosition(ctx), w.loadNames(ctx)); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *writer) makeCodecs() (err error) {
	if w.zip, err = newEncoder(); err != nil {
		return err
	}
	w.unzip, err = newDecoder()
	return err
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
		{&w.begin, `BEGIN IMMEDIATE`},
		{&w.commit, `COMMIT`},
		{&w.setPosition, `UPDATE last_commit SET position = ?`},
		{&w.addSpace, `INSERT INTO space (account, region) VALUES (?, ?)`},
		{&w.addType, `INSERT INTO type (space, name) VALUES (?, ?)`},
		{&w.setGiven, `UPDATE type SET given = ? WHERE id = ?`},
		{&w.listBlocks, `SELECT id, hashes FROM block WHERE id >= ? AND id < ? ORDER BY id`},
		{&w.getBlock, `SELECT hashes, body FROM block WHERE id = ?`},
		{&w.putBlock, `INSERT INTO block (id, hashes, body) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET hashes = excluded.hashes, body = excluded.body`},
		{&w.dropBlock, `DELETE FROM block WHERE id = ?`},
		{&w.getNode, `SELECT id, position, value, items FROM node WHERE space = ? AND name = ?`},
		{&w.getNodes, getNodesText},
		{&w.addNode, `INSERT INTO node (space, name, position, value, items) VALUES (?, ?, ?, ?, ?)`},
		{&w.setNode, `UPDATE node SET position = ?, value = ?, items = ? WHERE id = ?`},
		{&w.dropNode, `DELETE FROM node WHERE id = ?`},
		{&w.putContent, `INSERT INTO content (id, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body`},
		{&w.dropContent, `DELETE FROM content WHERE id = ?`},
		{&w.dropContents, `DELETE FROM content WHERE id >= ? AND id < ?`},
		{&w.getRecord, `SELECT value, position FROM record WHERE kind = ? AND space = ? AND name = ?`},
		{&w.putRecord, `INSERT INTO record (kind, space, name, position, value) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET position = excluded.position, value = excluded.value`},
		{&w.dropRecord, `DELETE FROM record WHERE kind = ? AND space = ? AND name = ?`},
		{&w.countRecord, `SELECT count(*) FROM record WHERE kind = ? AND space = ?`},
		{&w.getHistory, `SELECT body FROM history WHERE space = ? AND node = ? AND type = ? AND subtype = ?`},
		{&w.putHistory, `INSERT INTO history (space, node, type, subtype, body) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET body = excluded.body`},
		{&w.dropHistory, `DELETE FROM history WHERE space = ? AND node = ? AND type = ? AND subtype = ?`},
		{&w.nodesOfSpace, `SELECT name, items FROM node WHERE space = ?`},
		{&w.recordsOfSpace, `SELECT name, value FROM record WHERE kind = ? AND space = ?`},
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

func (w *writer) loadPosition(ctx context.Context) error {
	return w.conn.QueryRowContext(ctx, `SELECT position FROM last_commit`).Scan(&w.position)
}

func (w *writer) loadNames(ctx context.Context) error {
	names, err := readNames(ctx, w.conn)
	if err != nil {
		return err
	}
	w.typeOf = names.types
	for id, space := range names.spaces {
		w.spaces[space] = id
	}
	for id, t := range names.types {
		w.types[t] = &dictionary{typeID: id, given: names.given[id]}
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

// dictionary gives the type's, which is made if it is new.
func (g *group) dictionary(key typeKey) (*dictionary, error) {
	if d, ok := g.w.types[key]; ok {
		return d, nil
	}
	done, err := g.w.addType.ExecContext(g.ctx, key.space, key.name)
	if err != nil {
		return nil, err
	}
	id, err := done.LastInsertId()
	d := &dictionary{typeID: id}
	g.w.types[key], g.w.typeOf[id] = d, key
	return d, err
}

func (g *group) knownType(s muster.Space, name muster.TypeName) (*dictionary, bool) {
	spaceID, ok := g.w.spaces[s]
	if !ok {
		return nil, false
	}
	d, ok := g.w.types[typeKey{spaceID, name}]
	return d, ok
}
