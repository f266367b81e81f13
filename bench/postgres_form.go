package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// postgresForm is one form of the inventory in PostgreSQL, in a schema of its own.
type postgresForm struct {
	server  *postgres
	title   string
	file    string // of queries/; its name is the schema's too
	tables  []table
	put     func(ctx context.Context, f *source, put func(table, []any) error) error // calls put for each row
	conn    *pgx.Conn
	queries map[string]string
}

func (p *postgresForm) name() string { return p.title }

// load copies the tables in, each on a connection of its own, and only then makes the indexes.
func (p *postgresForm) load(ctx context.Context, f *source) (err error) {
	if p.queries, err = readQueries(p.file, f.asked()); err != nil {
		return err
	}
	if p.conn, err = p.server.connect(ctx, p.file); err != nil {
		return err
	}
	if _, err = p.conn.Exec(ctx, "CREATE SCHEMA "+p.file+";"+p.queries["schema"]); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	if fill, ok := p.queries["fill"]; ok {
		_, err = p.conn.Exec(ctx, fill)
	} else {
		err = p.copyIn(ctx, f)
	}
	if err != nil {
		return fmt.Errorf("fill the tables: %w", err)
	}
	if _, err = p.conn.Exec(ctx, p.queries["indexes"]); err != nil {
		return fmt.Errorf("make the indexes: %w", err)
	}
	_, err = p.conn.Exec(ctx, "VACUUM (ANALYZE, FREEZE)")
	return err
}

// copyBatch is how many rows change goroutines at once.
const copyBatch = 1000

func (p *postgresForm) copyIn(ctx context.Context, f *source) error {
	group, ctx := errgroup.WithContext(ctx)
	batches, pending := map[table]chan [][]any{}, map[table][][]any{}
	for _, t := range p.tables {
		to := make(chan [][]any, 4)
		batches[t] = to
		group.Go(func() error { return p.copyTable(ctx, t, to) })
	}
	send := func(t table) error {
		select {
		case batches[t] <- pending[t]:
			pending[t] = make([][]any, 0, copyBatch)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	group.Go(func() error {
		defer func() {
			for _, t := range p.tables {
				close(batches[t])
			}
		}()
		err := p.put(ctx, f, func(t table, row []any) error {
			pending[t] = append(pending[t], row)
			if len(pending[t]) < copyBatch {
				return nil
			}
			return send(t)
		})
		for _, t := range p.tables {
			err = errors.Join(err, send(t))
		}
		return err
	})
	return group.Wait()
}

// copyTable empties the table in the transaction that fills it: so nothing of it goes to the log.
func (p *postgresForm) copyTable(ctx context.Context, t table, batches <-chan [][]any) error {
	conn, err := p.server.connect(ctx, p.file)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		name := pgx.Identifier{string(t)}
		if _, err := tx.Exec(ctx, "TRUNCATE "+name.Sanitize()); err != nil {
			return err
		}
		columns, err := tx.Query(ctx, "SELECT column_name::text FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position", p.file, string(t))
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(columns, pgx.RowTo[string])
		if err != nil {
			return err
		}
		var batch [][]any
		_, err = tx.CopyFrom(ctx, name, names, pgx.CopyFromFunc(func() ([]any, error) {
			for len(batch) == 0 {
				var more bool
				if batch, more = <-batches; !more {
					return nil, nil
				}
			}
			row := batch[0]
			batch = batch[1:]
			return row, nil
		}))
		return err
	})
}

func (p *postgresForm) size(ctx context.Context) (bytes int64, err error) {
	return bytes, p.conn.QueryRow(ctx,
		"SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace = $1::regnamespace", p.file).Scan(&bytes)
}

func (p *postgresForm) ask(ctx context.Context, q *question, visit func([]string)) error {
	query, ok := p.queries[q.id]
	if !ok {
		return errNotAsked
	}
	// Values come as texts, which need no decoding.
	rows, err := p.conn.Query(ctx, query, pgx.QueryResultFormats{pgx.TextFormatCode})
	if err != nil {
		return err
	}
	defer rows.Close()
	var row []string
	for rows.Next() {
		if visit == nil {
			continue
		}
		row = row[:0]
		for _, value := range rows.RawValues() {
			if value == nil {
				row = append(row, absent)
				continue
			}
			row = append(row, string(value))
		}
		visit(row)
	}
	return rows.Err()
}
