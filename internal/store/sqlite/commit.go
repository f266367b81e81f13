package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"muster"
	"muster/internal/invariant"
	"muster/internal/store"
)

// Commit implements store.Store. After an error the next one begins with a new connection, so that a mended disk is enough to
// go on.
func (s *Store) Commit(ctx context.Context, calls []store.Call) (outcomes []store.Outcome, err error) {
	err = s.write(ctx, func(w *writer) (err error) {
		outcomes, err = w.decide(ctx, calls)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("commit %d calls: %w", len(calls), err)
	}
	return outcomes, nil
}

// write runs fn in a transaction.
func (s *Store) write(ctx context.Context, fn func(*writer) error) error {
	err := s.tryWrite(ctx, fn)
	if err != nil {
		s.dropWriter() // its error would say less than this one
		if errors.Is(err, store.ErrUnknown) {
			s.distrust()
		}
	}
	return err
}

func (s *Store) tryWrite(ctx context.Context, fn func(*writer) error) error {
	if err := s.settle(ctx, inherited); err != nil {
		return err
	}
	if s.w == nil {
		w, err := newWriter(ctx, s.db)
		if err != nil {
			return beforeCommit(err)
		}
		s.w = w
	}
	// The statements do not watch the context: an interrupt could fall on the COMMIT. A group is short.
	work := context.WithoutCancel(ctx)
	if _, err := s.w.begin.ExecContext(work); err != nil {
		return beforeCommit(err)
	}
	if err := fn(s.w); err != nil {
		s.w.conn.ExecContext(work, "ROLLBACK") // where it fails, closing the connection does the same
		return beforeCommit(err)
	}
	if _, err := s.w.commit.ExecContext(work); err != nil {
		return atCommit(err)
	}
	return nil
}

func (s *Store) dropWriter() error {
	if s.w == nil {
		return nil
	}
	err := s.w.close()
	s.w = nil
	return err
}

// decide runs the calls inside the open transaction.
func (w *writer) decide(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	g := w.group(ctx, len(calls))
	if err := g.prefetch(calls); err != nil {
		return nil, err
	}
	outcomes := make([]store.Outcome, len(calls))
	for i, call := range calls {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		changes, refused := call.Decide(view{g, call.Reads})
		if g.err != nil {
			return nil, g.err
		}
		if refused != nil {
			outcomes[i].Err = refused
			continue
		}
		g.position++
		outcomes[i].Changes = make([]muster.Change, 0, len(changes))
		for _, c := range changes {
			if err := g.apply(c, &outcomes[i]); err != nil {
				return nil, err
			}
		}
	}
	if err := g.flush(); err != nil {
		return nil, err
	}
	if g.position == w.position {
		return outcomes, nil
	}
	w.position = g.position
	return outcomes, g.exec(w.setPosition, int64(g.position))
}

// group is the calls of one Commit. It reads each node and record at most once and writes it once, at the end, however many
// of the calls touch it.
type group struct {
	w        *writer
	ctx      context.Context
	position muster.Position // of the last accepted call
	nodes    map[muster.NodeKey]*node
	order    []muster.NodeKey // of nodes, as first met: new ones get their ids in it
	last     *node            // that was asked for, and its key
	lastKey  muster.NodeKey
	records  map[muster.Key]*record
	err      error // the first failure of a read, which View.Get cannot return

	mirrors bool
	digest  digest // of a mirror, without the names
}

// group begins one of about so many nodes.
func (w *writer) group(ctx context.Context, nodes int) *group {
	clear(w.heads)
	w.heads = w.heads[:0]
	return &group{
		w: w, ctx: context.WithoutCancel(ctx), position: w.position,
		nodes: make(map[muster.NodeKey]*node, nodes), order: make([]muster.NodeKey, 0, nodes), records: map[muster.Key]*record{},
	}
}

// apply makes one change of the call that has been accepted as g.position, and notes it in the outcome.
func (g *group) apply(c muster.Change, out *store.Outcome) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	c.At = g.position
	var err error
	switch key := c.Key.(type) {
	case muster.NodeKey:
		err = g.putNode(key, c.Value)
	case muster.ItemKey:
		if c.Value == nil {
			g.records[key.History()] = &record{nil, g.position, true}
		}
		c.Value, err = g.putItem(key, c.Value, out)
	case muster.RowKey:
		err = g.removeRow(key)
	default:
		g.records[c.Key] = &record{c.Value, g.position, true}
	}
	if err != nil {
		return fmt.Errorf("change %#v: %w", c.Key, err)
	}
	out.Changes = append(out.Changes, c)
	return nil
}

// flush writes what the calls so far have changed.
func (g *group) flush() error {
	for _, key := range g.order {
		if err := g.flushNode(key, g.nodes[key]); err != nil {
			return err
		}
	}
	for key, r := range g.records {
		if err := g.flushRecord(key, r); err != nil {
			return err
		}
	}
	for _, d := range g.w.types {
		if err := g.flushDictionary(d); err != nil {
			return err
		}
	}
	return nil
}

func (g *group) exec(s *sql.Stmt, args ...any) error {
	_, err := s.ExecContext(g.ctx, args...)
	return err
}

func (g *group) queryRow(s *sql.Stmt, args []any, dest ...any) error {
	return s.QueryRowContext(g.ctx, args...).Scan(dest...)
}

// view is what one call sees of its group.
type view struct {
	g     *group
	reads []muster.Key
}

// Position implements store.View.
func (v view) Position() muster.Position { return v.g.position + 1 }

// Get implements store.View. What prefetch has not read, it reads when asked.
func (v view) Get(key muster.Key) muster.Record {
	if invariant.Enabled {
		invariant.Check(slices.Contains(v.reads, key), "Get of %#v, which the call's Reads do not have", key)
	}
	if v.g.err != nil {
		return nil
	}
	r, err := v.g.get(key)
	if err != nil {
		v.g.err = err
		return nil
	}
	return r
}

func (g *group) get(key muster.Key) (muster.Record, error) {
	switch key := key.(type) {
	case muster.NodeKey:
		return g.getNode(key)
	case muster.ItemKey:
		return g.getItem(key)
	case muster.CustomTypeCountKey:
		return g.countCustomTypes(key.Space)
	case muster.AssociationsKey:
		return g.associations(key.Space)
	case muster.CensusKey:
		return g.census(key)
	case muster.SubTypesKey:
		return g.subTypes(key)
	}
	return g.getRecord(key)
}
