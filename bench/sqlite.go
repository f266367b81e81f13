package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

// openSQLite opens a database for the dictionary form. It is SQLite in C: its translation to Go, with which muster stores things,
// takes longer.
func openSQLite(dir string) ([]engine, func() error, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "database"))
	if err != nil {
		return nil, nil, err
	}
	// Nothing has to be durable here, the file is mapped into memory, and sorts stay there.
	const setup = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA mmap_size = 17179869184; " +
		"PRAGMA temp_store = MEMORY; PRAGMA threads = 2"
	form := &embedded{title: "SQLite, dictionary", file: "sqlite_dictionary", db: db, dir: dir, setup: setup, put: putSQLite}
	return []engine{form}, closer(db, form), nil
}

// putSQLite fills the tables in one transaction.
func putSQLite(ctx context.Context, conn *sql.Conn, f *source) error {
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	inserts := map[table]*sql.Stmt{}
	err := fillTables(ctx, f, func(t table, row []any) (err error) {
		insert := inserts[t]
		if insert == nil {
			insert, err = conn.PrepareContext(ctx, "INSERT INTO "+string(t)+" VALUES (?"+strings.Repeat(", ?", len(row)-1)+")")
			if err != nil {
				return err
			}
			inserts[t] = insert
		}
		_, err = insert.Exec(row...) // with a context that can end, the driver starts a goroutine for each row
		return err
	})
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}
