package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres/pgtest"
)

// testCounting has several stores on one database count up one node, each from what it reads, while all put the same new rows: no
// count is lost, no position is given twice, and no row has two numbers.
func testCounting(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	const servers, groups, calls = 3, 20, 5
	counts := store.Call{Reads: []muster.Key{nodeKey("i-count")}, Decide: func(v store.View) ([]muster.Change, error) {
		count := 0
		if n := store.Get[*muster.Node](v, nodeKey("i-count")); n != nil {
			count, _ = strconv.Atoi(n.Usage.Day)
		}
		return []muster.Change{{Key: nodeKey("i-count"), Value: &muster.Node{Usage: muster.Usage{Day: fmt.Sprint(count + 1)}}}}, nil
	}}
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[muster.Position]bool{}
	for i := range servers {
		all.Go(func() {
			s := mustOpen(t, dsn) // all at once, so one makes the tables
			defer s.Close()
			for j := range groups {
				group := []store.Call{report(muster.NodeID(fmt.Sprint("i-", i)), fmt.Sprint("row ", j))}
				for range calls {
					group = append(group, counts)
				}
				outcomes, err := s.Commit(context.Background(), group)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, o := range outcomes {
					at := o.Changes[0].At
					if seen[at] {
						t.Errorf("two calls have the position %d", at)
					}
					seen[at] = true
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	s := mustOpen(t, dsn)
	defer s.Close()
	st := mustLoad(t, s) // which also finds an entry that has two numbers
	if got, want := dayOf(st, "i-count"), fmt.Sprint(servers*groups*calls); got != want {
		t.Errorf("the servers counted to %s, want %s", got, want)
	}
	if want := muster.Position(servers * groups * (calls + 1)); st.Position != want || len(seen) != int(want) {
		t.Errorf("the position is %d and %d calls have one, want %d", st.Position, len(seen), want)
	}
	if len(st.Rows) != groups {
		t.Errorf("%d rows, want %d", len(st.Rows), groups)
	}
}

// testFeed reads the feed back: it has what the commits gave, group by group.
func testFeed(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	s := mustOpen(t, dsn)
	defer s.Close()
	refused := errors.New("refused")
	changes := func(err error, changes ...muster.Change) store.Call {
		return store.Call{Decide: func(store.View) ([]muster.Change, error) { return changes, err }}
	}
	item := muster.ItemKey{Space: testSpace, Node: "i-1", Type: "AWS:Application"}
	setting := muster.SettingKey{Name: "s"}
	var want []string
	for _, group := range [][]store.Call{
		{report("i-1", "a"), changes(refused), report("i-2", "b"), changes(nil)},
		{changes(nil, muster.Change{Key: item, Value: &muster.Item{Hash: "touched", Context: muster.Entry{{Name: "a", Value: "b"}}}},
			muster.Change{Key: setting, Value: &muster.Setting{Value: []byte{0, 1}}})},
		{changes(refused)},
		{changes(nil, muster.Change{Key: item}, muster.Change{Key: nodeKey("i-1")}, muster.Change{Key: setting}), report("i-3", "b"),
			changes(nil, muster.Change{Key: muster.RowKey{Space: testSpace, Type: "AWS:Application", ID: 1}, At: 99})},
	} {
		for _, o := range mustCommit(t, s, group...) {
			if o.Err == nil {
				want = append(want, outcomeText(o))
			}
		}
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT position, body FROM feed ORDER BY position`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var last muster.Position
	var body []byte
	if _, err := pgx.ForEachRow(rows, []any{&last, &body}, func() error {
		calls, err := decodeFeed(body, last)
		for _, o := range calls {
			got = append(got, outcomeText(o))
		}
		for cut := range len(body) {
			decodeFeed(body[:cut], last) // which must not panic
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("the feed has\n%s\nwant\n%s", a, b)
	}
}

func outcomeText(o store.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "rows %v", o.Rows)
	for _, c := range o.Changes {
		fmt.Fprintf(&b, "; %#v at %d: ", c.Key, c.At)
		switch r := c.Value.(type) {
		case *muster.Item:
			fmt.Fprintf(&b, "%s %v", r.Hash, r.Context)
			if r.Content != nil {
				fmt.Fprintf(&b, " %v", r.Content.Rows)
			}
		case *muster.Node:
			b.WriteString(r.Usage.Day)
		case *muster.Setting:
			fmt.Fprint(&b, r.Value)
		default:
			fmt.Fprint(&b, r)
		}
	}
	return b.String()
}

func testFormat(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	mustOpen(t, dsn).Close()
	mustOpen(t, dsn).Close()
	pgtest.Exec(t, dsn, `UPDATE muster_format SET format = 99`)
	if _, err := Open(context.Background(), dsn); err == nil || !strings.Contains(err.Error(), "made by a newer muster") {
		t.Errorf("Open of a newer store gives %v", err)
	}
	_, err := Open(context.Background(), strings.Replace(dsn, "search_path=", "search_path=no_", 1))
	if err == nil || !strings.Contains(err.Error(), "make the schema") {
		t.Errorf("Open in a schema that is not there gives %v", err)
	}
	foreign := server.Schema(t)
	pgtest.Exec(t, foreign, `CREATE TABLE node (name text)`)
	if _, err := Open(context.Background(), foreign); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("Open among somebody else's tables gives %v", err)
	}
}

func TestFormatHasAllMigrations(t *testing.T) {
	steps, err := store.Migrations(migrations)
	if err != nil || len(steps) != newestFormat {
		t.Errorf("%d migrations, %v, but the format is %d", len(steps), err, newestFormat)
	}
}

// testSynchronous has a database that does not wait for the disk: a commit does all the same.
func testSynchronous(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	for set, want := range map[string]string{"off": "on", "local": "on", "remote_write": "on", "remote_apply": "remote_apply"} {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, dsn+" synchronous_commit="+set)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		var got string
		err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, settings); err != nil {
				return err
			}
			return tx.QueryRow(ctx, `SHOW synchronous_commit`).Scan(&got)
		})
		if err != nil || got != want {
			t.Errorf("where it is %s, a commit has synchronous_commit %s, %v, want %s", set, got, err, want)
		}
	}
}

// testDamage breaks one thing at a time: Load names it.
func testDamage(t *testing.T, server *pgtest.Server) {
	for _, test := range []struct {
		edit, want string
	}{
		{`UPDATE node SET value = '{' WHERE name = 'i-1'`, "node i-1 in 111122223333/eu-west-1 is damaged"},
		{`UPDATE item SET context = '\x05' WHERE node = 'i-2'`, "item AWS:Application of node i-2 in 111122223333/eu-west-1 is damaged"},
		{`UPDATE item SET content = '\x0005' WHERE node = 'i-2'`, "item AWS:Application of node i-2 in 111122223333/eu-west-1 is damaged"},
		{`UPDATE dictionary SET body = '\x05' WHERE id = 1`, "row 1 of AWS:Application in 111122223333/eu-west-1 is damaged"},
		{`UPDATE dictionary SET type = 77`, "the dictionary is damaged"},
		{`DELETE FROM dictionary WHERE id = 2`, "item AWS:Application of node i-2 in 111122223333/eu-west-1 is damaged: it uses row 2"},
		{`INSERT INTO record VALUES ('sitting', 1, 's', 1, '{}')`, "sitting s is damaged"},
	} {
		dsn := server.Schema(t)
		s := mustOpen(t, dsn)
		mustCommit(t, s, report("i-1", "a"), report("i-2", "b"))
		pgtest.Exec(t, dsn, test.edit)
		_, err := s.Load(context.Background(), func(store.Batch) error { return nil })
		if _, ok := errors.AsType[*store.DamageError](err); !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("after %s the error is %v, want %q", test.edit, err, test.want)
		}
		s.Close()
	}
}
