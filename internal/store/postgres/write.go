package postgres

import (
	"encoding/json"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// columns is what a statement for a table takes, column by column.
type columns struct {
	spaces, types                        []int32
	kinds                                []string
	names, subs, values, keys            [][]byte
	positions, reported                  []int64
	captured, versions, hashes, contexts [][]byte
}

// changes is what the group has done to records, parted by statement.
type changes struct {
	nodes, nodesGone          columns
	items, touched, itemsGone columns
	histories, historiesGone  columns
	records, recordsGone      columns
}

// writes gives the pipeline that makes the group's changes, for writer.commit.
func (g *group) writes(outcomes []store.Outcome) (*pgx.Batch, error) {
	var c changes
	for _, key := range g.changed {
		if err := g.part(&c, key, g.records[key]); err != nil {
			return nil, err
		}
	}
	b := &pgx.Batch{}
	c.queue(b)
	g.queueDictionary(b)
	feed, err := appendFeed(nil, outcomes)
	if err != nil {
		return nil, err
	}
	b.Queue(`INSERT INTO feed (position, mark, body) VALUES ($1, $2, $3)`, int64(g.position), rand.Int64(), feed)
	return b, nil
}

// part adds the record to the columns of the statement that writes it.
func (g *group) part(c *changes, key muster.Key, r *record) error {
	if !g.w.knows(key) {
		return nil // gone, of a space or a type that nobody has seen
	}
	switch key := key.(type) {
	case muster.NodeKey:
		to := &c.nodesGone
		if r.value != nil {
			to = &c.nodes
			if err := to.addValue(r); err != nil {
				return err
			}
			to.keys = append(to.keys, publicKeyID(r.value))
		}
		to.spaces, to.names = append(to.spaces, g.w.spaces[key.Space]), append(to.names, []byte(key.Node))
		return nil
	case muster.ItemKey:
		to := &c.itemsGone
		if item, ok := r.value.(*muster.Item); ok {
			to = &c.touched
			if r.content != nil {
				to = &c.items
				to.values = append(to.values, r.content)
			}
			to.addHead(item, r.at)
		}
		to.spaces, to.names = append(to.spaces, g.w.spaces[key.Space]), append(to.names, []byte(key.Node))
		to.types, to.subs = append(to.types, g.w.typeOf(key.Space, key.Type)), append(to.subs, []byte(key.SubType))
		return nil
	case muster.HistoryKey:
		to := &c.historiesGone
		if h, ok := r.value.(*muster.History); ok {
			to = &c.histories
			to.values = append(to.values, h.Packed)
		}
		to.spaces, to.names = append(to.spaces, g.w.spaces[key.Space]), append(to.names, []byte(key.Node))
		to.types, to.subs = append(to.types, g.w.typeOf(key.Space, key.Type)), append(to.subs, []byte(key.SubType))
		return nil
	}
	kind, space, name, err := store.Place(key)
	if err != nil {
		return err
	}
	to := &c.recordsGone
	if r.value != nil {
		to = &c.records
		if err := to.addValue(r); err != nil {
			return err
		}
	}
	to.kinds, to.spaces, to.names = append(to.kinds, kind), append(to.spaces, g.w.spaces[space]), append(to.names, []byte(name))
	return nil
}

// publicKeyID gives that of a node's public key, nil if it has none.
func publicKeyID(node muster.Record) []byte {
	n, ok := node.(*muster.Node)
	if !ok || !n.Registration.Keyed() {
		return nil
	}
	id := muster.NewPublicKeyID(n.Registration.PublicKey)
	return id[:]
}

func (c *columns) addValue(r *record) error {
	text, err := json.Marshal(r.value)
	c.values, c.positions = append(c.values, text), append(c.positions, int64(r.at))
	return err
}

func (c *columns) addHead(item *muster.Item, at muster.Position) {
	c.positions = append(c.positions, int64(at))
	c.reported = append(c.reported, codec.Nanoseconds(item.Reported))
	c.captured = append(c.captured, []byte(item.Captured))
	c.versions = append(c.versions, []byte(item.Version))
	c.hashes = append(c.hashes, []byte(item.Hash))
	c.contexts = append(c.contexts, codec.AppendEntry([]byte{}, item.Context))
}

// queue queues a statement for each of those that have something to write.
func (c *changes) queue(b *pgx.Batch) {
	queue := func(text string, of *columns, args ...any) {
		if len(of.spaces) > 0 {
			b.Queue(text, args...)
		}
	}
	n := &c.nodes
	queue(`INSERT INTO node (space, name, position, value, key)
		SELECT * FROM unnest($1::int[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bytea[])
		ON CONFLICT (space, name) DO UPDATE SET position = excluded.position, value = excluded.value, key = excluded.key`,
		n, n.spaces, n.names, n.positions, n.values, n.keys)
	n = &c.nodesGone
	queue(`DELETE FROM node n USING unnest($1::int[], $2::bytea[]) AS k (space, name) WHERE n.space = k.space AND n.name = k.name`,
		n, n.spaces, n.names)
	i := &c.items
	queue(`INSERT INTO item (space, node, type, subtype, position, reported, captured, version, hash, context, content)
		SELECT * FROM unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[], $5::bigint[], $6::bigint[],
			$7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[])
		ON CONFLICT (space, node, type, subtype) DO UPDATE SET position = excluded.position, reported = excluded.reported,
			captured = excluded.captured, version = excluded.version, hash = excluded.hash, context = excluded.context,
			content = excluded.content`,
		i, i.spaces, i.names, i.types, i.subs, i.positions, i.reported, i.captured, i.versions, i.hashes, i.contexts, i.values)
	i = &c.touched
	queue(`UPDATE item i SET position = k.position, reported = k.reported, captured = k.captured, version = k.version, hash = k.hash,
			context = k.context
		FROM unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[], $5::bigint[], $6::bigint[],
			$7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[])
			AS k (space, node, type, subtype, position, reported, captured, version, hash, context)
		WHERE i.space = k.space AND i.node = k.node AND i.type = k.type AND i.subtype = k.subtype`,
		i, i.spaces, i.names, i.types, i.subs, i.positions, i.reported, i.captured, i.versions, i.hashes, i.contexts)
	i = &c.itemsGone
	queue(`DELETE FROM item i USING unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[]) AS k (space, node, type, subtype)
		WHERE i.space = k.space AND i.node = k.node AND i.type = k.type AND i.subtype = k.subtype`,
		i, i.spaces, i.names, i.types, i.subs)
	h := &c.histories
	queue(`INSERT INTO history (space, node, type, subtype, body)
		SELECT * FROM unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[], $5::bytea[])
		ON CONFLICT (space, node, type, subtype) DO UPDATE SET body = excluded.body`,
		h, h.spaces, h.names, h.types, h.subs, h.values)
	h = &c.historiesGone
	queue(`DELETE FROM history h USING unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[]) AS k (space, node, type, subtype)
		WHERE h.space = k.space AND h.node = k.node AND h.type = k.type AND h.subtype = k.subtype`,
		h, h.spaces, h.names, h.types, h.subs)
	r := &c.records
	queue(`INSERT INTO record (kind, space, name, position, value)
		SELECT * FROM unnest($1::text[], $2::int[], $3::bytea[], $4::bigint[], $5::bytea[])
		ON CONFLICT (kind, space, name) DO UPDATE SET position = excluded.position, value = excluded.value`,
		r, r.kinds, r.spaces, r.names, r.positions, r.values)
	r = &c.recordsGone
	queue(`DELETE FROM record r USING unnest($1::text[], $2::int[], $3::bytea[]) AS k (kind, space, name)
		WHERE r.kind = k.kind AND r.space = k.space AND r.name = k.name`,
		r, r.kinds, r.spaces, r.names)
}

// queueDictionary queues the rows that are new and those that go, and the highest ids.
func (g *group) queueDictionary(b *pgx.Batch) {
	var added, removed rowNames
	var hashes []int64
	var bodies [][]byte
	for t, d := range g.types {
		for id := d.was + 1; id <= d.given; id++ {
			if d.added[id] {
				added.add(t, int64(id))
				body := []byte(d.bodies[id])
				hashes, bodies = append(hashes, int64(codec.EntryHash(body))), append(bodies, body)
			}
		}
		for _, id := range d.removed {
			removed.add(t, int64(id))
		}
		if d.given > d.was {
			b.Queue(`UPDATE type SET given = $2 WHERE id = $1`, t, int64(d.given))
		}
	}
	if len(added.types) > 0 {
		b.Queue(`INSERT INTO dictionary (type, id, hash, body) SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bytea[])`,
			added.types, added.names, hashes, bodies)
	}
	if len(removed.types) > 0 {
		b.Queue(`DELETE FROM dictionary d USING unnest($1::int[], $2::bigint[]) AS k (type, id) WHERE d.type = k.type AND d.id = k.id`,
			removed.types, removed.names)
	}
}
