package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres/pgtest"
	"muster/internal/store/storetest"
)

// proxy stands between a store and its server. Armed, it cuts the connection off when the store next says something.
type proxy struct {
	dir    string
	server string
	armed  atomic.Bool
	held   chan func(deliver bool) // what was said, for the test to deliver or to drop
}

func startProxy(t testing.TB, server *pgtest.Server) *proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgproxy") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	const name = ".s.PGSQL.5432"
	p := &proxy{dir: dir, server: filepath.Join(server.Dir, name), held: make(chan func(bool), 1)}
	listener, err := net.Listen("unix", filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		listener.Close()
		os.RemoveAll(dir)
	})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p
}

func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("unix", p.server)
	if err != nil {
		client.Close()
		return
	}
	answered := make(chan struct{})
	go func() {
		io.Copy(client, server)
		client.Close()
		close(answered)
	}()
	said := make([]byte, 1<<20)
	for {
		n, err := client.Read(said)
		if err != nil {
			server.Close()
			return
		}
		if !p.armed.Swap(false) {
			server.Write(said[:n])
			continue
		}
		for !bytes.HasSuffix(said[:n], syncMessage) {
			more, err := client.Read(said[n:])
			if err != nil {
				break
			}
			n += more
		}
		client.Close()
		p.held <- func(deliver bool) {
			if deliver {
				server.Write(said[:n])
				<-answered // which nobody hears
			}
			server.Close()
		}
		return
	}
}

// syncMessage ends a pipeline.
var syncMessage = []byte{'S', 0, 0, 0, 4}

func (p *proxy) dsn(dsn, dir string) string {
	return strings.Replace(dsn, "host="+dir, "host="+p.dir, 1)
}

var testSpace = muster.Space{Account: "111122223333", Region: "eu-west-1"}

func nodeKey(n muster.NodeID) muster.NodeKey { return muster.NodeKey{Space: testSpace, Node: n} }

// report puts a node's day and its item of one entry.
func report(n muster.NodeID, day string) store.Call {
	return store.Call{Decide: func(store.View) ([]muster.Change, error) {
		e := muster.NewEntry([]muster.Field{{Name: "Name", Value: day}})
		return []muster.Change{
			{Key: nodeKey(n), Value: &muster.Node{Usage: muster.Usage{Day: day}}},
			{Key: muster.ItemKey{Space: testSpace, Node: n, Type: "AWS:Application"}, Value: &muster.Item{
				Hash: muster.ContentHash(day), Content: &muster.Content{Rows: make([]muster.RowID, 1), Fresh: []muster.FreshRow{{Entry: e}}},
			}},
		}, nil
	}}
}

// day puts a node alone, which takes one pipeline after Decide: the one that writes.
func day(n muster.NodeID, day string, deciding func()) store.Call {
	return store.Call{Decide: func(store.View) ([]muster.Change, error) {
		deciding()
		return []muster.Change{{Key: nodeKey(n), Value: &muster.Node{Usage: muster.Usage{Day: day}}}}, nil
	}}
}

