package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// embedded is one form of the inventory in a database that runs in our process.
type embedded struct {
	title string
	file  string // of queries/
	db    *sql.DB
	dir   string // where the database's files are
	setup string // of the connection
	put   func(ctx context.Context, conn *sql.Conn, f *source) error

	// fold, if there is one, has the database itself go through the rows of an answer that nobody looks at: a format of the query
	// in which the whole answer is folded into one row.
	fold string

	conn   *sql.Conn
	bytes  int64
	ready  map[string]*sql.Stmt // by question
	folded map[string]*sql.Stmt // the same, in one row
}

func (e *embedded) name() string { return e.title }

// closer gives what closes the database. A connection that is not given back to it would keep it open.
func closer(db *sql.DB, forms ...*embedded) func() error {
	return func() (err error) {
		for _, form := range forms {
			if form.conn != nil {
				err = errors.Join(err, form.conn.Close())
			}
		}
		return errors.Join(err, db.Close())
	}
}

func (e *embedded) size(context.Context) (int64, error) { return e.bytes, nil }

func (e *embedded) load(ctx context.Context, f *source) error {
	queries, err := readQueries(e.file, f.asked())
	if err != nil {
		return err
	}
	before, err := sizeOf(e.dir)
	if err != nil {
		return err
	}
	if e.conn, err = e.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := e.conn.ExecContext(ctx, e.setup+";"+queries["schema"]); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	if fill, ok := queries["fill"]; ok {
		_, err = e.conn.ExecContext(ctx, fill)
	} else {
		err = e.put(ctx, e.conn, f)
	}
	if err != nil {
		return fmt.Errorf("fill the tables: %w", err)
	}
	if _, err := e.conn.ExecContext(ctx, queries["indexes"]); err != nil {
		return fmt.Errorf("make the indexes: %w", err)
	}
	if e.bytes, err = sizeOf(e.dir); err != nil {
		return err
	}
	e.bytes -= before
	return e.prepare(ctx, queries)
}

// prepare plans the questions.
func (e *embedded) prepare(ctx context.Context, queries map[string]string) (err error) {
	e.ready, e.folded = map[string]*sql.Stmt{}, map[string]*sql.Stmt{}
	for _, q := range questions {
		query, ok := queries[q.id]
		if !ok {
			continue
		}
		if e.ready[q.id], err = e.conn.PrepareContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", q.id, err)
		}
		if e.fold == "" || !q.long {
			continue
		}
		if e.folded[q.id], err = e.conn.PrepareContext(ctx, fmt.Sprintf(e.fold, query)); err != nil {
			return fmt.Errorf("%s in one row: %w", q.id, err)
		}
	}
	return nil
}

func (e *embedded) ask(ctx context.Context, q *question, visit func([]string)) error {
	query := e.ready[q.id]
	if query == nil {
		return errNotAsked
	}
	if folded := e.folded[q.id]; folded != nil && visit == nil {
		query = folded
	}
	rows, err := query.QueryContext(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, targets, row := make([]any, len(names)), make([]any, len(names)), make([]string, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if visit == nil {
			continue
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		for i, value := range values {
			row[i] = absent
			if value != nil {
				row[i] = fmt.Sprint(value)
			}
		}
		visit(row)
	}
	return rows.Err()
}
