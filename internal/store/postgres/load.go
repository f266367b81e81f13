package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// batchSize is how many rows, records or items Load gives at a time.
const batchSize = 4096

// Load implements store.Store. One thing that cannot be read fails it with a store.DamageError. After a Commit with ErrUnknown it first
// waits until that one's transaction has ended, whichever way.
func (s *Store) Load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	position, err := s.load(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("load store: %w", explain(err))
	}
	return position, nil
}

func (s *Store) load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return 0, beforeCommit(err)
	}
	defer s.hangUp(conn)
	if err := s.settle(ctx, conn); err != nil {
		return 0, beforeCommit(err)
	}
	s.followed.Store(0)                                     // nothing, until all has been given; a Renew meanwhile has the whole feed kept
	if _, err := conn.Exec(ctx, signUp, s.id); err != nil { // before the snapshot is taken that is loaded
		return 0, beforeCommit(err)
	}
	l := &loader{
		ctx: ctx, batch: batch, known: map[int32]map[muster.RowID]bool{},
		spaces: map[int32]muster.Space{}, types: map[int32]typeName{},
	}
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, l.read)
	if err != nil {
		return 0, err
	}
	s.f.given = l.last
	s.followed.Store(uint64(l.last.position))
	return l.last.position, nil
}

// typeName is a type by name.
type typeName struct {
	space muster.Space
	name  muster.TypeName
}

// loader is one Load.
type loader struct {
	ctx     context.Context
	tx      pgx.Tx
	batch   func(store.Batch) error
	last    given
	spaces  map[int32]muster.Space
	types   map[int32]typeName
	known   map[int32]map[muster.RowID]bool // the rows of each type
	pending store.Batch
}

// read reads in one snapshot, whatever is committed meanwhile, row by row as the server sends them.
func (l *loader) read(tx pgx.Tx) error {
	l.tx = tx
	err := tx.QueryRow(l.ctx, `SELECT position, mark FROM feed ORDER BY position DESC LIMIT 1`).Scan(&l.last.position, &l.last.mark)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // of a new store
		return err
	}
	for _, step := range []func() error{l.loadNames, l.loadRows, l.loadRecords, l.loadNodes, l.loadItems, l.flush} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// each runs a query and calls fn with the variables set for every row.
func (l *loader) each(query string, into []any, fn func() error) error {
	rows, err := l.tx.Query(l.ctx, query)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		if err := fn(); err != nil {
			return err
		}
		return l.flushIfFull()
	})
	return err
}

func (l *loader) flushIfFull() error {
	if len(l.pending.Rows)+len(l.pending.Changes) < batchSize {
		return nil
	}
	return l.flush()
}

// flush gives what is pending. Rows were all read before the first item, so within a batch they come first as well.
func (l *loader) flush() error {
	b := l.pending
	l.pending = store.Batch{}
	if len(b.Rows)+len(b.Changes) == 0 {
		return nil
	}
	return l.batch(b)
}

func (l *loader) add(key muster.Key, value muster.Record, at muster.Position) {
	l.pending.Changes = append(l.pending.Changes, muster.Change{Key: key, Value: value, At: at})
}

func (l *loader) loadNames() error {
	var id, space int32
	var account, region, name []byte
	err := l.each(`SELECT id, account, region FROM space`, []any{&id, &account, &region}, func() error {
		l.spaces[id] = muster.Space{Account: muster.AccountID(account), Region: muster.Region(region)}
		return nil
	})
	if err != nil {
		return err
	}
	return l.each(`SELECT id, space, name FROM type`, []any{&id, &space, &name}, func() error {
		l.types[id] = typeName{l.spaces[space], muster.TypeName(name)}
		l.known[id] = map[muster.RowID]bool{}
		return nil
	})
}

func (l *loader) loadRows() error {
	var typeID int32
	var id muster.RowID
	var body []byte
	return l.each(`SELECT type, id, body FROM dictionary`, []any{&typeID, &id, &body}, func() error {
		t, ok := l.types[typeID]
		if !ok {
			return damaged("the dictionary", fmt.Errorf("there is a row of the type %d, which is not there", typeID))
		}
		entry, err := codec.DecodeEntry(string(body), nil)
		if err != nil {
			return damaged(store.NameOf(muster.RowKey{Space: t.space, Type: t.name, ID: id}), err)
		}
		l.known[typeID][id] = true
		l.pending.Rows = append(l.pending.Rows, muster.Row{Space: t.space, Type: t.name, ID: id, Entry: entry})
		return nil
	})
}

func (l *loader) loadRecords() error {
	var kind string
	var space int32
	var name, text []byte
	var at muster.Position
	return l.each(`SELECT kind, space, name, position, value FROM record`, []any{&kind, &space, &name, &at, &text}, func() error {
		key, value, err := store.DecodeRecord(kind, l.spaces[space], string(name), text)
		if err != nil {
			return damaged(fmt.Sprintf("%s %s", kind, name), err)
		}
		l.add(key, value, at)
		return nil
	})
}

func (l *loader) loadNodes() error {
	var space int32
	var name, text []byte
	var at muster.Position
	return l.each(`SELECT space, name, position, value FROM node`, []any{&space, &name, &at, &text}, func() error {
		key, value := muster.NodeKey{Space: l.spaces[space], Node: muster.NodeID(name)}, &muster.Node{}
		if err := json.Unmarshal(text, value); err != nil {
			return damaged(store.NameOf(key), err)
		}
		l.add(key, value, at)
		return nil
	})
}

func (l *loader) loadItems() error {
	var typeID int32
	var node, sub, content []byte
	var h itemHead
	into := append([]any{&node, &typeID, &sub, &content}, h.columns()...)
	return l.each(`SELECT node, type, subtype, content, position, reported, captured, version, hash, context FROM item`, into, func() error {
		t := l.types[typeID]
		key := muster.ItemKey{Space: t.space, Node: muster.NodeID(node), Type: t.name, SubType: string(sub)}
		item, err := h.item()
		if err != nil {
			return damaged(store.NameOf(key), err)
		}
		if item.Content, err = codec.DecodeContent(content); err != nil {
			return damaged(store.NameOf(key), err)
		}
		for _, id := range item.Content.Rows {
			if !l.known[typeID][id] {
				return damaged(store.NameOf(key), fmt.Errorf("it uses row %d, which is not there", id))
			}
		}
		at := item.At
		item.At = 0 // which only a view has
		l.add(key, item, at)
		return nil
	})
}
