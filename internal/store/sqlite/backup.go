package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"muster/internal/store"
)

// Backup writes a copy of the store at from, as it is at one moment, to a new file. It may run in any process and while the
// store is in use. The copy is durable when it returns, and a store like the first: to restore it is to back it up to where
// the store should be.
func Backup(ctx context.Context, from, to string) error {
	if err := backup(ctx, from, to); err != nil {
		return fmt.Errorf("back up store %s to %s: %w", from, to, err)
	}
	return nil
}

func backup(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); err != nil { // SQLite would make it
		return err
	}
	to, err := filepath.Abs(to) // so that SQLite cannot take it for a URI
	if err != nil {
		return err
	}
	db, err := openDB(from, Options{readOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := checkFormat(ctx, db); err != nil {
		return explain(err)
	}
	// SQLite takes an empty file for a new one. O_EXCL keeps an older backup, and the mode keeps the secrets in it.
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		return errors.Join(explain(err), os.Remove(to))
	}
	return syncFolder(filepath.Dir(to))
}

// Verify tells whether the file is a store that this binary can open and read to the end. It changes nothing.
func Verify(ctx context.Context, path string) error {
	if err := verify(ctx, path); err != nil {
		return fmt.Errorf("verify store %s: %w", path, explain(err))
	}
	return nil
}

func verify(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	db, err := openDB(path, Options{readOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	format, err := checkFormat(ctx, db)
	if err != nil {
		return err
	}
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return damaged("the database", errors.New(found))
	}
	if format < newestFormat {
		return nil // Open would have to migrate it before anything could read it
	}
	s := &Store{path: path, db: db}
	_, err = s.load(ctx, func(store.Batch) error { return nil })
	return err
}

// checkFormat gives the format of a file that has one.
func checkFormat(ctx context.Context, db *sql.DB) (int, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	format, err := readFormat(ctx, conn)
	if err == nil && format == 0 {
		err = errors.New("the file is empty")
	}
	return format, err
}

// syncFolder makes the names in the folder durable, where the system has a call for it.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
