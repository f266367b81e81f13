package fleet

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"muster"
	"muster/internal/schema"
	"muster/internal/store"
)

// deletionStep is how many items of a type one transaction takes away.
const deletionStep = 1000

// DeleteRequest is a DeleteInventory call.
type DeleteRequest struct {
	Type   muster.TypeName
	Option muster.SchemaDeleteOption
	Token  string // the client's, for idempotence; may be empty
	DryRun bool
}

// DeleteType begins a deletion and gives its id, or what it would find if it is a dry run. The data goes in the background; the
// schema's change, the client token and the job are one transaction.
func (f *Fleet) DeleteType(ctx context.Context, space muster.Space, r DeleteRequest) (id string, d *muster.Deletion, err error) {
	if !r.Type.Custom() {
		return "", nil, muster.ErrNotDeletable(r.Type)
	}
	if !schema.ValidTypeName(r.Type) {
		return "", nil, muster.ErrUnknownType(r.Type)
	}
	if r.DryRun {
		return "", f.dryRun(space, r.Type), nil
	}
	c := deleteCall{f: f, space: space, request: r, now: f.Now(), id: uuid.NewString()}
	if err := f.commit(ctx, c.storeCall()); err != nil {
		return "", nil, err
	}
	f.wakeBackground()
	return c.id, c.begun, nil
}

// dryRun counts what a deletion would find.
func (f *Fleet) dryRun(space muster.Space, t muster.TypeName) *muster.Deletion {
	counts := map[muster.Version]int{}
	for h := range f.Snapshot(space).Holders(t) {
		counts[h.Version]++
	}
	d := &muster.Deletion{Type: t}
	for v, n := range counts {
		d.Counts = append(d.Counts, muster.VersionCount{Version: v, Count: n, Remaining: n})
	}
	slices.SortFunc(d.Counts, func(a, b muster.VersionCount) int { return a.Version.Compare(b.Version) })
	return d
}

// deleteCall is a DeleteType on its way through the commit.
type deleteCall struct {
	f       *Fleet
	space   muster.Space
	request DeleteRequest
	now     time.Time
	id      string           // a new one, or that of the deletion which the token stands for
	begun   *muster.Deletion // as it began
}

func (c *deleteCall) storeCall() store.Call {
	reads := []muster.Key{c.typeKey(), c.censusKey()}
	if c.request.Token != "" {
		reads = append(reads, c.tokenKey())
	}
	return store.Call{Reads: reads, Decide: c.decide}
}

func (c *deleteCall) decide(v store.View) ([]muster.Change, error) {
	r := c.request
	if r.Token != "" {
		if used := store.Get[*muster.ClientToken](v, c.tokenKey()); used != nil {
			return nil, c.again(used)
		}
	}
	c.begun = &muster.Deletion{
		Type: r.Type, Option: r.Option, Token: r.Token,
		Started: c.now, Updated: c.now, Before: v.Position(),
	}
	if census := store.Get[*muster.Census](v, c.censusKey()); census != nil {
		for _, held := range census.Versions {
			c.begun.Counts = append(c.begun.Counts, muster.VersionCount{Version: held.Version, Count: held.Count, Remaining: held.Count})
		}
	}
	changes := []muster.Change{{Key: muster.DeletionKey{Space: c.space, ID: c.id}, Value: c.begun}}
	if r.Token != "" {
		changes = append(changes, muster.Change{Key: c.tokenKey(), Value: &muster.ClientToken{
			DeletionID: c.id, Type: r.Type, Option: r.Option, Counts: c.begun.Counts,
		}})
	}
	known := store.Get[*muster.CustomType](v, c.typeKey())
	if known == nil {
		return changes, nil
	}
	switch r.Option {
	case muster.DisableSchema:
		disabled := *known
		disabled.DisabledUpTo = disabled.Versions[len(disabled.Versions)-1].Version
		changes = append(changes, muster.Change{Key: c.typeKey(), Value: &disabled})
	case muster.DeleteSchema:
		changes = append(changes, muster.Change{Key: c.typeKey()})
	}
	return changes, nil
}

// again answers a token that was used before as it was answered then.
func (c *deleteCall) again(used *muster.ClientToken) error {
	if used.Type != c.request.Type || used.Option != c.request.Option {
		return muster.ErrClientTokenReused
	}
	c.id, c.begun = used.DeletionID, &muster.Deletion{Type: used.Type, Option: used.Option, Counts: used.Counts}
	return nil
}

func (c *deleteCall) typeKey() muster.CustomTypeKey {
	return muster.CustomTypeKey{Space: c.space, Type: c.request.Type}
}
func (c *deleteCall) censusKey() muster.CensusKey {
	return muster.CensusKey{Space: c.space, Type: c.request.Type}
}
func (c *deleteCall) tokenKey() muster.ClientTokenKey {
	return muster.ClientTokenKey{Space: c.space, Token: c.request.Token}
}

// DeletionRecord is a deletion with its id.
type DeletionRecord struct {
	ID string
	muster.Deletion
}

// Deletions gives the deletions that are remembered, newest first.
func (f *Fleet) Deletions(space muster.Space) []DeletionRecord {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	sp := s.spaces[space]
	if sp == nil {
		return nil
	}
	all := make([]DeletionRecord, 0, len(sp.deletions))
	for id, d := range sp.deletions {
		all = append(all, DeletionRecord{id, *d})
	}
	slices.SortFunc(all, func(a, b DeletionRecord) int {
		return cmp.Or(cmp.Compare(b.Before, a.Before), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Deletion gives one deletion.
func (f *Fleet) Deletion(space muster.Space, id string) (muster.Deletion, bool) {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp := s.spaces[space]; sp != nil {
		if d := sp.deletions[id]; d != nil {
			return *d, true
		}
	}
	return muster.Deletion{}, false
}

// continueDeletions takes away what the open jobs still find, step by step. A job that a restart interrupted goes on here.
func (f *Fleet) continueDeletions(ctx context.Context) error {
	for _, sp := range f.state.Load().eachSpace() {
		for _, d := range f.Deletions(sp.name) {
			for _, open := d.Total(); open > 0; {
				var err error
				if open, err = f.deleteStep(ctx, sp.name, d.ID, &d.Deletion); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// deleteStep takes away the next items of the job and gives how many are left.
func (f *Fleet) deleteStep(ctx context.Context, space muster.Space, id string, d *muster.Deletion) (left int, err error) {
	job := muster.DeletionKey{Space: space, ID: id}
	reads := []muster.Key{job}
	for h := range f.Snapshot(space).Holders(d.Type) {
		if len(reads) > deletionStep {
			break
		}
		if h.At < d.Before {
			reads = append(reads, itemKey(space, h))
		}
	}
	now := f.Now()
	var remaining int // read only when the commit is known to be over
	err = f.commit(ctx, store.Call{Reads: reads, Decide: func(v store.View) ([]muster.Change, error) {
		stored := store.Get[*muster.Deletion](v, job)
		if stored == nil {
			return nil, nil
		}
		after := *stored
		after.Updated, after.Counts = now, slices.Clone(stored.Counts)
		var changes []muster.Change
		for _, key := range reads[1:] {
			if item := store.Get[*muster.Item](v, key); item != nil && item.At < after.Before {
				changes = append(changes, muster.Change{Key: key})
				after.Take(item.Version)
			}
		}
		if len(reads) <= deletionStep {
			after.Finish()
		}
		_, remaining = after.Total()
		return append(changes, muster.Change{Key: job, Value: &after}), nil
	}})
	if err != nil {
		return 0, err
	}
	return remaining, nil
}
