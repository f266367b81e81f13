// Package pgtest runs a PostgreSQL server for a test: private, with a socket in its own directory and no port, gone with the test.
// It is not for anything to be kept: unless a test asks for it, nothing is synced to the disk.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster/internal/child"
)

// socket is the name of a server's in its directory, which is that of port 5432.
const socket = ".s.PGSQL.5432"

// Server is a running server.
type Server struct {
	Dir      string // of its socket, which has the name that PostgreSQL gives one for port 5432
	schemas  atomic.Int64
	durable  bool
	postgres *child.Postgres
}

// Needed says whether tests fail where PostgreSQL is not installed, instead of being left out. ./check says that it is once it has
// found one.
func Needed() bool { return os.Getenv("MUSTER_NEED_POSTGRES") != "" }

// Start makes and starts a server that ends with the test, with settings such as max_connections=10 beside those of all tests. Where
// PostgreSQL is neither installed nor Needed it skips the test.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	return launch(t, place(t, false, settings...))
}

// StartDurable is Start of a server that keeps what it has acknowledged, as servers do.
func StartDurable(t testing.TB) *Server {
	t.Helper()
	return launch(t, place(t, true))
}

func launch(t testing.TB, s *Server) *Server {
	t.Helper()
	err := s.postgres.Initialize()
	if err == nil {
		err = s.postgres.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// place makes the directory of a server, which ends with the test.
func place(t testing.TB, durable bool, settings ...string) *Server {
	t.Helper()
	all := []string{"max_connections=100", "shared_buffers=64MB", "autovacuum=off", "jit=off"}
	if !durable {
		all = append(all, "fsync=off", "full_page_writes=off")
	}
	postgres, err := child.NewPostgres(append(all, settings...)...)
	if errors.Is(err, child.ErrNoPostgres) && !Needed() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(postgres.Stop(), postgres.Remove()); err != nil {
			t.Error(err)
		}
	})
	return &Server{Dir: postgres.Dir, durable: durable, postgres: postgres}
}

// Kill kills the server as kill -9 does, and waits for its processes for connections, which end by themselves.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.postgres.Kill(); err != nil {
		t.Error(err)
	}
}

// Restart starts a server that was killed. It waits for what may be left of the old one, beside which no server starts.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	for try := range 100 {
		err := s.postgres.Start()
		if err == nil {
			return
		}
		if try == 99 || !strings.Contains(err.Error(), "in use") && !strings.Contains(err.Error(), "lock file") {
			t.Fatal(err)
		}
	}
}

// Schema makes a new and empty schema, and gives the DSN of a connection that has its tables in it.
func (s *Server) Schema(t testing.TB) (dsn string) {
	t.Helper()
	name := fmt.Sprint("s", s.schemas.Add(1))
	Exec(t, s.dsn(s.Dir, "public"), "CREATE SCHEMA "+name)
	return s.dsn(s.Dir, name)
}

// URL is Schema with the DSN as a URL.
func (s *Server) URL(t testing.TB) string {
	t.Helper()
	_, schema, _ := strings.Cut(s.Schema(t), "search_path=")
	return s.postgres.URL(url.Values{"search_path": {schema}})
}

func (s *Server) dsn(socketDir, schema string) string {
	return fmt.Sprintf("host=%s user=postgres dbname=postgres search_path=%s", socketDir, schema)
}

// Exec runs SQL on a connection of its own.
func Exec(t testing.TB, dsn, text string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, text); err != nil {
		t.Fatal(err)
	}
}
