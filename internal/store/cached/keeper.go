package cached

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"muster/internal/store"
	"muster/internal/store/postgres"
)

const (
	// closeWithin is how long close may take to bring the copy up to date.
	closeWithin = 3 * time.Second

	// keepEvery is how far behind the copy may be, and how often the database hears how far it is.
	keepEvery = 10 * time.Second

	// moveSize is about how many changes are written together.
	moveSize = 4096
)

// keeper keeps the copy. It is one more follower of the database, with connections of its own, so that nobody waits for it: the feed is
// kept for it from the place on where the copy is, also for some time after it is gone.
type keeper struct {
	log *slog.Logger

	mu    sync.Mutex // held for a round
	feed  *postgres.Store
	copy  localCopy
	at    postgres.Place // where the copy is, zero while it is not whole
	ended bool           // the copy was given up
	down  bool           // the database could not be followed
}

// resume opens the copy that is there, and goes on where it is.
func (k *keeper) resume(ctx context.Context) (postgres.Place, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	from, err := k.copy.open(ctx)
	if err != nil {
		return from, err
	}
	if err := k.feed.Resume(ctx, from); err != nil {
		return from, err
	}
	k.at = from
	return from, nil
}

// discard throws the copy away; the next round makes another.
func (k *keeper) discard() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = postgres.Place{}
	if err := k.copy.discard(); err != nil {
		k.log.Warn("remove the cache", "err", err)
	}
}

func (k *keeper) run(ctx context.Context) {
	again := time.NewTicker(keepEvery)
	defer again.Stop()
	for {
		_ = k.round(ctx) // which has told
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// round makes a copy if there is none, and brings it up to date.
func (k *keeper) round(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return nil
	}
	err := k.advance(ctx)
	_, broken := errors.AsType[*copyError](err)
	switch {
	case err == nil:
		k.down = false
	case broken: // first: the feed may be ahead of the copy now
		k.giveUp(err)
	case ctx.Err() != nil:
	case errors.Is(err, store.ErrLost):
		k.log.Warn("the cache is made anew, because the database does not go on from it", "err", err)
		k.at = postgres.Place{}
	case !k.down:
		k.down = true
		k.log.Warn("the cache falls behind, because the database cannot be followed", "err", err)
	}
	return err
}

// giveUp leaves the next start without a copy, and the database without keeping its feed for one.
func (k *keeper) giveUp(why error) {
	k.log.Error("the cache is given up until the next start, which will load from the database", "err", why)
	k.ended = true
	if err := errors.Join(k.copy.discard(), k.feed.Close()); err != nil {
		k.log.Error("give the cache up", "err", err)
	}
}

func (k *keeper) advance(ctx context.Context) error {
	if k.at == (postgres.Place{}) {
		if err := k.fill(ctx); err != nil {
			return err
		}
	}
	if err := k.follow(ctx); err != nil {
		return err
	}
	return k.feed.Stay(ctx)
}

// fill makes the copy out of all that the database has.
func (k *keeper) fill(ctx context.Context) error {
	began, stayed := time.Now(), time.Now()
	if err := k.copy.begin(ctx); err != nil {
		return err
	}
	rows, records := 0, 0
	_, err := k.feed.Load(ctx, func(b store.Batch) error {
		rows, records = rows+len(b.Rows), records+len(b.Changes)
		if err := k.copy.add(ctx, b); err != nil {
			return err
		}
		if time.Since(stayed) < keepEvery {
			return nil
		}
		stayed = time.Now()
		k.log.Info("filling the cache", "rows", rows, "records", records, "for", time.Since(began).Round(time.Second))
		return k.feed.Stay(ctx) // else the feed would be taken for one that nobody waits for
	})
	if err != nil {
		return err
	}
	if err := k.moveTo(ctx, store.Batch{}, k.feed.Place()); err != nil {
		return err
	}
	k.log.Info("the cache is filled", "rows", rows, "records", records, "position", k.at.Position, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// follow writes what has been committed since. What Follow gives before it fails is whole groups, so it is written, too.
func (k *keeper) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var pending store.Batch
	var moveErr error
	followErr := k.feed.Follow(ctx, func(group []store.Outcome) {
		if moveErr != nil {
			return
		}
		if len(pending.Changes) >= moveSize {
			if moveErr = k.moveTo(ctx, pending, k.feed.Place()); moveErr != nil {
				cancel()
				return
			}
			pending = store.Batch{}
		}
		for _, o := range group {
			pending.Rows, pending.Changes = append(pending.Rows, o.Rows...), append(pending.Changes, o.Changes...)
		}
	})
	if moveErr != nil {
		return moveErr
	}
	if k.feed.Place() != k.at {
		if err := k.moveTo(ctx, pending, k.feed.Place()); err != nil {
			return err
		}
	}
	return followErr
}

func (k *keeper) moveTo(ctx context.Context, b store.Batch, to postgres.Place) error {
	err := k.copy.move(ctx, b, to)
	if err == nil {
		k.at = to
	}
	return err
}

// close brings the copy up to date once more, and has the feed kept from there.
func (k *keeper) close() {
	leave := k.feed.Close
	if k.at != (postgres.Place{}) {
		leave = k.feed.Suspend
		ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
		defer cancel()
		_ = k.round(ctx) // which has told
	}
	if k.ended {
		return
	}
	if err := errors.Join(k.copy.close(), leave()); err != nil {
		k.log.Warn("close the cache", "err", err)
	}
}
