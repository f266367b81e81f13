package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
)

const (
	// followPage is how many groups one statement of Follow asks for. Each row of the feed is a whole group, so that any number of
	// them is a state that there was.
	followPage = 256

	// followPatience is how long the server may take for the next row, or to say that there is none.
	followPatience = 3 * time.Second
)

var errSilent = fmt.Errorf("the database has said nothing for %s", followPatience)

// given is the last row of the feed that Load or Follow has given, by which Follow knows whether the feed goes on from there. A
// standby that is promoted without the end of the feed gives the same positions out once more, but not the same marks.
type given struct {
	position muster.Position
	mark     int64
}

// follower is what only Load and Follow touch, of which one runs at a time.
type follower struct {
	conn  *pgx.Conn // nil at first and after a failure
	given given
	bytes atomic.Uint64 // of the feed's rows, in all
}

// Follow implements store.Shared. A connection that broke while nobody used it is no failure.
func (s *Store) Follow(ctx context.Context, commit func([]store.Outcome)) error {
	before, reused := s.f.given, s.f.conn != nil
	defer func() { s.followed.Store(uint64(s.f.given.position)) }()
	err := s.follow(ctx, commit)
	if err != nil && reused && s.f.given == before && isConnectionError(err) && ctx.Err() == nil {
		s.dropFollower()
		err = s.follow(ctx, commit)
	}
	if err != nil {
		s.dropFollower()
		return fmt.Errorf("follow the store: %w", explain(err))
	}
	return nil
}

func (s *Store) follow(ctx context.Context, commit func([]store.Outcome)) error {
	if s.f.conn == nil {
		conn, err := s.connect(ctx)
		if err != nil {
			return err
		}
		s.f.conn = conn
	}
	for {
		groups, err := s.f.page(ctx, commit)
		if err != nil || groups < followPage {
			return err
		}
	}
}

// page gives the next groups. The row that was given last comes first, without its body.
func (f *follower) page(ctx context.Context, commit func([]store.Outcome)) (groups int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(followPatience, func() { cancel(errSilent) })
	defer silence.Stop()
	rows, err := f.conn.Query(ctx, `SELECT position, mark, CASE WHEN position > $1 THEN body END FROM feed
		WHERE position >= $1 ORDER BY position LIMIT $2`, int64(f.given.position), followPage+1)
	if err != nil {
		return 0, causeOf(ctx, err)
	}
	there := f.given.position == 0
	var row given
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&row.position, &row.mark, &body}, func() error {
		silence.Reset(followPatience)
		if !there {
			there = row == f.given
			return f.lostUnless(there)
		}
		f.bytes.Add(uint64(len(body)))
		calls, err := decodeFeed(body, row.position)
		if err != nil {
			return damaged(fmt.Sprintf("row %d of the feed", row.position), err)
		}
		if err := f.lostUnless(row.position == f.given.position+muster.Position(len(calls))); err != nil {
			return err
		}
		commit(calls)
		f.given = row
		groups++
		return nil
	})
	if err != nil {
		return groups, causeOf(ctx, err)
	}
	return groups, f.lostUnless(there)
}

func (f *follower) lostUnless(ok bool) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%w: after position %d", store.ErrLost, f.given.position)
}

// causeOf adds why the context ended, if it did.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

func (s *Store) dropFollower() {
	if s.f.conn != nil {
		s.hangUp(s.f.conn)
		s.f.conn = nil
	}
}
