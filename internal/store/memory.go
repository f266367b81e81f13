package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"muster"
)

// Memory is a Store that forgets when the process ends: the model that other stores are held against, and the store of tests
// that need none on disk. It is maps and no cleverness. Callers who break the seam's rules get a panic, which tells a test.
type Memory struct {
	committing atomic.Bool
	turn       sync.Mutex // of its servers, if there are any

	mu     sync.Mutex // guards the rest
	closed bool
	memoryState

	shared bool
	feed   [][]Outcome // of each commit, for its servers
	leader *MemoryServer
}

type memoryState struct {
	position muster.Position
	records  map[muster.Key]muster.Change // Content of items is never nil
	rows     map[rowsOf]dictionary
}

// rowsOf names the dictionary of a type.
type rowsOf struct {
	space muster.Space
	typ   muster.TypeName
}

// dictionary is the rows of a type. A copy of it stays as it is when the original changes.
type dictionary struct {
	rows  []muster.Row // by number
	given muster.RowID // the highest number so far
}

// NewMemory gives an empty one.
func NewMemory() *Memory {
	return &Memory{memoryState: memoryState{records: map[muster.Key]muster.Change{}, rows: map[rowsOf]dictionary{}}}
}

var errClosed = errors.New("store is closed")

// Close makes the store unusable until Reopen.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	m.closed = true
	return nil
}

// Reopen makes a closed store usable again, with all that was committed.
func (m *Memory) Reopen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		panic("store.Memory is open already")
	}
	m.closed = false
}

// Commit implements Store.
func (m *Memory) Commit(ctx context.Context, calls []Call) ([]Outcome, error) {
	if !m.committing.CompareAndSwap(false, true) {
		panic("store.Memory: two Commits at a time")
	}
	defer m.committing.Store(false)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	next := memoryState{position: m.position, records: maps.Clone(m.records), rows: maps.Clone(m.rows)}
	outcomes := make([]Outcome, len(calls))
	for i, call := range calls {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		changes, err := call.Decide(memoryView{&next, call.Reads})
		if err != nil {
			outcomes[i].Err = err
			continue
		}
		if m.shared {
			if changes, err = next.settle(changes); err != nil {
				outcomes[i].Err = err
				continue
			}
		}
		if outcomes[i], err = next.accept(changes); err != nil {
			return nil, fmt.Errorf("commit: call %d of %d: %w", i+1, len(calls), err)
		}
	}
	m.memoryState = next
	if m.shared {
		m.feed = append(m.feed, accepted(outcomes))
	}
	return outcomes, nil
}

func (m *Memory) usable(ctx context.Context) error {
	if m.closed {
		return errClosed
	}
	return ctx.Err()
}

// Load implements Store, in small batches so that its users meet more than one.
func (m *Memory) Load(ctx context.Context, batch func(Batch) error) (muster.Position, error) {
	m.mu.Lock()
	if err := m.usable(ctx); err != nil {
		m.mu.Unlock()
		return 0, err
	}
	state := memoryState{position: m.position, records: maps.Clone(m.records), rows: maps.Clone(m.rows)}
	m.mu.Unlock()
	return state.load(batch)
}

func (state *memoryState) load(batch func(Batch) error) (muster.Position, error) {
	var rows []muster.Row
	for _, d := range state.rows {
		for _, r := range d.rows {
			r.Entry = r.Entry.Clone()
			rows = append(rows, r)
		}
	}
	for piece := range slices.Chunk(rows, 100) {
		if err := lend(Batch{Rows: piece}, batch); err != nil {
			return 0, err
		}
	}
	changes := withoutHistories(slices.Collect(maps.Values(state.records)))
	for piece := range slices.Chunk(changes, 100) {
		for i := range piece {
			piece[i].Value = cloneRecord(piece[i].Value)
		}
		if err := lend(Batch{Changes: piece}, batch); err != nil {
			return 0, err
		}
	}
	return state.position, nil
}

