package fleet

import (
	"context"
	"sync"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
)

const (
	// reclaimLook is how many row numbers of a dictionary one step looks at, reclaimRows about how many rows it takes.
	reclaimLook = 200_000
	reclaimRows = 5_000
)

// reclaim takes dictionary rows away that no item has any more. A put may be under way that has found such a row and means to use
// it, so there are two steps: rows are retired, which is to say that no put finds them from then on; and when every put that began
// before has ended, those that are still unused are deleted. A put that brings a retired row's entry meanwhile gets the old row
// from the store, which makes it a row in use again.
type reclaim struct {
	mu      sync.Mutex              // held for a step
	next    map[rowsOf]muster.RowID // where to go on looking
	retired []retired
}

// rowsOf is a dictionary.
type rowsOf struct {
	space muster.Space
	t     muster.TypeName
}

type retired struct {
	rowsOf
	index *index.Index // in which they are
	rows  index.Retired
	at    uint64 // puts that began before it may use the rows
}

// reclaimRows does one step for each dictionary.
func (f *Fleet) reclaimRows(ctx context.Context) error {
	f.reclaim.mu.Lock()
	defer f.reclaim.mu.Unlock()
	if err := f.deleteRetired(ctx); err != nil {
		return err
	}
	takeAway := f.retireRows
	if f.follower != nil {
		takeAway = f.removeRows
	}
	for _, sp := range f.state.Load().eachSpace() {
		for _, t := range sp.index.Snapshot().Dictionaries() {
			if err := takeAway(ctx, sp, rowsOf{sp.name, t}); err != nil {
				return err
			}
		}
	}
	return nil
}

// unused gives the next rows of the dictionary that no item has.
func (r *reclaim) unused(of rowsOf, s *index.Snapshot) []muster.RowID {
	if r.next == nil {
		r.next = map[rowsOf]muster.RowID{}
	}
	unused, last := s.Unused(of.t, r.next[of], reclaimLook)
	r.next[of] = last
	if len(unused) > reclaimRows {
		unused = unused[:reclaimRows]
		r.next[of] = unused[reclaimRows-1]
	}
	return unused
}

// removeRows deletes rows of a store that others commit to as well. Nobody here knows what they are about to use, so the store does the
// rest: it leaves a row that an item has taken since the position, and who puts a row that is gone is told so and comes again.
func (f *Fleet) removeRows(ctx context.Context, sp *space, of rowsOf) error {
	var s *index.Snapshot
	var at muster.Position
	if err := f.between(ctx, func() { s, at = f.Snapshot(sp.name), f.state.Load().at }); err != nil {
		return err
	}
	var changes []muster.Change
	for _, row := range f.reclaim.unused(of, s) {
		changes = append(changes, muster.Change{Key: muster.RowKey{Space: of.space, Type: of.t, ID: row}, At: at})
	}
	if len(changes) == 0 {
		return nil
	}
	return f.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) { return changes, nil }})
}

// retireRows retires rows that were not in use at this moment. If they come into use before the committer gets to it, nothing is
// lost: they are not deleted then.
func (f *Fleet) retireRows(ctx context.Context, sp *space, of rowsOf) error {
	unused := f.reclaim.unused(of, sp.index.Snapshot())
	if len(unused) == 0 {
		return nil
	}
	r := retired{rowsOf: of, index: sp.index}
	err := f.between(ctx, func() {
		r.rows, r.at = sp.index.Retire(of.t, unused), f.putting.tick()
	})
	if err == nil && len(r.rows.Rows) > 0 {
		f.reclaim.retired = append(f.reclaim.retired, r)
	}
	return err
}

// deleteRetired deletes what no put can be about to use, between two commits, so that nothing changes between the last look and the
// deletion.
func (f *Fleet) deleteRetired(ctx context.Context) error {
	for len(f.reclaim.retired) > 0 && f.putting.began(f.reclaim.retired[0].at) {
		first := f.reclaim.retired[0]
		deleted := make(chan error, 1)
		err := f.between(ctx, func() { f.deleteRows(first, deleted) })
		if err != nil {
			return err
		}
		if err := <-deleted; err != nil {
			return err
		}
		f.reclaim.retired = f.reclaim.retired[1:]
	}
	return nil
}

// deleteRows runs in the committer. When the fleet has been loaded again meanwhile, nothing is retired any more.
func (f *Fleet) deleteRows(r retired, deleted chan error) {
	var rows []muster.RowID
	if f.index(r.space) == r.index {
		rows = r.index.StillRetired(r.t, r.rows)
	}
	changes := make([]muster.Change, len(rows))
	for i, row := range rows {
		changes[i].Key = muster.RowKey{Space: r.space, Type: r.t, ID: row}
	}
	if len(changes) == 0 {
		deleted <- nil
		return
	}
	call := store.Call{Decide: func(store.View) ([]muster.Change, error) { return changes, nil }}
	f.commitCalls([]*request{{call: call, done: deleted}})
}

// putting knows which puts are under way, by when they began.
type putting struct {
	mu    sync.Mutex
	now   uint64
	under map[uint64]int // puts, by the time they began
}

// begin is the beginning of a put.
func (p *putting) begin() (at uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under == nil {
		p.under = map[uint64]int{}
	}
	p.under[p.now]++
	return p.now
}

func (p *putting) end(at uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under[at]--; p.under[at] == 0 {
		delete(p.under, at)
	}
}

// tick begins a new time, and gives it.
func (p *putting) tick() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now++
	return p.now
}

// began says whether every put that is under way began at that time or later.
func (p *putting) began(at uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for began := range p.under {
		if began < at {
			return false
		}
	}
	return true
}
