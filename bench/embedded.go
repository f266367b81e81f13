package main

import (
	"context"
	"database/sql"
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

	// keep has answers of many rows left in a table of the database when nobody looks at them.
	keep bool

	conn  *sql.Conn
	bytes int64
	ready map[string]*sql.Stmt // by question
	kept  map[string]*sql.Stmt // the same, into a table
}

func (e *embedded) name() string { return e.title }

func (e *embedded) close() error { return e.db.Close() }

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
	e.ready, e.kept = map[string]*sql.Stmt{}, map[string]*sql.Stmt{}
	for _, q := range questions {
		query, ok := queries[q.id]
		if !ok {
			continue
		}
		if e.ready[q.id], err = e.conn.PrepareContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", q.id, err)
		}
		if !e.keep || !q.long {
			continue
		}
		if e.kept[q.id], err = e.conn.PrepareContext(ctx, "CREATE OR REPLACE TEMP TABLE answer AS "+query); err != nil {
			return fmt.Errorf("%s into a table: %w", q.id, err)
		}
	}
	return nil
}

func (e *embedded) ask(ctx context.Context, q *question, visit func([]string)) error {
	query := e.ready[q.id]
	if query == nil {
		return errNotAsked
	}
	if kept := e.kept[q.id]; kept != nil && visit == nil {
		_, err := kept.ExecContext(ctx)
		return err
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
