package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/invariant"
	"muster/internal/store"
)

// Commit implements store.Store. A group takes two round trips, or three when it has contents: one that begins, locks and reads,
// one that numbers rows, one that writes and commits. After an error the next one connects again.
func (s *Store) Commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	outcomes, err := s.commit(ctx, calls)
	if err != nil {
		s.dropWriter()
		if errors.Is(err, store.ErrUnknown) {
			s.doubt.Store(true)
		}
		return nil, fmt.Errorf("commit %d calls: %w", len(calls), err)
	}
	return outcomes, nil
}

// commit tries once more if a connection that was there before turns out to be broken: nothing was asked of it yet.
func (s *Store) commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reused := s.w != nil
	outcomes, err := s.commitAll(timed, calls)
	if _, early := errors.AsType[*notBegun](err); early && reused && isConnectionError(err) && timed.Err() == nil {
		s.dropWriter()
		return s.commitAll(timed, calls)
	}
	return outcomes, err
}

func (s *Store) commitAll(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	if s.w == nil {
		w, err := s.connectWriter(ctx)
		if err != nil {
			return nil, beforeCommit(err)
		}
		s.w = w
	}
	gone := map[int]bool{}
	for {
		outcomes, err := s.commitBut(ctx, calls, gone)
		named, ok := errors.AsType[*rowGone](err)
		if !ok {
			return outcomes, err
		}
		if _, err := s.w.conn.Exec(ctx, `ROLLBACK`); err != nil {
			return nil, beforeCommit(err)
		}
		s.w.names = newNames()  // of which some were made by what was rolled back
		gone[named.call] = true // and as the others may have seen its changes, all are decided once more
	}
}

// notBegun is a failure to begin: no call has been decided.
type notBegun struct{ error }

func (e *notBegun) Unwrap() error { return e.error }

// commitBut refuses the calls that are known to name rows which are gone.
func (s *Store) commitBut(ctx context.Context, calls []store.Call, gone map[int]bool) ([]store.Outcome, error) {
	g := &group{w: s.w, ctx: ctx, records: map[muster.Key]*record{}, derived: map[muster.Key]muster.Record{}}
	if err := g.begin(calls); err != nil {
		return nil, &notBegun{beforeCommit(err)}
	}
	outcomes, err := g.decide(calls, gone)
	if err != nil {
		return nil, beforeCommit(err)
	}
	if g.position == g.start {
		_, err := s.w.conn.Exec(ctx, `ROLLBACK`)
		return outcomes, beforeCommit(err)
	}
	if err := g.number(); err != nil {
		return nil, beforeCommit(err)
	}
	return outcomes, g.write(outcomes)
}

// write sends the changes and the COMMIT together. The caller's context no longer counts: it could fall on the COMMIT.
func (g *group) write(outcomes []store.Outcome) error {
	writes, err := g.writes(outcomes)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(g.ctx), patience)
	defer cancel()
	return g.w.commit(ctx, writes)
}

func (s *Store) dropWriter() {
	if s.w != nil {
		s.hangUp(s.w.conn)
		s.w = nil
	}
}

// group is the calls of one Commit. It reads each record at most once and writes it once, at the end, however many of the calls
// touch it.
type group struct {
	w        *writer
	ctx      context.Context
	start    muster.Position // of the last commit
	position muster.Position // of the last accepted call
	records  map[muster.Key]*record
	changed  []muster.Key                 // of records, as first changed
	derived  map[muster.Key]muster.Record // as the database has it, without the group's changes
	rows     []rowChange                  // what the calls do to the dictionary, in their order
	types    map[int32]*dictionary        // those that rows change
	uses     *uses                        // nil if no call removes rows
	err      error                        // the first failure of a read, which View.Get cannot return
}

// record is a record as the group sees it.
type record struct {
	stored  muster.Record // as the database has it, if the group has read it; an item comes without its content
	value   muster.Record // after the calls so far
	at      muster.Position
	changed bool
	content []byte // of an item, if the group puts one
}

// takeLock makes the commits of all servers one after the other. It is a statement of its own: those that follow it see all that was
// committed before the lock was given.
const takeLock = `SELECT id FROM committing WHERE id = 1 FOR UPDATE`

// settings hold for the transaction only, as a pool between us and the server would keep others. A commit is durable when it
// returns, whatever the database's own setting. Tables are asked by key, also while the planner does not know how big they are. The
// limits keep a server that vanished, or stands still, from holding the lock for ever.
var settings = fmt.Sprintf(`SELECT set_config('synchronous_commit',
		CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true),
	set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true),
	set_config('jit', 'off', true),
	set_config('lock_timeout', '%[1]d', true), set_config('idle_in_transaction_session_timeout', '%[1]d', true)`, patience.Milliseconds())

