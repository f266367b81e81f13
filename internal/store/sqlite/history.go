package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"muster"
	"muster/internal/store"
)

// Histories implements store.Store, on a connection of its own.
func (s *Store) Histories(ctx context.Context, of []muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error {
	if err := s.histories(ctx, of, each); err != nil {
		return fmt.Errorf("read histories of store %s: %w", s.path, explain(err))
	}
	return nil
}

func (s *Store) histories(ctx context.Context, of []muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	ofNode, err := conn.PrepareContext(ctx, `SELECT h.type, h.subtype, h.body FROM history h, space s
		WHERE s.account = ? AND s.region = ? AND h.space = s.id AND h.node = ?`)
	if err != nil {
		return err
	}
	defer ofNode.Close()
	z, err := newDecoder()
	if err != nil {
		return err
	}
	defer z.Close()
	for _, node := range of {
		if err := historiesOf(ctx, ofNode, z, node, each); err != nil {
			return err
		}
	}
	return nil
}

func historiesOf(ctx context.Context, ofNode *sql.Stmt, z *zstd.Decoder, node muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error {
	rows, err := ofNode.QueryContext(ctx, node.Space.Account, node.Space.Region, string(node.Node))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		key := muster.HistoryKey{Space: node.Space, Node: node.Node}
		var body sql.RawBytes
		if err := rows.Scan(&key.Type, &key.SubType, &body); err != nil {
			return err
		}
		text, err := blockText(nil, body, nil, z)
		if err != nil {
			return damaged(store.NameOf(key), err)
		}
		if err := each(key, &muster.History{Packed: text}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// readHistory takes one that is damaged for none: no report is refused for the sake of what was before it.
func (g *group) readHistory(key muster.HistoryKey) (muster.Record, error) {
	space, ok := g.w.spaces[key.Space]
	if !ok {
		return nil, nil
	}
	var body []byte
	err := g.queryRow(g.w.getHistory, []any{space, string(key.Node), string(key.Type), key.SubType}, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := blockText(nil, body, nil, g.w.unzip)
	if err != nil {
		return nil, nil
	}
	return &muster.History{Packed: text}, nil
}

func (g *group) flushHistory(key muster.HistoryKey, value muster.Record) error {
	h, there := value.(*muster.History)
	if _, known := g.w.spaces[key.Space]; !known && !there {
		return nil
	}
	space, err := g.space(key.Space)
	if err != nil {
		return err
	}
	if !there {
		return g.exec(g.w.dropHistory, space, string(key.Node), string(key.Type), key.SubType)
	}
	return g.exec(g.w.putHistory, space, string(key.Node), string(key.Type), key.SubType, encodeText(nil, h.Packed, g.w.zip))
}
