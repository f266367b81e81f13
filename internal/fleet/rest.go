package fleet

import (
	"context"

	"muster/internal/store"
)

// Rest has the store give up the memory that only writing needs, until the next write, and says whether there was any. It does nothing
// unless nothing was written for a whole minute: to be ready to write again costs the next who does.
func (f *Fleet) Rest(ctx context.Context) (rested bool, err error) {
	commits := f.CommitsByMinute()
	for _, c := range commits[len(commits)-2:] {
		if c.Count > 0 {
			return false, nil
		}
	}
	return f.rest(ctx)
}

func (f *Fleet) rest(ctx context.Context) (rested bool, err error) {
	s, ok := f.Store.(store.Resting)
	if !ok || f.follower != nil { // then whoever is between steps is not the committer
		return false, nil
	}
	if waited := f.between(ctx, func() { rested, err = s.Rest() }); waited != nil {
		return false, waited
	}
	return rested, err
}
