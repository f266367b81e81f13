package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

const (
	// batchSize is about how many rows, records or items Load gives at a time.
	batchSize = 4096

	// batches is how many of them there are: one that is filled, one that is used, and some between the two, because neither side
	// takes the same time for each.
	batches = 8
)

// Load implements store.Store. One thing that cannot be read fails it with a store.DamageError. After a Commit with ErrUnknown it
// fails with ErrUnwritable as long as the disk does: until then nobody can tell the outcome.
func (s *Store) Load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	if err := s.settle(ctx, unknown); err != nil {
		return 0, fmt.Errorf("load store %s: %w", s.path, err)
	}
	position, err := s.load(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("load store %s: %w", s.path, explain(err))
	}
	return position, nil
}

// load reads ahead in a goroutine of its own, while the caller's uses what was read.
func (s *Store) load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &loader{ctx: ctx, mirrors: s.mirrors, known: map[int64]*codec.RowSet{}, full: make(chan *loaded, batches), free: make(chan *loaded, batches)}
	for range batches {
		l.free <- &loaded{}
	}
	var readErr, err error
	go func() {
		defer close(l.full)
		readErr = l.read(s)
	}()
	for b := range l.full {
		if err != nil {
			continue
		}
		if err = batch(b.Batch); err != nil {
			cancel()
			continue
		}
		l.free <- b
	}
	if err == nil {
		err = readErr
	}
	return l.position, err
}

// loaded is a batch and the memory that is lent with it. What is used up is replaced, so slices of it stay.
type loaded struct {
	store.Batch
	fields   []muster.Field
	items    []muster.Item
	contents []muster.Content
	rowIDs   []muster.RowID // of the contents
}

func (b *loaded) reset() {
	clear(b.Rows) // lets go of their strings
	clear(b.Changes)
	clear(b.fields)
	clear(b.items)
	clear(b.contents)
	b.Batch = store.Batch{Rows: b.Rows[:0], Changes: b.Changes[:0]}
	b.fields, b.items, b.contents, b.rowIDs = b.fields[:0], b.items[:0], b.contents[:0], b.rowIDs[:0]
}

// loader is the reading half of one Load.
type loader struct {
	ctx      context.Context
	conn     driver.QueryerContext
	position muster.Position
	mirrors  bool
	digest   digest // of a mirror, of what was not read yet
	names
	known map[int64]*codec.RowSet // the rows of each type

	full, free chan *loaded
	*loaded    // that is being filled

	heads []head // scratch
}

// read reads in one transaction, so one state, whatever is committed meanwhile.
func (l *loader) read(s *Store) error {
	conn, err := s.db.Conn(l.ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // which ends the transaction
	if _, err := conn.ExecContext(l.ctx, "BEGIN"); err != nil {
		return err
	}
	if err := conn.QueryRowContext(l.ctx, `SELECT position FROM last_commit`).Scan(&l.position); err != nil {
		return err
	}
	if l.names, err = readNames(l.ctx, conn); err != nil {
		return err
	}
	if l.mirrors {
		if l.digest, err = readDigest(l.ctx, conn, l.names); err != nil {
			return err
		}
	}
	if err := l.next(); err != nil {
		return err
	}
	err = conn.Raw(func(raw any) error {
		l.conn = raw.(driver.QueryerContext)
		for _, step := range []func() error{l.loadRows, l.loadRecords, l.loadNodes, l.flush} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && l.mirrors && l.digest != 0 {
		return damaged("the store", errDigest)
	}
	return err
}

// next takes the batch that is filled next.
func (l *loader) next() error {
	select {
	case l.loaded = <-l.free:
		l.reset()
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

func (l *loader) flushIfFull() error {
	if len(l.Rows)+len(l.Changes) < batchSize {
		return nil
	}
	return l.flush()
}

// flush gives what is pending. Rows were all read before the first item, so within a batch they come first as well.
func (l *loader) flush() error {
	if len(l.Rows)+len(l.Changes) == 0 {
		return nil
	}
	select {
	case l.full <- l.loaded:
		return l.next()
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}
