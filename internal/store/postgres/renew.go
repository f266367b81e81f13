package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// goneAfter is how long a server may be silent until the feed is no longer kept for it. If it comes back, it has to load.
	goneAfter = 10 * time.Minute

	// leadFor is how long the lead is one server's after it has asked for it.
	leadFor = 30 * time.Second

	// trimStep is how many groups one Renew takes off the feed.
	trimStep = 10_000
)

// renewer is what only Renew and Close touch.
type renewer struct {
	mu   sync.Mutex
	conn *pgx.Conn
}

// signUp has the feed kept for this server from here on.
const signUp = `INSERT INTO server (id, position, seen) VALUES ($1, (SELECT coalesce(max(position), 0) FROM feed), now())
	ON CONFLICT (id) DO UPDATE SET position = excluded.position, seen = excluded.seen`

// signUpAt has it kept from a position on.
const signUpAt = `INSERT INTO server (id, position, seen) VALUES ($1, $2, now())
	ON CONFLICT (id) DO UPDATE SET position = excluded.position, seen = excluded.seen`

// Renew implements store.Shared. It takes off the feed what all servers have followed, but for the last row that any of them has got, by
// which it knows the feed again.
func (s *Store) Renew(ctx context.Context) (lead bool, err error) {
	err = s.renew(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO lead (id, server, until) VALUES (1, $1, now() + make_interval(secs => $2))
			ON CONFLICT (id) DO UPDATE SET server = excluded.server, until = excluded.until
			WHERE lead.server = excluded.server OR lead.until < now() RETURNING true`, s.id, leadFor.Seconds()).
			Query(func(rows pgx.Rows) error {
				lead = rows.Next()
				rows.Close()
				return rows.Err()
			})
	})
	return lead && err == nil, err
}

// Stay is Renew for who does not want the lead.
func (s *Store) Stay(ctx context.Context) error {
	return s.renew(ctx, func(*pgx.Batch) {})
}

// renew does what else is queued with it.
func (s *Store) renew(ctx context.Context, queue func(*pgx.Batch)) error {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b := &pgx.Batch{}
	s.queuePlace(b)
	queue(b)
	if err := s.sendRenewal(ctx, b); err != nil {
		s.dropRenewer()
		return fmt.Errorf("renew the place among the servers: %w", explain(err))
	}
	return nil
}

func (s *Store) sendRenewal(ctx context.Context, b *pgx.Batch) (err error) {
	if s.r.conn == nil {
		if s.r.conn, err = s.connect(ctx); err != nil {
			return err
		}
	}
	return s.r.conn.SendBatch(ctx, b).Close()
}

func (s *Store) queuePlace(b *pgx.Batch) {
	b.Queue(signUpAt, s.id, int64(s.followed.Load()))
	b.Queue(`DELETE FROM server WHERE seen < now() - make_interval(secs => $1)`, goneAfter.Seconds())
	b.Queue(`DELETE FROM feed WHERE position IN (SELECT position FROM feed WHERE position < (SELECT min(position) FROM server)
		ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED)`, trimStep)
}

// leave gives up the place and the lead. If that fails they run out.
func (s *Store) leave() {
	if s.r.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM lead WHERE server = $1`, s.id)
	b.Queue(`DELETE FROM server WHERE id = $1`, s.id)
	_ = s.r.conn.SendBatch(ctx, b).Close()
	s.dropRenewer()
}

func (s *Store) dropRenewer() {
	if s.r.conn != nil {
		s.hangUp(s.r.conn)
		s.r.conn = nil
	}
}
