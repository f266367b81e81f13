package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"muster"
	"muster/internal/store"
)

// faulty is a store whose disk fails on demand.
type faulty struct {
	store.Store

	mu     sync.Mutex
	fault  fault
	after  int // commits that still go well
	noLoad error
}

// fault is what goes wrong with commits.
type fault int

const (
	none       fault = iota
	lost             // the outcome is unknown, and nothing was written
	kept             // the outcome is unknown, and all was written
	unwritable       // nothing is written, and the store says so
)

var errDisk = errors.New("the disk is on fire")

// breakAfter makes commits fail after the next n.
func (d *faulty) breakAfter(n int, f fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.after, d.fault = n, f
}

func (d *faulty) breakLoads(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.noLoad = err
}

func (d *faulty) mend() {
	d.breakAfter(0, none)
	d.breakLoads(nil)
}

func (d *faulty) Commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	d.mu.Lock()
	f := d.fault
	if d.after > 0 {
		d.after--
		f = none
	}
	d.mu.Unlock()
	switch f {
	case lost:
		return nil, fmt.Errorf("%w: %w", store.ErrUnknown, errDisk)
	case kept:
		if _, err := d.Store.Commit(ctx, calls); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", store.ErrUnknown, errDisk)
	case unwritable:
		return nil, fmt.Errorf("%w: %w", store.ErrUnwritable, errDisk)
	}
	return d.Store.Commit(ctx, calls)
}

func (d *faulty) Load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	d.mu.Lock()
	err := d.noLoad
	d.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return d.Store.Load(ctx, batch)
}
