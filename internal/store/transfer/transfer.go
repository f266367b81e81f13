// Package transfer moves all that one store has into another, of any engine, and proves that it is all there. It is not a backup: while
// it runs nobody else may write to either store.
package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"muster"
	"muster/internal/store"
)

// groupWeight is how much one commit moves, tens of MB at most: what a commit takes by itself, and the look-up of rows that most of its
// items have, is shared by some hundred nodes.
const groupWeight = 1 << 18

// underWay is the key of a record that the target has until everything has been moved: who finds it goes on with what another run has
// begun, a target that has something else is refused, and no server serves it.
var underWay = muster.SettingKey{Name: UnderWay}

// UnderWay is the name of the setting that a store has which not everything has been moved to yet.
const UnderWay = "transfer-under-way"

// Progress says how many of the records have been looked at, of which those that are there already are skipped.
type Progress func(done, all int)

// Copy moves everything. It may be run again after it was interrupted, with the same stores. Positions are given anew, so a source in
// which a deletion is still open is refused.
func Copy(ctx context.Context, from, to store.Store, progress Progress) (Survey, error) {
	return copyInGroups(ctx, from, to, groupWeight, progress)
}

func copyInGroups(ctx context.Context, from, to store.Store, weight int, progress Progress) (Survey, error) {
	source, err := survey(ctx, from, nil)
	if err != nil {
		return Survey{}, fmt.Errorf("read what is to be moved: %w", err)
	}
	if source.open {
		return Survey{}, errors.New("a deletion is still under way: start the server, wait until aws ssm describe-inventory-deletions shows all of them Complete, and stop it")
	}
	there := map[muster.Key]sum{}
	target, err := survey(ctx, to, func(key muster.Key, s sum) { there[key] = s })
	if err != nil {
		return Survey{}, fmt.Errorf("read what the target has: %w", err)
	}
	if target.Records > 0 && !target.underWay && target != source {
		return Survey{}, errors.New("the target has an inventory of its own; name an empty one")
	}
	m := mover{ctx: ctx, to: to, groupWeight: weight, there: there, all: source.Records, progress: progress}
	if err := m.move(from); err != nil {
		return Survey{}, fmt.Errorf("move: %w", err)
	}
	moved, err := survey(ctx, to, nil)
	if err != nil {
		return Survey{}, fmt.Errorf("read what was moved: %w", err)
	}
	if moved != source {
		return moved, fmt.Errorf("the target is not equal to the source: it has %s, the source %s", moved, source)
	}
	return moved, nil
}

// mover is one run.
type mover struct {
	ctx         context.Context
	to          store.Store
	groupWeight int
	there       map[muster.Key]sum // in the target
	dict        dictionary
	held        holders
	deletions   []muster.Change // which come last, in their order
	pending     []owned
	weight      int // of what is pending
	done, all   int
	progress    Progress
}

func (m *mover) move(from store.Store) error {
	if err := m.commit([]muster.Change{{Key: underWay, Value: &muster.Setting{Value: []byte("1")}}}); err != nil {
		return err
	}
	m.dict, m.held = dictionary{}, holders{}
	if _, err := from.Load(m.ctx, m.batch); err != nil {
		return err
	}
	if err := m.flush(); err != nil { // the items before their histories
		return err
	}
	if err := m.held.histories(m.ctx, from, m.record); err != nil {
		return err
	}
	if err := m.flush(); err != nil {
		return err
	}
	if err := m.moveDeletions(); err != nil {
		return err
	}
	m.progress(m.done, m.all)
	return m.commit([]muster.Change{{Key: underWay}})
}

func (m *mover) batch(b store.Batch) error {
	m.dict.add(b.Rows)
	for _, c := range b.Changes {
		m.held.add(c)
		if err := m.record(c); err != nil {
			return err
		}
	}
	return nil
}

// record moves one, unless the target has it.
func (m *mover) record(c muster.Change) error {
	s, err := m.dict.sum(c)
	if err != nil {
		return err
	}
	m.done++
	if m.there[c.Key] == s {
		return nil
	}
	if _, ok := c.Key.(muster.DeletionKey); ok {
		m.deletions = append(m.deletions, c)
		return nil
	}
	mine := m.dict.own(c)
	m.pending, m.weight = append(m.pending, mine), m.weight+mine.weight()
	if m.weight < m.groupWeight {
		return nil
	}
	return m.flush()
}

func (m *mover) flush() error {
	if len(m.pending) == 0 {
		return nil
	}
	pending, changes := m.pending, make([]muster.Change, len(m.pending))
	m.pending, m.weight = nil, 0
	for i, c := range pending {
		changes[i] = c.Change
	}
	m.progress(m.done, m.all)
	made, err := m.decide(func(store.View) ([]muster.Change, error) { return changes, nil })
	if err != nil {
		return err
	}
	for i, c := range made {
		m.dict.learn(pending[i], c)
	}
	return nil
}

// moveDeletions keeps their order, by the positions that they get: later ones are shown first.
func (m *mover) moveDeletions() error {
	slices.SortFunc(m.deletions, func(a, b muster.Change) int {
		return int(a.Value.(*muster.Deletion).Before) - int(b.Value.(*muster.Deletion).Before)
	})
	for _, c := range m.deletions {
		d := *c.Value.(*muster.Deletion)
		_, err := m.decide(func(v store.View) ([]muster.Change, error) {
			d.Before = v.Position()
			return []muster.Change{{Key: c.Key, Value: &d}}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *mover) commit(changes []muster.Change) error {
	_, err := m.decide(func(store.View) ([]muster.Change, error) { return changes, nil })
	return err
}

func (m *mover) decide(decide func(store.View) ([]muster.Change, error)) ([]muster.Change, error) {
	outcomes, err := m.to.Commit(m.ctx, []store.Call{{Decide: decide}})
	if err != nil {
		return nil, err
	}
	return outcomes[0].Changes, outcomes[0].Err
}

// isUnderWay says whether the change is this package's own.
func isUnderWay(c muster.Change) bool {
	s, ok := c.Value.(*muster.Setting)
	return ok && c.Key == underWay && bytes.Equal(s.Value, []byte("1"))
}
