package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// Mirror writes what another store has, or has committed, as that one's Load or Follow gives it: rows and records keep their numbers
// and positions. It is all written or nothing, and at is then the position of the last commit. The store was opened to be a mirror: it
// takes no Commit that changes anything. After ErrUnknown it is of no more use.
func (s *Store) Mirror(ctx context.Context, b store.Batch, at muster.Position) error {
	err := s.write(ctx, func(w *writer) error { return w.mirror(ctx, b, at) })
	if err != nil {
		return fmt.Errorf("mirror %d rows and %d changes: %w", len(b.Rows), len(b.Changes), err)
	}
	return nil
}

func (w *writer) mirror(ctx context.Context, b store.Batch, at muster.Position) error {
	g := w.group(ctx, 0)
	of, err := readNames(g.ctx, w.conn)
	if err != nil {
		return err
	}
	g.mirrors = true
	if g.digest, err = readDigest(g.ctx, w.conn, of); err != nil {
		return err
	}
	rows := slices.Clone(b.Rows) // in the order in which blocks have them, as far as one batch goes
	slices.SortFunc(rows, func(a, b muster.Row) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range rows {
		if err := g.mirrorRow(r); err != nil {
			return fmt.Errorf("%s: %w", store.NameOf(muster.RowKey{Space: r.Space, Type: r.Type, ID: r.ID}), err)
		}
	}
	for _, c := range b.Changes {
		g.position = c.At
		if err := g.apply(c, &store.Outcome{}); err != nil {
			return err
		}
	}
	if err := g.flush(); err != nil {
		return err
	}
	if of, err = readNames(g.ctx, w.conn); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(g.ctx, `UPDATE digest SET contents = ?, names = ?`, int64(g.digest), int64(of.digest())); err != nil {
		return err
	}
	w.position = at
	return g.exec(w.setPosition, int64(at))
}

func (g *group) mirrorRow(r muster.Row) error {
	space, err := g.space(r.Space)
	if err != nil {
		return err
	}
	d, err := g.dictionary(typeKey{space, r.Type})
	if err != nil {
		return err
	}
	if err := g.loadDictionary(d); err != nil {
		return err
	}
	at, found := slices.BinarySearch(d.firsts, r.ID)
	if at > 0 && !found {
		b, err := g.block(d, d.firsts[at-1])
		if err != nil {
			return err
		}
		found = int(r.ID-b.first) < len(b.hashes)
	}
	if found || r.ID == 0 {
		return errors.New("a row has had this number before")
	}
	g.w.body = codec.AppendEntry(g.w.body[:0], r.Entry)
	return g.addRow(d, r.ID, rowHash(g.w.body), g.w.body)
}
