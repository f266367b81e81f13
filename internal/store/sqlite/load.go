package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"muster"
	"muster/internal/store"
)

// batchSize is about how many rows, records or items Load gives at a time.
const batchSize = 4096

// Load implements store.Store. One thing that cannot be read fails it with a DamageError. After a Commit with ErrUnknown it
// fails with ErrUnwritable as long as the disk does: until then nobody can tell the outcome.
func (s *Store) Load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	if err := s.settle(ctx, unknown); err != nil {
		return 0, fmt.Errorf("load store %s: %w", s.path, err)
	}
	position, err := s.load(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("load store %s: %w", s.path, explain(err))
	}
	return position, nil
}

func (s *Store) load(ctx context.Context, batch func(store.Batch) error) (position muster.Position, err error) {
	// One transaction, so one state, whatever is committed meanwhile.
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, `SELECT position FROM last_commit`).Scan(&position); err != nil {
		return 0, err
	}
	l := &loader{ctx: ctx, tx: tx, give: batch, rows: map[int64]muster.RowID{}}
	if l.names, err = readNames(ctx, tx); err != nil {
		return 0, err
	}
	for _, step := range []func() error{l.loadRows, l.loadRecords, l.loadNodes, l.flush} {
		if err := step(); err != nil {
			return 0, err
		}
	}
	return position, nil
}

// loader is one Load.
type loader struct {
	ctx  context.Context
	tx   *sql.Tx
	give func(store.Batch) error
	names
	rows    map[int64]muster.RowID // the highest id of each type
	pending store.Batch
}

func (l *loader) loadRows() error {
	var typeID, hash int64
	var id muster.RowID
	var body sql.RawBytes
	query := `SELECT type, id, hash, body FROM row ORDER BY type, id`
	return scan(l.ctx, l.tx, query, []any{&typeID, &id, &hash, &body}, func() error {
		t := l.types[typeID]
		entry, err := decodeEntry(body)
		if err == nil && entryHash(body) != hash {
			err = errDamaged
		}
		if err == nil && id != l.rows[typeID]+1 {
			err = fmt.Errorf("row %d should follow", l.rows[typeID]+1)
		}
		if err != nil {
			return &DamageError{fmt.Sprintf("row %d of %s in %s", id, t.name, l.spaces[t.space]), err}
		}
		l.rows[typeID] = id
		l.pending.Rows = append(l.pending.Rows, muster.Row{Space: l.spaces[t.space], Type: t.name, ID: id, Entry: entry})
		return l.flushIfFull()
	})
}

func (l *loader) loadRecords() error {
	var kind, name string
	var spaceID int64
	var position muster.Position
	var text sql.RawBytes
	query := `SELECT kind, space, name, position, value FROM record`
	return scan(l.ctx, l.tx, query, []any{&kind, &spaceID, &name, &position, &text}, func() error {
		key, value, err := decodeRecord(kind, l.spaces[spaceID], name, text)
		if err != nil {
			return &DamageError{kind + " " + name, err}
		}
		l.pending.Changes = append(l.pending.Changes, muster.Change{Key: key, Value: value, At: position})
		return l.flushIfFull()
	})
}

// loadNodes walks the nodes and the contents side by side, which are in the same order and must match one to one.
func (l *loader) loadNodes() error {
	contents, err := l.tx.QueryContext(l.ctx, `SELECT node, type, subtype, body FROM content ORDER BY node, type, subtype`)
	if err != nil {
		return err
	}
	defer contents.Close()
	var id, spaceID int64
	var name muster.NodeID
	var position muster.Position
	var value, items sql.RawBytes
	query := `SELECT id, space, name, position, value, items FROM node ORDER BY id`
	err = scan(l.ctx, l.tx, query, []any{&id, &spaceID, &name, &position, &value, &items}, func() error {
		key := muster.NodeKey{Space: l.spaces[spaceID], Node: name}
		n, heads, err := decodeNode(value, items)
		if err != nil {
			return damagedNode(key, err)
		}
		if n != nil {
			l.pending.Changes = append(l.pending.Changes, muster.Change{Key: key, Value: n, At: position})
		}
		for i := range heads {
			if err := l.loadItem(key, id, &heads[i], contents); err != nil {
				return err
			}
		}
		return l.flushIfFull()
	})
	if err != nil {
		return err
	}
	if contents.Next() {
		return &DamageError{"the list of contents", errors.New("there is one that belongs to no item")}
	}
	return contents.Err()
}

func (l *loader) loadItem(node muster.NodeKey, nodeID int64, h *head, contents *sql.Rows) error {
	key := muster.ItemKey{Space: node.Space, Node: node.Node, Type: l.types[h.typeID].name, SubType: h.subType}
	damaged := func(err error) error {
		what := strings.TrimSpace(fmt.Sprintf("item %s %s", key.Type, key.SubType))
		return &DamageError{fmt.Sprintf("%s of node %s in %s", what, key.Node, key.Space), err}
	}
	if !contents.Next() {
		return errors.Join(contents.Err(), damaged(errors.New("its content is not there")))
	}
	var ofNode, typeID int64
	var subType string
	var body sql.RawBytes
	if err := contents.Scan(&ofNode, &typeID, &subType, &body); err != nil {
		return err
	}
	if ofNode != nodeID || typeID != h.typeID || subType != h.subType {
		return damaged(errors.New("its content is not there"))
	}
	content, err := decodeContent(body)
	if err != nil {
		return damaged(err)
	}
	known := l.rows[typeID]
	for _, id := range content.Rows {
		if id > known {
			return damaged(fmt.Errorf("it uses row %d, which is not there", id))
		}
	}
	item := h.item
	item.Content = content
	l.pending.Changes = append(l.pending.Changes, muster.Change{Key: key, Value: &item, At: h.position})
	return nil
}

func (l *loader) flushIfFull() error {
	if len(l.pending.Rows)+len(l.pending.Changes) < batchSize {
		return nil
	}
	return l.flush()
}

// flush gives what is pending. Rows were all read before the first item, so within a batch they come first as well.
func (l *loader) flush() error {
	full := l.pending
	l.pending = store.Batch{}
	if len(full.Rows)+len(full.Changes) == 0 {
		return nil
	}
	return l.give(full)
}
