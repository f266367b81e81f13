package fleet

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster/internal/store/postgres/pgtest"
)

// naive is a server that does without the lock: what it writes is numbered by a sequence, and it asks for what has a greater number than
// it has seen. It is wrong, since commits become visible in another order than that of their numbers; a trial has to find that out.
type naive struct {
	writers chan *pgx.Conn

	mu     sync.Mutex // guards what follows
	reader *pgx.Conn
	seen   int64
	items  map[int]map[string]int // generations
}

func openNaive(t *testing.T, dsn string) *naive {
	t.Helper()
	pgtest.Exec(t, dsn, `CREATE SEQUENCE IF NOT EXISTS naive_seq;
		CREATE TABLE IF NOT EXISTS naive (node int, type text, seq bigint, generation int, PRIMARY KEY (node, type))`)
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(context.Background()) })
		return conn
	}
	n := &naive{writers: make(chan *pgx.Conn, 4), reader: connect(), items: map[int]map[string]int{}}
	for range cap(n.writers) {
		n.writers <- connect()
	}
	return n
}

func (n *naive) put(_ context.Context, node, generation int) error {
	conn := <-n.writers
	defer func() { n.writers <- conn }()
	ctx := context.Background()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, t := range siteTypes {
			_, err := tx.Exec(ctx, `INSERT INTO naive VALUES ($1, $2, nextval('naive_seq'), $3)
				ON CONFLICT (node, type) DO UPDATE SET seq = excluded.seq, generation = excluded.generation`, node, string(t), generation)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (n *naive) read(_ context.Context, node int) ([]int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	rows, err := n.reader.Query(context.Background(), `SELECT node, type, seq, generation FROM naive WHERE seq > $1 ORDER BY seq`, n.seen)
	if err != nil {
		return nil, err
	}
	var of, generation int
	var typ string
	if _, err := pgx.ForEachRow(rows, []any{&of, &typ, &n.seen, &generation}, func() error {
		if n.items[of] == nil {
			n.items[of] = map[string]int{}
		}
		n.items[of][typ] = generation
		return nil
	}); err != nil {
		return nil, err
	}
	var shown []int
	for _, t := range siteTypes {
		if g, ok := n.items[node][string(t)]; ok {
			shown = append(shown, g)
		}
	}
	return shown, nil
}
