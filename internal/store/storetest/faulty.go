package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"muster"
	"muster/internal/store"
)

// Fault is how a commit can fail.
type Fault int

// The faults. The first four strike one commit each; a store that is Unwritable stays so until Mend.
const (
	NotWritten  Fault = iota // before the commit: nothing is written and everybody knows
	UnknownLost              // at the commit, which fails with ErrUnknown: nothing is written
	UnknownKept              // at the commit, which fails with ErrUnknown: all is written
	Unwritable               // ErrUnwritable, and nothing is written
)

// Faulty is a store that fails when told to. A Commit between one of unknown outcome and a Load panics, as the promises of
// Store forbid it. It is safe for concurrent use where the store it wraps is.
type Faulty struct {
	store.Store

	mu         sync.Mutex
	next       []Fault
	unwritable bool
	loadErr    error
	mustLoad   bool
}

// NewFaulty wraps a store.
func NewFaulty(s store.Store) *Faulty { return &Faulty{Store: s} }

// Fail makes the next commits fail, one for each fault. Unwritable holds from there on until Mend.
func (f *Faulty) Fail(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = append(f.next, faults...)
}

// FailLoads makes every Load fail with the error until Mend.
func (f *Faulty) FailLoads(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loadErr = err
}

// Mend ends all faults. It does not spare a Load after a commit of unknown outcome.
func (f *Faulty) Mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next, f.unwritable, f.loadErr = nil, false, nil
}

var errFault = errors.New("fault on demand")

// Commit implements store.Store.
func (f *Faulty) Commit(ctx context.Context, calls []store.Call) ([]store.Outcome, error) {
	fault, strikes := f.strike()
	if !strikes {
		return f.Store.Commit(ctx, calls)
	}
	switch fault {
	case NotWritten:
		return nil, errFault
	case Unwritable:
		return nil, fmt.Errorf("%w: %w", store.ErrUnwritable, errFault)
	case UnknownKept:
		if _, err := f.Store.Commit(ctx, calls); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mustLoad = true
	return nil, fmt.Errorf("%w: %w", store.ErrUnknown, errFault)
}

// strike gives the fault that the next commit is to fail with.
func (f *Faulty) strike() (fault Fault, strikes bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mustLoad {
		panic("storetest.Faulty: a Commit after one of unknown outcome, without a Load between")
	}
	if f.unwritable {
		return Unwritable, true
	}
	if len(f.next) == 0 {
		return 0, false
	}
	fault, f.next = f.next[0], f.next[1:]
	f.unwritable = fault == Unwritable
	return fault, true
}

// Load implements store.Store.
func (f *Faulty) Load(ctx context.Context, batch func(store.Batch) error) (muster.Position, error) {
	f.mu.Lock()
	err := f.loadErr
	f.mu.Unlock()
	if err != nil {
		return 0, err
	}
	position, err := f.Store.Load(ctx, batch)
	if err == nil {
		f.mu.Lock()
		f.mustLoad = false
		f.mu.Unlock()
	}
	return position, err
}