func mustCommit(t testing.TB, s store.Store, calls ...store.Call) []store.Outcome {
	t.Helper()
	outcomes, err := s.Commit(context.Background(), calls)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

func mustLoad(t testing.TB, s store.Store) storetest.State {
	t.Helper()
	st, err := storetest.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func dayOf(st storetest.State, n muster.NodeID) string {
	node, _ := st.Records[nodeKey(n)].Value.(*muster.Node)
	if node == nil {
		return ""
	}
	return node.Usage.Day
}

// testUnknownOutcome loses the connection while the COMMIT is under way: the COMMIT arrives never, at once, or when the Load that is
// to tell the outcome has begun already.
func testUnknownOutcome(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	p := startProxy(t, server)
	s := mustOpen(t, p.dsn(dsn, server.Dir)+" application_name="+doubter)
	defer s.Close()
	unarmed := func() {}
	mustCommit(t, s, day("i-1", "0", unarmed))
	mustCommit(t, s, day("i-1", "1", unarmed)) // every statement is prepared, so that the next pipeline is one message
	for i, arrives := range []string{"never", "at once", "late"} {
		before := dayOf(mustLoad(t, s), "i-1")
		after := fmt.Sprint("after ", i)
		mustCommit(t, s, day("i-2", "x", unarmed))
		mustCommit(t, s, day("i-2", "y", unarmed))
		_, err := s.Commit(context.Background(), []store.Call{day("i-1", after, func() { p.armed.Store(true) })})
		if !errors.Is(err, store.ErrUnknown) {
			t.Fatalf("%s: the commit's error is %v", arrives, err)
		}
		finish, want := <-p.held, after
		var st storetest.State
		switch arrives {
		case "never":
			want = before
			finish(false)
			st = mustLoad(t, s)
		case "at once":
			finish(true)
			st = mustLoad(t, s)
		case "late":
			loaded := make(chan storetest.State)
			go func() {
				st, err := storetest.Load(s)
				if err != nil {
					t.Error(err)
				}
				loaded <- st
			}()
			waitForLock(t, dsn, loaded)
			finish(true)
			st = <-loaded
		}
		if got := dayOf(st, "i-1"); got != want {
			t.Errorf("%s: a Load gives %q, want %q", arrives, got, want)
		}
		mustCommit(t, s, day("i-1", "on we go", unarmed))
		if got := mustLoad(t, s); dayOf(got, "i-1") != "on we go" || got.Position != st.Position+1 {
			t.Errorf("%s: after it a commit leaves %q at %d, after %d", arrives, dayOf(got, "i-1"), got.Position, st.Position)
		}
	}
}

// doubter is the name of the store in doubt, by which the server tells it from those of the other tests.
const doubter = "doubter"

// waitForLock waits until the store in doubt waits for the lock, or has not.
func waitForLock(t testing.TB, dsn string, loaded chan storetest.State) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for waiting := false; !waiting; {
		select {
		case <-loaded:
			t.Fatal("a Load did not wait for the commit whose outcome it was to tell")
		default:
		}
		err := conn.QueryRow(ctx, `SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = $1 AND query = $2`,
			doubter, takeLock).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// testLostBefore loses an idle connection before the COMMIT was said: the commit and the follow connect again, and nobody notices.
func testLostBefore(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	p := startProxy(t, server)
	s := mustOpen(t, p.dsn(dsn, server.Dir))
	defer s.Close()
	mustLoad(t, s)
	mustCommit(t, s, report("i-1", "a"))
	mustFollow(t, s)
	p.armed.Store(true)
	mustCommit(t, s, report("i-1", "b"))
	(<-p.held)(false)
	p.armed.Store(true)
	mustFollow(t, s)
	(<-p.held)(false)
	mustCommit(t, s, report("i-1", "c"))
	if st := mustLoad(t, s); st.Position != 3 || dayOf(st, "i-1") != "c" {
		t.Errorf("the store has %q at %d", dayOf(st, "i-1"), st.Position)
	}
}

func testUnwritable(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	s := mustOpen(t, dsn)
	defer s.Close()
	mustCommit(t, s, report("i-1", "a"))
	want := mustLoad(t, s)
	pgtest.Exec(t, dsn, `ALTER TABLE feed ADD CONSTRAINT full_disk CHECK (position < 2)`)
	if _, err := s.Commit(context.Background(), []store.Call{report("i-1", "b")}); err == nil || errors.Is(err, store.ErrUnknown) {
		t.Errorf("of a write that the server refuses the error is %v", err)
	}
	pgtest.Exec(t, dsn, `ALTER TABLE feed DROP CONSTRAINT full_disk`)
	if diff := mustLoad(t, s).Diff(want); diff != "" {
		t.Errorf("after a refused write the store differs:\n%s", diff)
	}
	mustCommit(t, s, report("i-1", "c"))

	s.doubt.Store(true)
	reachable := s.config
	s.config = reachable.Copy()
	s.config.Host, s.config.Fallbacks = t.TempDir(), nil
	if _, err := s.Load(context.Background(), func(store.Batch) error { return nil }); !errors.Is(err, store.ErrUnwritable) {
		t.Errorf("in doubt and without a server, the error of Load is %v", err)
	}
	s.dropWriter()
	if _, err := s.Commit(context.Background(), []store.Call{report("i-1", "d")}); !errors.Is(err, store.ErrUnwritable) || errors.Is(err, store.ErrUnknown) {
		t.Errorf("without a server, the error of Commit is %v", err)
	}
	s.config = reachable
	mustLoad(t, s)

	if _, err := Open(context.Background(), "host="+t.TempDir()+" user=postgres"); err == nil {
		t.Error("Open of no server succeeds")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Commit(context.Background(), []store.Call{report("i-1", "d")}); !errors.Is(err, errClosed) {
		t.Errorf("a closed store's Commit gives %v", err)
	}
}