func withoutHistories(changes []muster.Change) []muster.Change {
	return slices.DeleteFunc(changes, func(c muster.Change) bool { _, is := c.Key.(muster.HistoryKey); return is })
}

// Histories implements Store.
func (m *Memory) Histories(ctx context.Context, of []muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error {
	m.mu.Lock()
	if err := m.usable(ctx); err != nil {
		m.mu.Unlock()
		return err
	}
	records := maps.Clone(m.records)
	m.mu.Unlock()
	for key, c := range records {
		key, ok := key.(muster.HistoryKey)
		if !ok || !slices.Contains(of, muster.NodeKey{Space: key.Space, Node: key.Node}) {
			continue
		}
		if err := each(key, cloneRecord(c.Value).(*muster.History)); err != nil {
			return err
		}
	}
	return nil
}

// lend gives the batch and then wipes it, so that who keeps what is only lent finds out.
func lend(b Batch, batch func(Batch) error) error {
	err := batch(b)
	for _, r := range b.Rows {
		clear(r.Entry)
	}
	for _, c := range b.Changes {
		if item, ok := c.Value.(*muster.Item); ok {
			clear(item.Content.Rows)
			clear(item.Content.Volatile)
			*item = muster.Item{}
		}
	}
	clear(b.Rows)
	clear(b.Changes)
	return err
}

func (s *memoryState) accept(changes []muster.Change) (Outcome, error) {
	s.position++
	var done Outcome
	for _, c := range changes {
		c.At = s.position
		if item, ok := c.Value.(*muster.Item); ok && item.Content != nil {
			numbered, rows, err := s.number(c.Key.(muster.ItemKey), *item.Content)
			if err != nil {
				return Outcome{}, err
			}
			kept := *item
			kept.Content = numbered
			c.Value = &kept
			done.Rows = append(done.Rows, rows...)
		}
		if err := s.apply(c); err != nil {
			return Outcome{}, err
		}
		done.Changes = append(done.Changes, c)
	}
	return done, nil
}

// number gives the content with all rows numbered, and the rows that are new.
func (s *memoryState) number(key muster.ItemKey, c muster.Content) (*muster.Content, []muster.Row, error) {
	in := rowsOf{key.Space, key.Type}
	d := s.rows[in]
	ids := slices.Clone(c.Rows)
	var fresh []muster.Row
	for _, f := range c.Fresh {
		if f.At < 0 || f.At >= len(ids) || ids[f.At] != 0 {
			return nil, nil, fmt.Errorf("item %v: fresh row at %d of %d has no place", key, f.At, len(ids))
		}
		at := slices.IndexFunc(d.rows, func(r muster.Row) bool { return r.Entry.Equal(f.Entry) })
		if at < 0 {
			at = len(d.rows)
			d.given++
			r := muster.Row{Space: key.Space, Type: key.Type, ID: d.given, Entry: f.Entry.Clone()}
			d.rows = append(d.rows, r) // behind what copies of the dictionary see
			r.Entry = r.Entry.Clone()
			fresh = append(fresh, r)
		}
		ids[f.At] = d.rows[at].ID
	}
	s.rows[in] = d
	for i, id := range ids {
		if !d.has(id) {
			return nil, nil, fmt.Errorf("item %v: no row has the id %d, at %d", key, id, i)
		}
	}
	return &muster.Content{Rows: ids, Split: c.Split, Volatile: slices.Clone(c.Volatile)}, fresh, nil
}

func (d dictionary) has(id muster.RowID) bool {
	_, ok := slices.BinarySearchFunc(d.rows, id, func(r muster.Row, id muster.RowID) int { return cmp.Compare(r.ID, id) })
	return ok
}

// removeRow panics if an item has the row, which the caller promised not to be.
func (s *memoryState) removeRow(key muster.RowKey) {
	if s.hasRow(key) {
		panic(fmt.Sprintf("store.Memory: %#v is removed, and an item has it", key))
	}
	in := rowsOf{key.Space, key.Type}
	if d := s.rows[in]; d.has(key.ID) {
		d.rows = slices.DeleteFunc(slices.Clone(d.rows), func(r muster.Row) bool { return r.ID == key.ID })
		s.rows[in] = d
	}
}

// hasRow says whether an item has the row.
func (s *memoryState) hasRow(key muster.RowKey) bool {
	for of, c := range s.records {
		of, ok := of.(muster.ItemKey)
		if ok && of.Space == key.Space && of.Type == key.Type && slices.Contains(c.Value.(*muster.Item).Content.Rows, key.ID) {
			return true
		}
	}
	return false
}

func (s *memoryState) apply(c muster.Change) error {
	if err := CheckChange(c); err != nil {
		return err
	}
	if key, ok := c.Key.(muster.RowKey); ok {
		s.removeRow(key)
		return nil
	}
	if c.Value == nil {
		delete(s.records, c.Key)
		if item, ok := c.Key.(muster.ItemKey); ok {
			delete(s.records, item.History())
		}
		return nil
	}
	c.Value = cloneRecord(c.Value)
	if item, ok := c.Value.(*muster.Item); ok && item.Content == nil {
		before, ok := s.records[c.Key].Value.(*muster.Item)
		if !ok {
			return fmt.Errorf("item %v: there is no content to keep", c.Key)
		}
		item.Content = before.Content
	}
	s.records[c.Key] = c
	return nil
}

type memoryView struct {
	*memoryState
	reads []muster.Key
}

// Position implements View.
func (v memoryView) Position() muster.Position { return v.position + 1 }

// Get implements View.
func (v memoryView) Get(key muster.Key) muster.Record {
	if !slices.Contains(v.reads, key) {
		panic(fmt.Sprintf("store.Memory: Get of %#v, which the call's Reads do not have", key))
	}
	switch key := key.(type) {
	case muster.CustomTypeCountKey:
		return v.countCustomTypes(key.Space)
	case muster.AssociationsKey:
		return v.associations(key.Space)
	case muster.CensusKey:
		return v.census(key)
	case muster.SubTypesKey:
		return v.subTypes(key)
	case muster.PublicKeyKey:
		return v.holder(key)
	}
	r := cloneRecord(v.records[key].Value)
	if item, ok := r.(*muster.Item); ok {
		item.Content, item.At = nil, v.records[key].At
	}
	return r
}

func (s *memoryState) countCustomTypes(space muster.Space) *muster.Count {
	n := 0
	for key := range s.records {
		if key, ok := key.(muster.CustomTypeKey); ok && key.Space == space {
			n++
		}
	}
	return &muster.Count{N: n}
}

func (s *memoryState) associations(space muster.Space) muster.Associations {
	all := muster.Associations{}
	for key, c := range s.records {
		if key, ok := key.(muster.AssociationKey); ok && key.Space == space {
			all[key.ID] = cloneRecord(c.Value).(*muster.Association)
		}
	}
	return all
}

func (s *memoryState) census(of muster.CensusKey) *muster.Census {
	counts := map[muster.Version]int{}
	for key, c := range s.records {
		if key, ok := key.(muster.ItemKey); ok && key.Space == of.Space && key.Type == of.Type {
			counts[c.Value.(*muster.Item).Version]++
		}
	}
	return NewCensus(counts)
}

func (s *memoryState) subTypes(of muster.SubTypesKey) *muster.SubTypes {
	held := &muster.SubTypes{}
	for key := range s.records {
		if key, ok := key.(muster.ItemKey); ok && key.Space == of.Space && key.Node == of.Node && key.Type == of.Type {
			held.Names = append(held.Names, key.SubType)
		}
	}
	slices.Sort(held.Names)
	return held
}
