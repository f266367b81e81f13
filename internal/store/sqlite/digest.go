package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"

	"muster"
	"muster/internal/store/codec"
)

// digest is the sum of the hashes of all that a mirror has, so that nothing can be missing or another in it. It does not depend on the
// order, and is kept up record by record. Of what has a CRC of its own that is enough; contents are found by their nodes, one by one.
type digest uint64

func (d *digest) replace(was *digest, is digest) {
	*d += is - *was
	*was = is
}

// tail gives the CRC of a BLOB that ends with one, nothing of a NULL.
func tail(blob []byte) []byte { return blob[max(0, len(blob)-4):] }

func nodeDigest(id, space int64, position muster.Position, name, value, items []byte) digest {
	b := append(make([]byte, 0, 80), 'n')
	b = binary.AppendVarint(binary.AppendVarint(b, id), space)
	b = codec.AppendString(binary.AppendUvarint(b, uint64(position)), name)
	return digest(codec.EntryHash(codec.AppendString(codec.AppendString(b, tail(value)), tail(items))))
}

func blockDigest(id int64, body []byte) digest {
	return digest(codec.EntryHash(append(binary.AppendVarint([]byte{'b'}, id), tail(body)...)))
}

func recordDigest(kind string, space int64, name string, position muster.Position, value []byte) digest {
	b := codec.AppendString(binary.AppendVarint(codec.AppendString([]byte{'r'}, kind), space), name)
	return digest(codec.EntryHash(append(binary.AppendUvarint(b, uint64(position)), value...)))
}

// digest gives that of the spaces and types, of which there are few.
func (n *names) digest() digest {
	var sum digest
	for id, space := range n.spaces {
		b := binary.AppendVarint([]byte{'s'}, id)
		sum += digest(codec.EntryHash(codec.AppendString(codec.AppendString(b, space.Account), space.Region)))
	}
	for id, t := range n.types {
		b := binary.AppendVarint(binary.AppendVarint([]byte{'t'}, id), t.space)
		sum += digest(codec.EntryHash(append(b, t.name...)))
	}
	return sum
}

var errDigest = errors.New("it is not what was written")

// readDigest gives the digest of the file, without that of the names, which it checks.
func readDigest(ctx context.Context, from queryer, of names) (contents digest, err error) {
	var stored []int64
	var a, b int64
	err = scan(ctx, from, `SELECT contents, names FROM digest`, []any{&a, &b}, func() error {
		stored = append(stored, a, b)
		return nil
	})
	if err != nil {
		return 0, err
	}
	if len(stored) != 2 || digest(stored[1]) != of.digest() {
		return 0, damaged("the list of spaces and types", errDigest)
	}
	return digest(stored[0]), nil
}

// makeDigest makes an empty store one that has a digest.
func makeDigest(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return transact(ctx, conn, func() error {
		if _, err := conn.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS digest (contents INTEGER NOT NULL, names INTEGER NOT NULL)`); err != nil {
			return err
		}
		of, err := readNames(ctx, conn)
		if err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, `INSERT INTO digest SELECT 0, ? WHERE NOT EXISTS (SELECT 1 FROM digest)`, int64(of.digest()))
		return err
	})
}

// digestGone takes a record out of the digest that is about to be replaced, if the file has it.
func (g *group) digestGone(kind string, space int64, name string) error {
	if !g.mirrors {
		return nil
	}
	var text []byte
	var position muster.Position
	err := g.queryRow(g.w.getRecord, []any{kind, space, name}, &text, &position)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	g.digest -= recordDigest(kind, space, name, position, text)
	return err
}
