package postgres

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"muster/internal/store"
)

// newestFormat is the format that this binary reads and writes: how many migrations there are.
const newestFormat = 2

// migrationLock is the key of the advisory lock that makes servers which start together migrate one after the other: "muster".
const migrationLock = 0x6d7573746572

// migrations/NNNN_what.sql, counted from 1 without a gap, each takes a database from format NNNN-1 to NNNN. One that has been
// released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database to the newest format, all of the way in one transaction or not at all.
func (s *Store) migrate(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer s.hangUp(conn)
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
			return err
		}
		format, err := readFormat(ctx, tx)
		if err != nil {
			return err
		}
		steps, err := store.Migrations(migrations)
		if err != nil {
			return err
		}
		for i, step := range steps[format:] {
			if _, err := tx.Exec(ctx, step, pgx.QueryExecModeSimpleProtocol); err != nil {
				return fmt.Errorf("bring the store to format %d: %w", format+i+1, err)
			}
		}
		_, err = tx.Exec(ctx, `UPDATE muster_format SET format = $1 WHERE format < $1`, newestFormat)
		return err
	})
}

// readFormat gives the format of the database, 0 if it is new.
func readFormat(ctx context.Context, tx pgx.Tx) (format int, err error) {
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass('muster_format') IS NOT NULL`).Scan(&there); err != nil {
		return 0, err
	}
	if !there {
		_, err := tx.Exec(ctx, `CREATE TABLE muster_format AS SELECT 0 AS format`)
		return 0, err
	}
	if err := tx.QueryRow(ctx, `SELECT format FROM muster_format`).Scan(&format); err != nil {
		return 0, err
	}
	return format, store.CheckFormat(format, newestFormat)
}
