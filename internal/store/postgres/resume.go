package postgres

import (
	"context"
	"fmt"

	"muster"
	"muster/internal/store"
)

// Place is where in the history of a database somebody was who has all that was committed up to there. JSON keeps it.
type Place struct {
	Format   int             // of the database
	Position muster.Position // of the group that Load or Follow gave last
	Mark     int64           // of the same, which another history of the database has not
	Server   int64           // for whom the feed is kept from there on
}

// Place gives the place of what Load and Follow have given so far. Within the callback of a Follow that is what came before.
func (s *Store) Place() Place {
	return Place{newestFormat, s.f.given.position, s.f.given.mark, s.id}
}

// Resume stands in for a Load: the next Follow goes on from the place, of this store or of one before it whose place among the servers
// is given up. It fails with store.ErrLost if the database does not go on from there, as Follow does should that come out only later.
func (s *Store) Resume(ctx context.Context, from Place) error {
	if err := s.resume(ctx, from); err != nil {
		return fmt.Errorf("go on from position %d: %w", from.Position, explain(err))
	}
	return nil
}

func (s *Store) resume(ctx context.Context, from Place) error {
	if from.Format != newestFormat || from.Position == 0 {
		return fmt.Errorf("%w: it has another format, or nothing was known of it", store.ErrLost)
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer s.hangUp(conn)
	if _, err := conn.Exec(ctx, signUpAt, s.id, int64(from.Position)); err != nil { // so that nothing more is taken off the feed
		return err
	}
	if from.Server != s.id {
		if _, err := conn.Exec(ctx, `DELETE FROM server WHERE id = $1`, from.Server); err != nil {
			return err
		}
	}
	var there bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM feed WHERE position = $1 AND mark = $2)`, int64(from.Position), from.Mark).Scan(&there)
	if err != nil {
		return err
	}
	if !there {
		return fmt.Errorf("%w: the feed does not go back that far, or is another's", store.ErrLost)
	}
	s.f.given = given{from.Position, from.Mark}
	s.followed.Store(uint64(from.Position))
	return nil
}
