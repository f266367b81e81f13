package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is three servers, of which Patroni has one lead and the others follow, at least one of them synchronously. What decides who
// leads is an etcd.
type Cluster struct {
	Members [3]*Member
}

// Member is a server and its Patroni.
type Member struct {
	Clients *Proxy // by which the server is reached
	Etcd    *Proxy // by which its Patroni reaches etcd

	dir  string // of its socket and all else that it keeps
	name string
}

// Schema makes a new and empty schema, and gives the DSN of a connection to whichever member takes writes, by way of the proxies.
func (c *Cluster) Schema(t testing.TB) (dsn string) {
	t.Helper()
	if err := c.Leader(t, nil).exec(`CREATE SCHEMA shared`); err != nil {
		t.Fatal(err)
	}
	var hosts, ports []string
	for _, m := range c.Members {
		host, port, err := net.SplitHostPort(m.Clients.address)
		if err != nil {
			t.Fatal(err)
		}
		hosts, ports = append(hosts, host), append(ports, port)
	}
	return fmt.Sprintf("host=%s port=%s user=postgres dbname=postgres search_path=shared sslmode=disable target_session_attrs=read-write",
		strings.Join(hosts, ","), strings.Join(ports, ","))
}

// Leader waits for a member that takes writes, which is not the former one.
func (c *Cluster) Leader(t testing.TB, former *Member) *Member {
	t.Helper()
	for {
		for _, m := range c.Members {
			if m != former && m.takesWrites() {
				return m
			}
		}
		Pause(t)
	}
}

// Follows waits until the member follows another one.
func (c *Cluster) Follows(t testing.TB, m *Member) {
	t.Helper()
	for m.ask(`SELECT (pg_is_in_recovery() AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming'))::text`) != "true" {
		Pause(t)
	}
}

// Writers looks until the context ends, and gives an error if two members took writes at once: if both did when they were asked one
// after the other, twice.
func (c *Cluster) Writers(ctx context.Context) error {
	var before [len(c.Members)]bool
	for ctx.Err() == nil {
		var now [len(c.Members)]bool
		twice := 0
		for i, m := range c.Members {
			if now[i] = m.takesWrites(); now[i] && before[i] {
				twice++
			}
		}
		if twice > 1 {
			return errors.New("two members take writes")
		}
		before = now
	}
	return nil
}

func (m *Member) takesWrites() bool { return m.ask(`SELECT (NOT pg_is_in_recovery())::text`) == "true" }

// ask gives what the member's server answers, empty if it does not.
func (m *Member) ask(query string) (answer string) {
	_ = m.with(func(ctx context.Context, conn *pgx.Conn) error { return conn.QueryRow(ctx, query).Scan(&answer) })
	return answer
}

func (m *Member) exec(text string) error {
	return m.with(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, text)
		return err
	})
}

// with reaches the server by its socket, around the proxies.
func (m *Member) with(do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	sockets, err := filepath.Glob(filepath.Join(m.dir, ".s.PGSQL.*[0-9]"))
	if err != nil || len(sockets) == 0 {
		return errors.Join(err, errors.New("the server does not run"))
	}
	port := strings.TrimPrefix(filepath.Ext(sockets[0]), ".")
	conn, err := pgx.Connect(ctx, fmt.Sprintf("host=%s port=%s user=postgres dbname=postgres", m.dir, port))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return do(ctx, conn)
}

// Pause waits a little, and ends a test that has waited for too long.
func Pause(t testing.TB) {
	t.Helper()
	select {
	case <-time.After(50 * time.Millisecond):
	case <-t.Context().Done():
		t.Fatal("what was waited for did not come")
	}
}
