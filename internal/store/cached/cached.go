// Package cached is a store in PostgreSQL that a server finds again faster: beside the database it keeps a local copy, from which the
// next start loads, and then follows the database from where the copy ends. The copy is never the truth, and nothing but a start reads
// it: one that is damaged, or that the database does not go on from, is thrown away.
package cached

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres"
)

// Store is a store.Shared: a *postgres.Store whose first Load is of the copy, if that is good.
type Store struct {
	*postgres.Store
	keeper keeper
	log    *slog.Logger
	lock   *flock.Flock
	began  bool // a Load

	stop    context.CancelFunc // nil until the keeper runs
	stopped chan struct{}
}

var _ store.Shared = (*Store)(nil)

// Open opens the store in the database of the DSN, see postgres.Open, with a copy in the directory, which is made if it is not there.
// One process at a time uses the directory.
func Open(ctx context.Context, dsn, dir string, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the cache: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "cache.lock"))
	held, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the directory of the cache: %w", err)
	case !held:
		return nil, fmt.Errorf("another muster has its cache in %s: give each a directory of its own", dir)
	}
	s, err := open(ctx, dsn, filepath.Join(dir, "cache.db"), log)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	s.lock = lock
	return s, nil
}

func open(ctx context.Context, dsn, path string, log *slog.Logger) (*Store, error) {
	database, err := postgres.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	feed, err := postgres.Open(ctx, dsn)
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	return &Store{Store: database, keeper: keeper{feed: feed, copy: localCopy{path: path}, log: log}, log: log}, nil
}

// Load implements store.Store. If the copy turns out to be damaged when some of it has been given, the error is store.ErrLost: the next
// Load is of the database.
func (s *Store) Load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	at, err := s.load(ctx, batch)
	if err == nil && s.stop == nil {
		s.run()
	}
	return at, err
}

func (s *Store) load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	if s.began {
		return s.Store.Load(ctx, batch)
	}
	s.began = true
	from, err := s.resume(ctx)
	if err == nil {
		s.log.Info("the fleet is loaded from the cache", "position", from.Position)
		return s.loadCopy(ctx, from, batch)
	}
	if _, unusable := errors.AsType[*copyError](err); !unusable && !errors.Is(err, store.ErrLost) {
		return 0, err
	}
	s.log.Info("the fleet is loaded from the database, not from the cache", "why", err)
	s.keeper.discard()
	return s.Store.Load(ctx, batch)
}

// resume finds out whether the database goes on from the copy, and then has the feed kept from there.
func (s *Store) resume(ctx context.Context) (postgres.Place, error) {
	from, err := s.keeper.resume(ctx)
	if err != nil {
		return from, err
	}
	return from, s.Store.Resume(ctx, from)
}

func (s *Store) loadCopy(ctx context.Context, from postgres.Place, batch func(store.Batch) error) (muster.Position, error) {
	at, err := s.keeper.copy.store.Load(ctx, func(b store.Batch) error {
		b.Changes = slices.DeleteFunc(b.Changes, func(c muster.Change) bool { return c.Key == placeKey })
		return batch(b)
	})
	if err == nil && at != from.Position {
		err = fmt.Errorf("it is at position %d and says that it is at %d", at, from.Position)
	}
	if err == nil || ctx.Err() != nil {
		return at, err
	}
	s.keeper.discard()
	return 0, fmt.Errorf("%w: the cache: %w", store.ErrLost, err)
}

// run has the keeper keep the copy until Close.
func (s *Store) run() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.stopped = stop, make(chan struct{})
	go func() {
		defer close(s.stopped)
		s.keeper.run(ctx)
	}()
}

// Connections is that of *postgres.Store, with those that keep the copy.
func (s *Store) Connections() (open, made uint64) {
	open, made = s.Store.Connections()
	more, moreMade := s.keeper.feed.Connections()
	return open + more, made + moreMade
}

// FollowedBytes is that of *postgres.Store, with what is read for the copy.
func (s *Store) FollowedBytes() uint64 {
	return s.Store.FollowedBytes() + s.keeper.feed.FollowedBytes()
}

// Sync brings the copy up to date, as is done all the time.
func (s *Store) Sync(ctx context.Context) error { return s.keeper.round(ctx) }

// Close releases the store, and leaves a copy that is as new as can be.
func (s *Store) Close() error {
	if s.stop != nil {
		s.stop()
		<-s.stopped
	}
	s.keeper.close()
	return errors.Join(s.Store.Close(), s.lock.Unlock())
}
