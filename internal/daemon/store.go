package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"muster/internal/fleet"
	"muster/internal/store"
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

func isPostgres(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
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
	if isPostgres(c.Store) {
		return postgres.Open(ctx, c.Store)
	}
	return sqlite.Open(ctx, filepath.Join(c.Data, DatabaseFile), sqlite.Options{})
}
