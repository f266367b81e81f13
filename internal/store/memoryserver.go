package store

import (
	"context"
	"maps"
	"slices"

	"muster"
)

// MemoryServer is a Memory as one of several servers has it: the model of a Shared store.
type MemoryServer struct {
	m      *Memory
	next   int // group of m.feed
	closed bool
}

// Server gives another server of the memory, which only its servers may use from now on.
func (m *Memory) Server() *MemoryServer {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shared = true
	return &MemoryServer{m: m}
}

// Commit implements Store.
func (s *MemoryServer) Commit(ctx context.Context, calls []Call) ([]Outcome, error) {
	if s.closed {
		return nil, errClosed
	}
	s.m.turn.Lock()
	defer s.m.turn.Unlock()
	return s.m.Commit(ctx, calls)
}

// Load implements Store.
func (s *MemoryServer) Load(ctx context.Context, batch func(Batch) error) (muster.Position, error) {
	if s.closed {
		return 0, errClosed
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.m.mu.Lock()
	state := memoryState{position: s.m.position, records: maps.Clone(s.m.records), rows: maps.Clone(s.m.rows)}
	next := len(s.m.feed)
	s.m.mu.Unlock()
	at, err := state.load(batch)
	if err == nil {
		s.next = next
	}
	return at, err
}

// Histories implements Store.
func (s *MemoryServer) Histories(ctx context.Context, of []muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error {
	if s.closed {
		return errClosed
	}
	return s.m.Histories(ctx, of, each)
}

// Follow implements Shared.
func (s *MemoryServer) Follow(ctx context.Context, commit func([]Outcome)) error {
	if s.closed {
		return errClosed
	}
	s.m.mu.Lock()
	groups := s.m.feed[s.next:]
	s.m.mu.Unlock()
	for _, group := range groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.next++
		commit(accepted(group))
	}
	return nil
}

// Renew implements Shared. The lead is free when who has it is closed.
func (s *MemoryServer) Renew(context.Context) (lead bool, err error) {
	if s.closed {
		return false, errClosed
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.leader == nil {
		s.m.leader = s
	}
	return s.m.leader == s, nil
}

// Close ends this server.
func (s *MemoryServer) Close() error {
	if s.closed {
		return errClosed
	}
	s.closed = true
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.leader == s {
		s.m.leader = nil
	}
	return nil
}

// accepted gives the calls that were not refused, in memory of their own.
func accepted(outcomes []Outcome) []Outcome {
	var all []Outcome
	for _, o := range outcomes {
		if o.Err != nil {
			continue
		}
		own := Outcome{Rows: slices.Clone(o.Rows), Changes: withoutHistories(slices.Clone(o.Changes))}
		for i := range own.Rows {
			own.Rows[i].Entry = own.Rows[i].Entry.Clone()
		}
		for i := range own.Changes {
			own.Changes[i].Value = cloneRecord(own.Changes[i].Value)
		}
		all = append(all, own)
	}
	return all
}

// settle is what becomes of a call whose server did not know everything when it made the call: it is refused if it names rows that are
// gone, and takes away no row that an item has.
func (s *memoryState) settle(changes []muster.Change) ([]muster.Change, error) {
	for _, c := range changes {
		item, ok := c.Value.(*muster.Item)
		if !ok || item.Content == nil {
			continue
		}
		key := c.Key.(muster.ItemKey)
		d := s.rows[rowsOf{key.Space, key.Type}]
		for _, id := range item.Content.Rows {
			if id != 0 && id <= d.given && !d.has(id) {
				return nil, ErrRowGone
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c muster.Change) bool {
		row, ok := c.Key.(muster.RowKey)
		return ok && c.Value == nil && s.hasRow(row)
	}), nil
}

func (s *memoryState) holder(of muster.PublicKeyKey) *muster.Holder {
	for key, c := range s.records {
		n, ok := c.Value.(*muster.Node)
		if ok && n.Registration.Keyed() && key.(muster.NodeKey).Space == of.Space && muster.NewPublicKeyID(n.Registration.PublicKey) == of.ID {
			return &muster.Holder{Node: key.(muster.NodeKey).Node}
		}
	}
	return &muster.Holder{}
}
