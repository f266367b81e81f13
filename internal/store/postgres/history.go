package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"muster"
)

// nodesAtOnce is of how many nodes Histories reads at a time.
const nodesAtOnce = 1000

// Histories implements store.Store, on a connection of its own.
func (s *Store) Histories(ctx context.Context, of []muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("read histories: %w", explain(err))
	}
	defer s.hangUp(conn)
	for len(of) > 0 {
		n := min(len(of), nodesAtOnce)
		if err := histories(ctx, conn, of[:n], each); err != nil {
			return fmt.Errorf("read histories: %w", explain(err))
		}
		of = of[n:]
	}
	return nil
}

func histories(ctx context.Context, conn *pgx.Conn, of []muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error {
	var accounts, regions, names [][]byte
	for _, node := range of {
		accounts, regions = append(accounts, []byte(node.Space.Account)), append(regions, []byte(node.Space.Region))
		names = append(names, []byte(node.Node))
	}
	rows, err := conn.Query(ctx, `SELECT k.at, t.name, h.subtype, h.body
		FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS k (account, region, node, at)
		JOIN space s ON s.account = k.account AND s.region = k.region
		JOIN history h ON h.space = s.id AND h.node = k.node
		JOIN type t ON t.id = h.type`, accounts, regions, names)
	if err != nil {
		return err
	}
	var at int
	var name, sub, body []byte
	_, err = pgx.ForEachRow(rows, []any{&at, &name, &sub, &body}, func() error {
		node := of[at-1]
		key := muster.HistoryKey{Space: node.Space, Node: node.Node, Type: muster.TypeName(name), SubType: string(sub)}
		return each(key, &muster.History{Packed: append([]byte(nil), body...)})
	})
	return err
}

func (g *group) queueHistories(b *pgx.Batch, of reading) {
	if len(of.keys) == 0 {
		return
	}
	b.Queue(`SELECT k.at, h.body FROM unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[]) WITH ORDINALITY AS k (space, node, type, subtype, at)
		JOIN history h ON h.space = k.space AND h.node = k.node AND h.type = k.type AND h.subtype = k.subtype`,
		of.spaces, of.names, of.types, of.subs).Query(func(rows pgx.Rows) error {
		var at int
		var body []byte
		_, err := pgx.ForEachRow(rows, []any{&at, &body}, func() error {
			h := &muster.History{Packed: append([]byte(nil), body...)}
			*g.records[of.keys[at-1]] = record{stored: h, value: h}
			return nil
		})
		return err
	})
}
