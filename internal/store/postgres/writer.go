package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"muster"
	"muster/internal/store"
)

// writer is the one connection that commits, and the numbers of spaces and types, which are never changed. After any failure it is
// thrown away as a whole, so what it knows is never of a transaction that was rolled back, or of another host.
type writer struct {
	conn *pgx.Conn
	names

	warning *pgconn.Notice // the last one of the server since a commit began
}

func (s *Store) connectWriter(ctx context.Context) (*writer, error) {
	w := &writer{names: newNames()}
	config := s.config.Copy()
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			w.warning = n
		}
	}
	var err error
	w.conn, err = s.connectWith(ctx, config)
	return w, err
}

// commit sends the changes and the COMMIT together. It has succeeded if the server says COMMIT, and nothing else: it says so with a
// warning when it no longer waits for a standby, and ROLLBACK, without an error, of a transaction that had failed before.
func (w *writer) commit(ctx context.Context, changes *pgx.Batch) error {
	w.warning = nil
	var told pgconn.CommandTag
	changes.Queue(`COMMIT`).Exec(func(tag pgconn.CommandTag) error {
		told = tag
		return nil
	})
	if err := w.conn.SendBatch(ctx, changes).Close(); err != nil {
		return atCommit(err)
	}
	if w.warning != nil {
		return fmt.Errorf("%w: %w", store.ErrUnknown, (*pgconn.PgError)(w.warning))
	}
	if told.String() != "COMMIT" {
		return fmt.Errorf("%w: the database answers COMMIT with %s", store.ErrUnknown, told)
	}
	return nil
}

type typeKey struct {
	space int32
	name  muster.TypeName
}

// names are the spaces and types that are known, with their numbers, which grow in the order of the commits.
type names struct {
	spaces              map[muster.Space]int32
	types               map[typeKey]int32
	lastSpace, lastType int32
}

func newNames() names {
	return names{spaces: map[muster.Space]int32{}, types: map[typeKey]int32{}}
}

// queueNames asks for the names that other servers have made since.
func (n *names) queueNames(b *pgx.Batch) {
	b.Queue(`SELECT id, account, region FROM space WHERE id > $1`, n.lastSpace).Query(n.addSpaces)
	b.Queue(`SELECT id, space, name FROM type WHERE id > $1`, n.lastType).Query(n.addTypes)
}

func (n *names) addSpaces(rows pgx.Rows) error {
	var id int32
	var account, region []byte
	_, err := pgx.ForEachRow(rows, []any{&id, &account, &region}, func() error {
		n.spaces[muster.Space{Account: muster.AccountID(account), Region: muster.Region(region)}] = id
		n.lastSpace = max(n.lastSpace, id)
		return nil
	})
	return err
}

func (n *names) addTypes(rows pgx.Rows) error {
	var id, space int32
	var name []byte
	_, err := pgx.ForEachRow(rows, []any{&id, &space, &name}, func() error {
		n.types[typeKey{space, muster.TypeName(name)}] = id
		n.lastType = max(n.lastType, id)
		return nil
	})
	return err
}

// typeOf gives the number of the type, 0 if it has none.
func (n *names) typeOf(s muster.Space, name muster.TypeName) int32 {
	return n.types[typeKey{n.spaces[s], name}]
}

// place gives what of the names a key has.
func place(key muster.Key) (space muster.Space, name muster.TypeName, typed bool) {
	switch key := key.(type) {
	case muster.NodeKey:
		return key.Space, "", false
	case muster.ItemKey:
		return key.Space, key.Type, true
	case muster.HistoryKey:
		return key.Space, key.Type, true
	case muster.RowKey:
		return key.Space, key.Type, true
	case muster.CustomTypeCountKey:
		return key.Space, "", false
	case muster.AssociationsKey:
		return key.Space, "", false
	case muster.PublicKeyKey:
		return key.Space, "", false
	case muster.CensusKey:
		return key.Space, key.Type, true
	case muster.SubTypesKey:
		return key.Space, key.Type, true
	}
	_, space, _, _ = store.Place(key) // the other keys are those of records
	return space, "", false
}

// knows says whether the names of the key have numbers.
func (n *names) knows(key muster.Key) bool {
	space, name, typed := place(key)
	if typed {
		return n.typeOf(space, name) != 0
	}
	return n.spaces[space] != 0
}

// ensure gives numbers to the names of the keys that have none.
func (w *writer) ensure(ctx context.Context, keys []muster.Key) error {
	if err := w.makeSpaces(ctx, keys); err != nil {
		return err
	}
	return w.makeTypes(ctx, keys)
}

func (w *writer) makeSpaces(ctx context.Context, keys []muster.Key) error {
	var accounts, regions [][]byte
	asked := map[muster.Space]bool{}
	for _, key := range keys {
		if s, _, _ := place(key); w.spaces[s] == 0 && !asked[s] {
			asked[s] = true
			accounts, regions = append(accounts, []byte(s.Account)), append(regions, []byte(s.Region))
		}
	}
	if len(asked) == 0 {
		return nil
	}
	rows, err := w.conn.Query(ctx, `INSERT INTO space (account, region) SELECT * FROM unnest($1::bytea[], $2::bytea[])
		RETURNING id, account, region`, accounts, regions)
	if err != nil {
		return err
	}
	return w.addSpaces(rows)
}

func (w *writer) makeTypes(ctx context.Context, keys []muster.Key) error {
	var spaces []int32
	var texts [][]byte
	asked := map[typeKey]bool{}
	for _, key := range keys {
		s, name, typed := place(key)
		t := typeKey{w.spaces[s], name}
		if !typed || w.types[t] != 0 || asked[t] {
			continue
		}
		asked[t] = true
		spaces, texts = append(spaces, t.space), append(texts, []byte(name))
	}
	if len(asked) == 0 {
		return nil
	}
	rows, err := w.conn.Query(ctx, `INSERT INTO type (space, name) SELECT * FROM unnest($1::int[], $2::bytea[])
		RETURNING id, space, name`, spaces, texts)
	if err != nil {
		return err
	}
	return w.addTypes(rows)
}
