package sqlite

import (
	"context"
	"database/sql"

	"muster"
)

type typeKey struct {
	space int64
	name  muster.TypeName
}

// names are the spaces and types by their ids.
type names struct {
	spaces map[int64]muster.Space
	types  map[int64]typeKey
	given  map[int64]muster.RowID // of each type, the highest
}

func readNames(ctx context.Context, from queryer) (names, error) {
	n := names{map[int64]muster.Space{}, map[int64]typeKey{}, map[int64]muster.RowID{}}
	var id int64
	var space muster.Space
	err := scan(ctx, from, `SELECT id, account, region FROM space`, []any{&id, &space.Account, &space.Region}, func() error {
		n.spaces[id] = space
		return nil
	})
	if err != nil {
		return n, err
	}
	var t typeKey
	var given muster.RowID
	err = scan(ctx, from, `SELECT id, space, name, given FROM type`, []any{&id, &t.space, &t.name, &given}, func() error {
		n.types[id], n.given[id] = t, given
		return nil
	})
	return n, err
}

// scan runs a query and calls each with the variables set for every row.
func scan(ctx context.Context, from queryer, query string, into []any, each func() error) error {
	rows, err := from.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := each(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// queryer is a *sql.Conn or a *sql.Tx.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
