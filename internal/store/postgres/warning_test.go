package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster/internal/store"
	"muster/internal/store/postgres/pgtest"
)

// testRolledBack has a COMMIT answered with ROLLBACK, which is no error of PostgreSQL's: it was said in a transaction that had failed.
func testRolledBack(t *testing.T, server *pgtest.Server) {
	ctx := context.Background()
	s := mustOpen(t, server.Schema(t))
	defer s.Close()
	w, err := s.connectWriter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.hangUp(w.conn)
	for _, failing := range []bool{false, true} {
		if _, err := w.conn.Exec(ctx, `BEGIN`); err != nil {
			t.Fatal(err)
		}
		if failing {
			if _, err := w.conn.Exec(ctx, `SELECT 1/0`); err == nil {
				t.Fatal("1/0 has a value")
			}
		}
		if err := w.commit(ctx, &pgx.Batch{}); errors.Is(err, store.ErrUnknown) != failing || (err != nil) != failing {
			t.Errorf("of a transaction that had failed (%v) the COMMIT gives %v", failing, err)
		}
	}
}

// TestUnawaitedStandby has somebody cancel the wait of a COMMIT for a standby: it is done, with no more than a warning that a failover
// may lose it. That is no success, whoever waited for it.
func TestUnawaitedStandby(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	dsn := server.Schema(t)
	s := mustOpen(t, dsn)
	defer s.Close()
	mustCommit(t, s, report("i-1", "before"))
	server.Exec(t, `ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (nobody)'`)
	server.Exec(t, `SELECT pg_reload_conf()`)
	for server.Ask(t, `SHOW synchronous_standby_names`) == "" {
	}
	outcome := make(chan error)
	go func() {
		_, err := s.Commit(context.Background(), []store.Call{report("i-1", "after")})
		outcome <- err
	}()
	for server.Ask(t, `SELECT count(pg_cancel_backend(pid))::text FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'muster'`) == "0" {
	}
	if err := <-outcome; !errors.Is(err, store.ErrUnknown) || !strings.Contains(err.Error(), "canceling wait for synchronous replication") {
		t.Errorf("the commit's error is %v", err)
	}
	server.Exec(t, `ALTER SYSTEM RESET synchronous_standby_names`)
	server.Exec(t, `SELECT pg_reload_conf()`)
	for server.Ask(t, `SHOW synchronous_standby_names`) != "" {
	}
	if got := dayOf(mustLoad(t, s), "i-1"); got != "after" {
		t.Errorf("the database has %q", got)
	}
	mustCommit(t, s, report("i-1", "on we go"))
}
