package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster/internal/store"
	"muster/internal/store/postgres/pgtest"
)

// positions gives those of the rows of the feed.
func positions(t testing.TB, dsn string) (all []int64) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT position FROM feed ORDER BY position`)
	if err != nil {
		t.Fatal(err)
	}
	if all, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		t.Fatal(err)
	}
	return all
}

func mustRenew(t testing.TB, s *Store) (lead bool) {
	t.Helper()
	lead, err := s.Renew(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return lead
}

func follow(s *Store) error { return s.Follow(context.Background(), func([]store.Outcome) {}) }

func mustFollow(t testing.TB, s *Store) {
	t.Helper()
	if err := follow(s); err != nil {
		t.Fatal(err)
	}
}

// testTrim has the feed kept for who still needs it, and no longer.
func testTrim(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	a, b := mustOpen(t, dsn), mustOpen(t, dsn)
	defer a.Close()
	defer b.Close()
	mustCommit(t, a, report("i-1", "0"))
	mustLoad(t, a)
	mustLoad(t, b) // which signs it up
	for _, day := range []string{"1", "2", "3"} {
		mustCommit(t, a, report("i-1", day))
	}
	mustFollow(t, a)
	mustRenew(t, a)
	if got := positions(t, dsn); len(got) != 4 {
		t.Errorf("with a server that has the first commit alone the feed has %v", got)
	}
	mustFollow(t, b)
	mustRenew(t, b)
	if got := positions(t, dsn); len(got) != 1 || got[0] != 4 {
		t.Errorf("when all servers have all of it the feed has %v", got)
	}
	mustFollow(t, b) // knows it again by that row

	pgtest.Exec(t, dsn, fmt.Sprintf(`UPDATE server SET seen = now() - interval '1 hour' WHERE id = %d`, b.id))
	mustCommit(t, a, report("i-1", "4"))
	mustCommit(t, a, report("i-1", "5"))
	mustFollow(t, a)
	mustRenew(t, a)
	if err := follow(b); !errors.Is(err, store.ErrLost) {
		t.Errorf("a server that was silent for an hour follows with the error %v", err)
	}
	if got := dayOf(mustLoad(t, b), "i-1"); got != "5" {
		t.Errorf("when it has loaded it has %q", got)
	}
	mustFollow(t, b)
}

// testLostTail has a failover take the end of the feed away, which one server had followed: also when others have written as much again.
func testLostTail(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	a, b := mustOpen(t, dsn), mustOpen(t, dsn)
	defer a.Close()
	defer b.Close()
	mustLoad(t, a)
	mustLoad(t, b)
	mustCommit(t, a, report("i-1", "1"))
	mustCommit(t, a, report("i-1", "2"))
	mustFollow(t, a)
	lose := func() { pgtest.Exec(t, dsn, `DELETE FROM feed WHERE position = (SELECT max(position) FROM feed)`) }
	lose()
	if err := follow(a); !errors.Is(err, store.ErrLost) {
		t.Errorf("after the last commit was lost the error is %v", err)
	}
	loadAnyhow(t, a)
	mustFollow(t, a)
	mustCommit(t, b, report("i-1", "two"))
	mustFollow(t, a)
	lose()
	mustCommit(t, b, report("i-1", "zwei"))
	if err := follow(a); !errors.Is(err, store.ErrLost) {
		t.Errorf("after another commit has taken the place of a lost one the error is %v", err)
	}
	loadAnyhow(t, a)
	mustFollow(t, a)
	mustFollow(t, b) // which had not got any of it
}

// loadAnyhow does not look at what is loaded: the records of a lost commit are still there, which after a failover they are not.
func loadAnyhow(t testing.TB, s *Store) {
	t.Helper()
	if _, err := s.Load(context.Background(), func(store.Batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// testLead has one server lead, and another when that one is gone.
func testLead(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	a, b := mustOpen(t, dsn), mustOpen(t, dsn)
	defer a.Close()
	for range 2 {
		if !mustRenew(t, a) || mustRenew(t, b) {
			t.Error("the lead is not the first server's")
		}
	}
	pgtest.Exec(t, dsn, `UPDATE lead SET until = now() - interval '1 second'`)
	if !mustRenew(t, b) || mustRenew(t, a) {
		t.Error("the lead does not go to who asks first when it has run out")
	}
	b.Close()
	if !mustRenew(t, a) {
		t.Error("a server that has ended keeps the lead")
	}
}
