package postgres

import (
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// read reads those of the records that the group has not read or changed yet.
func (g *group) read(keys []muster.Key) error {
	b := &pgx.Batch{}
	for _, key := range g.queueReads(b, keys) {
		g.setAbsent(key) // of a space or a type that nobody has seen
	}
	if b.Len() == 0 {
		return nil
	}
	return g.w.conn.SendBatch(g.ctx, b).Close()
}

// reading is the keys of one table, column by column as the statement takes them.
type reading struct {
	keys   []muster.Key
	spaces []int32
	types  []int32
	kinds  []string
	names  [][]byte
	subs   [][]byte
}

// queueReads queues a statement for each table that the records are in. It gives the keys whose space or type is not known: when
// the names have been read, there is nothing under them.
func (g *group) queueReads(b *pgx.Batch, keys []muster.Key) (unknown []muster.Key) {
	var nodes, items, histories, records reading
	for _, key := range keys {
		if g.records[key] != nil || g.derived[key] != nil {
			continue
		}
		if !g.w.knows(key) {
			unknown = append(unknown, key)
			continue
		}
		g.setAbsent(key) // until the answer says more, and so that it is asked for once
		switch key := key.(type) {
		case muster.NodeKey:
			nodes.keys = append(nodes.keys, key)
			nodes.spaces = append(nodes.spaces, g.w.spaces[key.Space])
			nodes.names = append(nodes.names, []byte(key.Node))
		case muster.ItemKey:
			items.keys = append(items.keys, key)
			items.spaces = append(items.spaces, g.w.spaces[key.Space])
			items.names = append(items.names, []byte(key.Node))
			items.types = append(items.types, g.w.typeOf(key.Space, key.Type))
			items.subs = append(items.subs, []byte(key.SubType))
		case muster.HistoryKey:
			histories.keys = append(histories.keys, key)
			histories.spaces = append(histories.spaces, g.w.spaces[key.Space])
			histories.names = append(histories.names, []byte(key.Node))
			histories.types = append(histories.types, g.w.typeOf(key.Space, key.Type))
			histories.subs = append(histories.subs, []byte(key.SubType))
		case muster.CustomTypeCountKey, muster.AssociationsKey, muster.CensusKey, muster.SubTypesKey, muster.PublicKeyKey:
			g.queueDerived(b, key)
		default:
			kind, space, name, err := store.Place(key)
			if err != nil {
				continue // there is nothing under such a key
			}
			records.keys = append(records.keys, key)
			records.kinds = append(records.kinds, kind)
			records.spaces = append(records.spaces, g.w.spaces[space])
			records.names = append(records.names, []byte(name))
		}
	}
	g.queueNodes(b, nodes)
	g.queueItems(b, items)
	g.queueHistories(b, histories)
	g.queueRecords(b, records)
	return unknown
}

// setAbsent notes that there is nothing under the key.
func (g *group) setAbsent(key muster.Key) {
	switch key.(type) {
	case muster.CustomTypeCountKey:
		g.derived[key] = &muster.Count{}
	case muster.AssociationsKey:
		g.derived[key] = muster.Associations{}
	case muster.CensusKey:
		g.derived[key] = &muster.Census{}
	case muster.SubTypesKey:
		g.derived[key] = &muster.SubTypes{}
	case muster.PublicKeyKey:
		g.derived[key] = &muster.Holder{}
	default:
		g.records[key] = &record{}
	}
}

func (g *group) queueNodes(b *pgx.Batch, of reading) {
	if len(of.keys) == 0 {
		return
	}
	b.Queue(`SELECT k.at, n.value FROM unnest($1::int[], $2::bytea[]) WITH ORDINALITY AS k (space, name, at)
		JOIN node n ON n.space = k.space AND n.name = k.name`, of.spaces, of.names).Query(func(rows pgx.Rows) error {
		var at int
		var text []byte
		_, err := pgx.ForEachRow(rows, []any{&at, &text}, func() error {
			key := of.keys[at-1]
			value := &muster.Node{}
			if err := json.Unmarshal(text, value); err != nil {
				return damaged(store.NameOf(key), err)
			}
			*g.records[key] = record{stored: value, value: value}
			return nil
		})
		return err
	})
}

func (g *group) queueItems(b *pgx.Batch, of reading) {
	if len(of.keys) == 0 {
		return
	}
	b.Queue(`SELECT k.at, i.position, i.reported, i.captured, i.version, i.hash, i.context
		FROM unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[]) WITH ORDINALITY AS k (space, node, type, subtype, at)
		JOIN item i ON i.space = k.space AND i.node = k.node AND i.type = k.type AND i.subtype = k.subtype`,
		of.spaces, of.names, of.types, of.subs).Query(func(rows pgx.Rows) error {
		var at int
		var h itemHead
		_, err := pgx.ForEachRow(rows, append([]any{&at}, h.columns()...), func() error {
			key := of.keys[at-1]
			item, err := h.item()
			if err != nil {
				return damaged(store.NameOf(key), err)
			}
			*g.records[key] = record{stored: item, value: item}
			return nil
		})
		return err
	})
}

func (g *group) queueRecords(b *pgx.Batch, of reading) {
	if len(of.keys) == 0 {
		return
	}
	b.Queue(`SELECT k.at, r.value FROM unnest($1::text[], $2::int[], $3::bytea[]) WITH ORDINALITY AS k (kind, space, name, at)
		JOIN record r ON r.kind = k.kind AND r.space = k.space AND r.name = k.name`,
		of.kinds, of.spaces, of.names).Query(func(rows pgx.Rows) error {
		var at int
		var text []byte
		_, err := pgx.ForEachRow(rows, []any{&at, &text}, func() error {
			key := of.keys[at-1]
			_, value, err := store.DecodeRecord(of.kinds[at-1], muster.Space{}, "", text)
			if err != nil {
				return damaged(store.NameOf(key), err)
			}
			*g.records[key] = record{stored: value, value: value}
			return nil
		})
		return err
	})
}

// itemHead is the columns of an item that are read with or without its content.
type itemHead struct {
	position, reported               int64
	captured, version, hash, context []byte
}

func (h *itemHead) columns() []any {
	return []any{&h.position, &h.reported, &h.captured, &h.version, &h.hash, &h.context}
}

func (h *itemHead) item() (*muster.Item, error) {
	context, err := codec.DecodeEntry(string(h.context), nil)
	return &muster.Item{
		Version: muster.Version(h.version), Captured: muster.CaptureTime(h.captured), Hash: muster.ContentHash(h.hash),
		Context: context, Reported: codec.Time(h.reported), At: muster.Position(h.position),
	}, err
}
