package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"muster/internal/store"
)

// advice is what an operator can do about a store that cannot be read.
const advice = "stop the server, keep a copy of the file, and put a backup in its place with `muster backup restore`"

func damaged(what string, err error) error {
	return &store.DamageError{What: what, Err: err, Cure: advice}
}

// explain adds what to do where SQLite's own words leave one alone.
func explain(err error) error {
	switch primary(err) {
	case sqlite3.SQLITE_CORRUPT:
		return damaged("the database", err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("the file is not a store of muster: %w", err)
	}
	return err
}

// beforeCommit tells what a failure on the way to COMMIT means. Nothing was written, whatever it was.
func beforeCommit(err error) error {
	switch primary(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return unwritable(err)
	}
	return explain(err)
}

// atCommit tells what a failure of COMMIT means. When a write to the log failed, the group's last frame, which is written last
// and without which the others do not count, is not in the log; the next commit overwrites the others. After a failed sync
// and anything else nobody can say what a power cut would leave.
func atCommit(err error) error {
	code := code(err)
	switch {
	case code&0xff == sqlite3.SQLITE_FULL, code&0xff == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_IOERR_WRITE:
		return unwritable(err)
	case code&0xff == sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w: %w", store.ErrUnknown, unwritable(err))
	}
	return fmt.Errorf("%w: %w", store.ErrUnknown, explain(err))
}

func unwritable(err error) error {
	cure := "look for what the system's log says of the disk"
	switch primary(err) {
	case sqlite3.SQLITE_FULL:
		cure = "make room on its disk"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		cure = "make its file and folder writable for this user, and see whether the disk is mounted read-only"
	}
	return fmt.Errorf("%w: %w; %s, writes will then be taken again", store.ErrUnwritable, err, cure)
}

func primary(err error) int { return code(err) & 0xff }

// code gives SQLite's extended result code, 0 if the error is not SQLite's.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}
