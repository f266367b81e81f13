package pgtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Standby starts a server that follows this one. It ends with the test.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	standby := place(t, s.durable)
	err := standby.postgres.Run("pg_basebackup", "-h", s.Dir, "-U", "postgres", "-D", standby.postgres.Data(),
		"--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	if err == nil {
		err = standby.postgres.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return standby
}

// Promote makes a standby take writes. It returns when it does.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	s.Exec(t, `SELECT pg_promote()`)
}

// CutOff has a standby follow no more.
func (s *Server) CutOff(t testing.TB) {
	t.Helper()
	s.Exec(t, `ALTER SYSTEM SET primary_conninfo = ''`)
	s.Exec(t, `SELECT pg_reload_conf()`)
	for s.Ask(t, `SELECT count(*)::text FROM pg_stat_wal_receiver`) != "0" {
	}
}

// CaughtUp waits until a standby shows all that the primary has.
func (s *Server) CaughtUp(t testing.TB, primary *Server) {
	t.Helper()
	to := primary.Ask(t, `SELECT pg_current_wal_lsn()::text`)
	for s.Ask(t, `SELECT (pg_last_wal_replay_lsn() >= '`+to+`')::text`) != "true" {
	}
}

// Exec runs SQL on the server, one statement.
func (s *Server) Exec(t testing.TB, text string) {
	t.Helper()
	Exec(t, s.dsn(s.Dir, "public"), text)
}

// Ask gives the one text that a query answers.
func (s *Server) Ask(t testing.TB, query string) (answer string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.dsn(s.Dir, "public"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

// Either is the DSN of a schema's tables on whichever of the servers takes writes.
func Either(dsn string, servers ...*Server) string {
	var dirs []string
	for _, s := range servers {
		dirs = append(dirs, s.Dir)
	}
	_, rest, _ := strings.Cut(dsn, " ")
	return fmt.Sprintf("host=%s %s", strings.Join(dirs, ","), rest)
}
