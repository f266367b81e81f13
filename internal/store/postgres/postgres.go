// Package postgres keeps a store in a PostgreSQL database, which any number of servers may share: whoever commits holds one lock,
// so that all commits have one order, and leaves the others a feed of what it has changed. docs/format.md describes the tables. It is
// not a replica: what the feed says is applied by the fleet.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"muster/internal/store"
)

const (
	// connectTimeout is how long one host may take to answer, unless the DSN says otherwise.
	connectTimeout = 5 * time.Second

	// patience is how long a commit may take before its connection is given up, and how long the server waits for the lock or
	// for us to go on before it gives us up. The same for both, so that a server that vanished does not stop the others for long.
	patience = 10 * time.Second
)

var errClosed = errors.New("store is closed")

// Store is a store.Store in a PostgreSQL database.
type Store struct {
	config *pgx.ConnConfig
	closed atomic.Bool

	// w is nil at first and after a failure: the next Commit connects again, perhaps to another host. Only Commit and Close touch
	// it, of which one runs at a time.
	w *writer

	f follower
	r renewer

	made, ended atomic.Uint64 // connections

	id       int64         // among the servers, at random
	followed atomic.Uint64 // the position up to which Load and Follow have given all

	// doubt is set when the outcome of a commit is unknown: its transaction may still be running.
	doubt atomic.Bool
}

var _ store.Shared = (*Store)(nil)

// Open connects to the database of the DSN, a URL or PostgreSQL's keywords and values, and makes the tables or brings an older
// format up to date. It refuses a database that a newer muster has brought further. Of several hosts it takes one that accepts
// writes, unless target_session_attrs asks for another.
func Open(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, connectTimeout)
	config.RuntimeParams["application_name"] = cmp.Or(config.RuntimeParams["application_name"], "muster")
	s := &Store{config: config, id: rand.Int64()}
	if err := s.migrate(ctx); err != nil {
		return nil, fmt.Errorf("open store in database %s: %w", config.Database, explain(err))
	}
	return s, nil
}

// Close releases the connections. What was committed is in the database already.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return errClosed
	}
	s.dropWriter()
	s.dropFollower()
	s.leave()
	return nil
}

// Suspend is a Close after which the feed is kept as for a server that was killed: who resumes within that time finds it.
func (s *Store) Suspend() error {
	if s.closed.Swap(true) {
		return errClosed
	}
	s.dropWriter()
	s.dropFollower()
	s.dropRenewer()
	return nil
}

// Unprotected says whether the database has standbys, and no commit waits for any: a failover may then lose what was acknowledged.
func (s *Store) Unprotected(ctx context.Context) (bool, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return false, err
	}
	defer s.hangUp(conn)
	var unprotected bool
	err = conn.QueryRow(ctx, `SELECT current_setting('synchronous_standby_names') = '' AND EXISTS (SELECT FROM pg_stat_replication)`).Scan(&unprotected)
	return unprotected, err
}

// FollowedBytes says how much Follow has read of what servers have committed.
func (s *Store) FollowedBytes() uint64 { return s.f.bytes.Load() }

// Connections says how many connections the store has to its database, and how many it has made: more when they break.
func (s *Store) Connections() (open, made uint64) {
	ended := s.ended.Load() // first, so that it is never the greater one
	made = s.made.Load()
	return made - ended, made
}

// connect gives a connection to a database that takes writes.
func (s *Store) connect(ctx context.Context) (*pgx.Conn, error) {
	return s.connectWith(ctx, s.config)
}

func (s *Store) connectWith(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	if s.closed.Load() {
		return nil, errClosed
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err == nil {
		s.made.Add(1)
	}
	return conn, err
}

// hangUp closes a connection, which ends its transaction if there is one. Nothing depends on how that goes: the server does the
// same when the connection breaks.
func (s *Store) hangUp(conn *pgx.Conn) {
	s.ended.Add(1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn.Close(ctx)
}