// begin begins the transaction, takes the lock and reads what the calls want to see.
func (g *group) begin(calls []store.Call) error {
	b := &pgx.Batch{}
	b.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE`)
	b.Queue(settings)
	b.Queue(takeLock)
	b.Queue(`SELECT coalesce(max(position), 0) FROM feed`).QueryRow(func(row pgx.Row) error { return row.Scan(&g.position) })
	g.w.queueNames(b)
	var keys []muster.Key
	for _, call := range calls {
		keys = append(keys, call.Reads...)
	}
	later := g.queueReads(b, keys)
	if err := g.w.conn.SendBatch(g.ctx, b).Close(); err != nil {
		return err
	}
	g.start = g.position
	return g.read(later)
}

// decide runs the calls inside the open transaction.
func (g *group) decide(calls []store.Call, gone map[int]bool) ([]store.Outcome, error) {
	outcomes := make([]store.Outcome, len(calls))
	for i, call := range calls {
		if err := g.ctx.Err(); err != nil {
			return nil, err
		}
		if gone[i] {
			outcomes[i].Err = store.ErrRowGone
			continue
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
		if err := g.accept(changes, i, &outcomes[i]); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// accept makes the changes of the call that has been accepted as g.position, and notes them in the outcome.
func (g *group) accept(changes []muster.Change, call int, out *store.Outcome) error {
	var unread []muster.Key
	for _, c := range changes {
		switch c.Key.(type) { // those whose former value matters: to what is kept of an item, and to counts
		case muster.ItemKey, muster.CustomTypeKey:
			unread = append(unread, c.Key)
		}
	}
	if err := g.read(unread); err != nil {
		return err
	}
	out.Changes = make([]muster.Change, len(changes))
	for i, c := range changes {
		if err := store.CheckChange(c); err != nil {
			return err
		}
		rows := rowChange{change: &out.Changes[i], out: out, call: call, was: c.At}
		c.At = g.position
		out.Changes[i] = c
		if err := g.apply(&out.Changes[i], rows); err != nil {
			return fmt.Errorf("change %#v: %w", c.Key, err)
		}
	}
	return nil
}

func (g *group) apply(c *muster.Change, rows rowChange) error {
	if _, ok := c.Key.(muster.RowKey); ok {
		g.rows = append(g.rows, rows)
		return nil
	}
	r := g.changing(c.Key)
	before := r.value
	r.value, r.at = c.Value, c.At
	if key, ok := c.Key.(muster.ItemKey); ok && c.Value == nil {
		g.changing(key.History()).value = nil
	}
	item, ok := c.Value.(*muster.Item)
	if !ok {
		return nil
	}
	head := *item
	head.Content, head.At = nil, c.At
	r.value = &head
	switch {
	case item.Content != nil:
		rows.of = r
		g.rows = append(g.rows, rows)
	case before == nil:
		return errors.New("there is no content to keep")
	}
	return nil
}

// changing gives the record to be changed.
func (g *group) changing(key muster.Key) *record {
	r := g.records[key]
	if r == nil {
		r = &record{}
		g.records[key] = r
	}
	if !r.changed {
		g.changed, r.changed = append(g.changed, key), true
	}
	return r
}

// view is what one call sees of its group.
type view struct {
	g     *group
	reads []muster.Key
}

// Position implements store.View.
func (v view) Position() muster.Position { return v.g.position + 1 }

// Get implements store.View.
func (v view) Get(key muster.Key) muster.Record {
	if invariant.Enabled {
		invariant.Check(slices.Contains(v.reads, key), "Get of %#v, which the call's Reads do not have", key)
	}
	if v.g.err != nil {
		return nil
	}
	if v.g.err = v.g.read([]muster.Key{key}); v.g.err != nil {
		return nil
	}
	switch key := key.(type) {
	case muster.CustomTypeCountKey:
		return v.g.countCustomTypes(key)
	case muster.AssociationsKey:
		return v.g.associations(key)
	case muster.CensusKey:
		return v.g.census(key)
	case muster.SubTypesKey:
		return v.g.subTypes(key)
	case muster.PublicKeyKey:
		return v.g.holder(key)
	}
	return v.g.records[key].value
}

// settle waits until no transaction of ours can still be under way: one whose outcome is unknown holds the lock until it has ended.
func (s *Store) settle(ctx context.Context, conn *pgx.Conn) error {
	if !s.doubt.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience+time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, takeLock); err != nil {
		return err
	}
	s.doubt.Store(false)
	return nil
}
