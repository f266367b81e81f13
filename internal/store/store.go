// Package store is the seam between the fleet and what keeps it: the promises every engine makes, in prose on the interface,
// and in storetest as tests. It holds no engine and no rule of the inventory.
package store

import (
	"context"
	"errors"

	"muster"
)

// Store is the durable truth.
//
// One Commit at a time; the fleet has a single committer. Load and Backup may run beside a Commit. The store owns nothing that
// it is given after it returns, and the caller owns what it gets, but for what Load gives. An item takes its history with it when it
// goes.
type Store interface {
	// Commit decides the calls in order and makes those that are accepted durable together, with one fsync. Each sees the
	// accepted ones before it. A call whose Decide fails is refused alone and leaves nothing; the others go on. There is one
	// Outcome for each call, in order.
	//
	// An error means that no Outcome holds. Unless it is ErrUnknown, nothing was written. On ErrUnknown (the commit itself
	// failed, say at the fsync) all of the group or none of it may be there: whoever writes has to Load again first, which
	// tells. ErrUnwritable says that the store refuses writes until whatever is wrong with its disk has been mended.
	Commit(ctx context.Context, calls []Call) ([]Outcome, error)

	// Load gives every live record but histories, rows before the items that use them, in batches, and then the position of the last
	// commit. What it gives is one consistent state. Position is zero for an empty store.
	//
	// A batch is lent: when batch returns, its slices, the entries of its rows and the items in it, but for their strings and
	// contexts, are the store's again. Whoever keeps them copies them.
	// After a Commit with ErrUnknown it fails with ErrUnwritable as long as the disk cannot tell the outcome.
	Load(ctx context.Context, batch func(Batch) error) (muster.Position, error)

	// Histories gives what is under the HistoryKeys of the nodes, as it was last committed, in no order. It may run beside a Commit,
	// and needs no room on the disk.
	Histories(ctx context.Context, of []muster.NodeKey, each func(muster.HistoryKey, *muster.History) error) error

	// Close releases the store. Nothing else may be running.
	Close() error
}

// Resting is a Store that has memory which only Commit needs.
type Resting interface {
	// Rest gives it up until the next Commit, and says whether there was any. No Commit may run meanwhile.
	Rest() (rested bool, err error)
}

// The errors of Commit, wrapped with what happened.
var (
	ErrUnknown    = errors.New("outcome of the commit is unknown")
	ErrUnwritable = errors.New("store is not writable")
)

// Call is one API call's changes, all of them or nothing, and what it has to see to decide on them.
type Call struct {
	// Reads names the records that Decide will look at, so that an engine can fetch those of a whole group at once.
	Reads []muster.Key

	// Decide gives the changes, or the error to refuse the call with. It looks at nothing but the view and its own call: an
	// engine may run it more than once, and somewhere else than where the call was made. It may not keep the view. Changes to
	// items carry their content's known row ids and define the fresh ones. A change that removes a row promises that no item has
	// it; if that is not so, a Load finds the store damaged.
	Decide func(v View) ([]muster.Change, error)
}

// View shows a call the state just before it.
type View interface {
	// Get gives the record of a key that the call's Reads has, or nil. An *Item comes without its content. The caller may not
	// change what it gets. Only a Shared store has a PublicKeyKey.
	Get(muster.Key) muster.Record

	// Position is what the call's changes will have if it is accepted.
	Position() muster.Position
}

// Get gives the record of the key as its own type, nil if there is none.
func Get[R muster.Record](v View, key muster.Key) R {
	r, _ := v.Get(key).(R)
	return r
}

// Outcome is what became of a call.
type Outcome struct {
	Err     error           // why Decide refused it
	Rows    []muster.Row    // dictionary rows that are new with this call
	Changes []muster.Change // as decided, with positions, and every row of every content numbered
}

// Batch is a piece of what Load gives. It is lent, see there.
type Batch struct {
	Rows    []muster.Row
	Changes []muster.Change
	Whole   bool // the nodes so far are complete: whatever else comes is of others
}
