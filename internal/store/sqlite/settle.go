package sqlite

import (
	"context"
	"errors"
	"fmt"

	"muster/internal/store"
)

// doubt is what keeps the log from being trusted.
//
// When the fsync of a commit fails, the system may have given up its pages: they can be read as long as they are in memory, a
// later fsync succeeds without writing them, and a power cut takes them and, since frames of the log follow from each other,
// every later commit. A process that opens the log after such a failure cannot see it. So before the first commit, and after
// any whose outcome is unknown, all that the log seems to hold is written afresh into the file, and the log begins anew.
type doubt int

const (
	trusted   doubt = iota
	inherited       // as found by Open: it may be read, but not added to
	unknown         // after ErrUnknown: Load has to tell the outcome, and cannot before this is settled
)

// settle removes the doubt if it is at least of this degree.
func (s *Store) settle(ctx context.Context, from doubt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.doubt < from {
		return nil
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return beforeCommit(err)
	}
	defer conn.Close()
	var busy, frames, written int
	if err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &written); err != nil {
		return beforeCommit(fmt.Errorf("write the log back: %w", err))
	}
	if busy != 0 {
		return fmt.Errorf("%w: %w", store.ErrUnwritable, errors.New("its log is in use, perhaps by a backup, and cannot be written back"))
	}
	s.doubt = trusted
	return nil
}

func (s *Store) distrust() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubt = unknown
}
