package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"muster/internal/store"
)

// applicationID marks the file as muster's, for file(1) and for us: "Mstr".
const applicationID = 0x4d737472

// newestFormat is the format that this binary reads and writes: how many migrations there are.
const newestFormat = 3

// migrations/NNNN_what.sql, counted from 1 without a gap, each takes a file from format NNNN-1 to NNNN. One that has been
// released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the file to the newest format, all of the way in one transaction or not at all.
func migrate(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	format, err := readFormat(ctx, conn) // before anything is written: the file may be another's
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return err
	}
	if format == newestFormat {
		return nil
	}
	steps, err := store.Migrations(migrations)
	if err != nil {
		return err
	}
	return transact(ctx, conn, func() error {
		for i, step := range steps[format:] {
			if _, err := conn.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("bring the store to format %d: %w", format+i+1, err)
			}
		}
		_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(steps)))
		return err
	})
}

// readFormat gives the format of the file, 0 if it is empty.
func readFormat(ctx context.Context, conn *sql.Conn) (format int, err error) {
	var id, tables int
	err = conn.QueryRowContext(ctx, `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`).Scan(&id, &format, &tables)
	if err != nil {
		return 0, err
	}
	empty := id == 0 && format == 0 && tables == 0
	if id != applicationID && !empty {
		return 0, errors.New("the file is a SQLite database, but not a store of muster")
	}
	return format, store.CheckFormat(format, newestFormat)
}

// transact runs do in a transaction that is rolled back if do fails.
func transact(ctx context.Context, conn *sql.Conn, do func() error) error {
	ctx = context.WithoutCancel(ctx) // else a cancelled caller could leave the transaction open
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do()
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		conn.ExecContext(ctx, "ROLLBACK") // the first error is the one that tells; the connection is closed after it
	}
	return err
}
