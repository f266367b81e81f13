package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"muster/internal/fleet"
	"muster/internal/store"
	"muster/internal/store/cached"
	"muster/internal/store/postgres"
	"muster/internal/store/sqlite"
)

// StoreSQLite is the store of one server: the file DatabaseFile in its data directory.
const StoreSQLite = "sqlite"

// DatabaseFile is the name of that file.
const DatabaseFile = "muster.db"

// CheckStore refuses what is no Config.Store. It does not look whether the database is there.
func CheckStore(s string) error {
	if s != StoreSQLite && !isPostgres(s) {
		return fmt.Errorf("a store is %s, or postgres://host/database", StoreSQLite)
	}
	return nil
}

// CheckCache refuses a Config.Cache beside a store that has no use for one.
func CheckCache(cache, store string) error {
	if cache != "" && !isPostgres(store) {
		return errors.New("only a store in PostgreSQL has a cache; name one with --store postgres://host/database")
	}
	return nil
}

func isPostgres(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

// awayPause is how often it is looked whether a database has come back.
const awayPause = 2 * time.Second

// awaitFleet opens the fleet, if need be when its database has come back: that takes nobody who would start this server again.
func awaitFleet(ctx context.Context, c Config, m *metrics) (*fleet.Fleet, error) {
	again := time.NewTicker(awayPause)
	defer again.Stop()
	for {
		f, err := openFleet(ctx, c, m)
		if err == nil || !postgres.IsAway(err) {
			return f, err
		}
		c.Log.Warn("the database is away; the server waits for it", "err", err)
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

func openFleet(ctx context.Context, c Config, m *metrics) (*fleet.Fleet, error) {
	s, err := openStore(ctx, c)
	if err != nil {
		return nil, err
	}
	c.Fleet.Store, c.Fleet.Now, c.Fleet.Log, c.Fleet.ObserveCommit = s, c.Now, c.Log, m.observeCommit
	c.Fleet.ObserveFollow = m.observeFollow
	f, err := fleet.Open(ctx, c.Fleet)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return f, nil
}

func openStore(ctx context.Context, c Config) (store.Store, error) {
	if err := CheckStore(c.Store); err != nil {
		return nil, err
	}
	if err := CheckCache(c.Cache, c.Store); err != nil {
		return nil, err
	}
	if isPostgres(c.Store) {
		return openPostgres(ctx, c)
	}
	return openFile(ctx, c.Data)
}

// database is a store in PostgreSQL, with a cache or without.
type database interface {
	store.Shared
	Unprotected(context.Context) (bool, error)
	Connections() (open, made uint64)
	FollowedBytes() uint64
}

func openPostgres(ctx context.Context, c Config) (store.Store, error) {
	s, err := openDatabase(ctx, c)
	if err != nil {
		return nil, err
	}
	unprotected, err := s.Unprotected(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if unprotected {
		c.Log.Warn("the database has a standby that no commit waits for: a failover may lose what was acknowledged; set synchronous_standby_names")
	}
	return s, nil
}

func openDatabase(ctx context.Context, c Config) (database, error) {
	if c.Cache == "" {
		return postgres.Open(ctx, c.Store)
	}
	return cached.Open(ctx, c.Store, c.Cache, c.Log)
}

func openFile(ctx context.Context, data string) (store.Store, error) {
	return sqlite.Open(ctx, filepath.Join(data, DatabaseFile), sqlite.Options{})
}

// OpenStore opens the store of a server that does not run: sqlite:DIR, where DIR is its data directory, or the URL of a PostgreSQL
// database. The directory is locked until the store is closed.
func OpenStore(ctx context.Context, name string) (store.Store, error) {
	dir, isFile := strings.CutPrefix(name, StoreSQLite+":")
	switch {
	case isPostgres(name):
		return postgres.Open(ctx, name)
	case !isFile || dir == "":
		return nil, fmt.Errorf("a store is %s:DIRECTORY, or postgres://host/database", StoreSQLite)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	held, err := lock(dir)
	if err != nil {
		return nil, err
	}
	s, err := openFile(ctx, dir)
	if err != nil {
		return nil, errors.Join(err, held.Unlock())
	}
	return lockedStore{s, held}, nil
}

// lockedStore gives the lock back when it is closed.
type lockedStore struct {
	store.Store
	held *flock.Flock
}

func (s lockedStore) Close() error { return errors.Join(s.Store.Close(), s.held.Unlock()) }

// storage says what keeps the inventory, and how many bytes its files have, 0 if they are elsewhere.
func storage(c Config) (kind string, size int64) {
	if isPostgres(c.Store) {
		return "PostgreSQL", 0
	}
	file := filepath.Join(c.Data, DatabaseFile)
	for _, name := range []string{file, file + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	return "SQLite", size
}
