// Package sqlite keeps a store in one SQLite file, in pure Go. docs/format.md describes the file. It is not the queue that
// makes groups of calls, and it does not keep a second process away: see fleet and cmd/muster for those.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"modernc.org/sqlite"

	"muster/internal/store"
)

// Options tune a store. The zero value is right for most.
type Options struct {
	CacheBytes int64 // of pages, for the writer and for each reader; 16 MiB if zero, for the system keeps the file in memory as well

	// Mirror says that the store is a copy that Mirror writes. Then it has a digest, by which Load finds any damage.
	Mirror bool

	readOnly bool

	// For tests of what happens when the disk does not do its part.
	vfs           string
	synchronous   string
	maxPages      int
	walCheckpoint int // pages
}

// Store is a store.Store in a SQLite file.
type Store struct {
	path    string
	db      *sql.DB
	mirrors bool

	// w is nil at first and after a failure, which may have left its connection in any state: the next Commit opens another.
	// Only what writes, Rest and Close touch it, of which one runs at a time.
	w *writer

	mu    sync.Mutex // guards doubt, and is held while it is settled
	doubt doubt
}

var (
	_ store.Store   = (*Store)(nil)
	_ store.Resting = (*Store)(nil)
)

// Open opens the store in the file, makes it if there is none, and brings an older format up to date. It refuses a file that
// a newer muster wrote and one that muster did not make.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db, err := openDB(path, opts)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, explain(err)), db.Close())
	}
	if opts.Mirror {
		if err := makeDigest(ctx, db); err != nil {
			return nil, errors.Join(fmt.Errorf("open store %s: %w", path, explain(err)), db.Close())
		}
	}
	return &Store{path: path, db: db, mirrors: opts.Mirror, doubt: inherited}, nil
}

// Rest implements store.Resting: the next Commit opens another writer.
func (s *Store) Rest() (rested bool, err error) {
	if s.w == nil {
		return false, nil
	}
	if err := s.dropWriter(); err != nil {
		return true, fmt.Errorf("rest store %s: %w", s.path, err)
	}
	return true, nil
}

// Close writes the log back into the file and releases it.
func (s *Store) Close() error {
	err := errors.Join(s.dropWriter(), s.db.Close())
	if err != nil {
		return fmt.Errorf("close store %s: %w", s.path, err)
	}
	return nil
}

// createPrivate makes the file if it is not there, before SQLite would make it readable for all: it will hold secrets. The
// files that SQLite puts beside it get the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(filepath.Dir(path)))
}

func openDB(path string, opts Options) (*sql.DB, error) {
	dsn, err := dataSource(path, opts)
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(0) // a connection that is given back is closed: Loads are rare, and a failed writer must not return
	return db, nil
}

func dataSource(path string, opts Options) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") {
		abs = "/" + abs // C:/…
	}
	cache := cmp.Or(opts.CacheBytes, 16<<20)
	// Until the log is 32 MiB: the more commits share a write-back, the fewer pages are written twice.
	checkpoint := cmp.Or(opts.walCheckpoint, 8192)
	// FULL is the fsync of the log before a commit returns. NORMAL would leave it to the next write-back.
	synchronous := cmp.Or(opts.synchronous, "FULL")
	q := url.Values{}
	if opts.readOnly {
		q.Set("mode", "ro")
	}
	if opts.vfs != "" {
		q.Set("vfs", opts.vfs)
	}
	for _, pragma := range []string{
		"busy_timeout(10000)",
		"synchronous(" + synchronous + ")",
		"fullfsync(ON)", // on macOS, fsync alone leaves the data in the drive's cache
		"checkpoint_fullfsync(ON)",
		"wal_autocheckpoint(" + strconv.Itoa(checkpoint) + ")",
		"journal_size_limit(" + strconv.Itoa(256<<20) + ")",
		"cache_size(" + strconv.FormatInt(-cache/1024, 10) + ")",
		"foreign_keys(OFF)",
		"max_page_count(" + strconv.Itoa(cmp.Or(opts.maxPages, 1<<32-2)) + ")",
	} {
		q.Add("_pragma", pragma)
	}
	return "file:" + (&url.URL{Path: abs}).EscapedPath() + "?" + q.Encode(), nil
}
