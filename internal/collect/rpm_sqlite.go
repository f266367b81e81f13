package collect

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver of the same name
)

// readRPMSQLite reads rpm's SQLite database, a table with a header in each row. It reads a copy: to read a database with a
// write-ahead log SQLite has to write beside it, on a host that we only look at.
func readRPMSQLite(ctx context.Context, root fs.FS, name string, each func(header []byte)) (skipped int, err error) {
	dir, err := os.MkdirTemp("", "muster-rpmdb-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "rpmdb.sqlite")
	if err := copyOut(root, name, path); err != nil {
		return 0, err
	}
	if err := copyOut(root, name+"-wal", path+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}

	db, err := sql.Open("sqlite", path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT blob FROM Packages")
	if err != nil {
		return 0, err
	}
	defer rows.Close() // says nothing that Err does not
	var header sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&header); err != nil {
			return 0, err
		}
		each(header)
	}
	return 0, rows.Err()
}

func copyOut(root fs.FS, name, to string) (err error) {
	from, err := root.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}
