package pgtest

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Others are clients that leave no connection to anybody else.
type Others struct {
	server *Server
	conns  []*pgx.Conn
}

// TakeAllConnections has others open connections until the server takes no more. They leave when the test ends, if not before.
func (s *Server) TakeAllConnections(t testing.TB) *Others {
	t.Helper()
	o := &Others{server: s}
	t.Cleanup(o.Leave)
	o.TakeMore(t)
	return o
}

// TakeMore has them take what has become free.
func (o *Others) TakeMore(t testing.TB) {
	t.Helper()
	for {
		conn, err := pgx.Connect(context.Background(), o.server.dsn(o.server.Dir, "public"))
		if full, ok := errors.AsType[*pgconn.PgError](err); ok && full.Code == "53300" { // too_many_connections
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		o.conns = append(o.conns, conn)
	}
}

// Exec runs SQL on a connection of theirs.
func (o *Others) Exec(t testing.TB, text string) {
	t.Helper()
	if _, err := o.conns[0].Exec(context.Background(), text); err != nil {
		t.Fatal(err)
	}
}

// Leave has them hang up.
func (o *Others) Leave() {
	for _, conn := range o.conns {
		conn.Close(context.Background())
	}
	o.conns = nil
}
