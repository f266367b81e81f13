package fleet

import (
	"context"
	"errors"
	"time"

	"muster"
	"muster/internal/store"
)

// workEvery is how late a status, a deletion's end or an expiry may be noticed.
const workEvery = 10 * time.Second

// runBackground does what time, not a call, brings about.
func (f *Fleet) runBackground(ctx context.Context) {
	ticker := time.NewTicker(workEvery)
	defer ticker.Stop()
	for {
		select {
		case <-f.wake:
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := f.Work(ctx); err != nil && ctx.Err() == nil {
			f.Log.Error("background work", "err", err)
		}
	}
}

// wakeBackground lets the background begin at once. It does not wait.
func (f *Fleet) wakeBackground() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Work does once what the background does all the time: pins, statuses, and what only one server has to do. Every step of that is
// decided where it is committed, so that two servers which believe to have the lead do no harm.
func (f *Fleet) Work(ctx context.Context) error {
	now := f.Now()
	f.pins.forget(now)
	err := f.between(ctx, func() { f.redescribe(f.state.Load(), now) })
	if lead, leadErr := f.lead(ctx); !lead {
		return errors.Join(err, leadErr)
	}
	return errors.Join(
		err,
		f.continueDeletions(ctx),
		f.forgetDeletions(ctx, now),
		f.forgetExecutions(ctx),
		f.expire(ctx, now),
		f.learnSplits(ctx),
		f.reclaimRows(ctx),
	)
}

// lead says whether this server does what only one has to do.
func (f *Fleet) lead(ctx context.Context) (bool, error) {
	if f.follower == nil {
		return true, nil
	}
	return f.follower.store.Renew(ctx)
}

// forgetDeletions takes away the records of deletions that DescribeInventoryDeletions no longer shows.
func (f *Fleet) forgetDeletions(ctx context.Context, now time.Time) error {
	for _, sp := range f.state.Load().eachSpace() {
		for _, d := range f.Deletions(sp.name) {
			if _, open := d.Total(); open > 0 || now.Sub(d.Started) < muster.Retention {
				continue
			}
			gone := []muster.Change{{Key: muster.DeletionKey{Space: sp.name, ID: d.ID}}}
			if d.Token != "" {
				gone = append(gone, muster.Change{Key: muster.ClientTokenKey{Space: sp.name, Token: d.Token}})
			}
			if err := f.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) { return gone, nil }}); err != nil {
				return err
			}
		}
	}
	return nil
}
