package store

import (
	"context"
	"errors"
)

// Shared is a Store that other servers commit to as well. What it holds is learned from Follow alone, also what was committed here. Load
// may give what it held some time ago; if it fails with ErrLost, what it gave counts for nothing, and it is called again.
type Shared interface {
	Store

	// Follow gives every commit since what Load or the Follow before it gave, whoever made it: the accepted calls of one group at a
	// time, in order, without a gap, and at least up to the last commit that was durable when Follow was called. It leaves out
	// histories. What it gives is the caller's. After an error it may be called again and goes on where it was, unless the error is ErrLost: then Load again.
	//
	// One Follow at a time, and none beside a Load. Commits may run beside it, and after one of unknown outcome there is no need
	// to Load: Follow tells.
	Follow(ctx context.Context, commit func([]Outcome)) error

	// Renew tells the store that this server is still there, so that it keeps what the server has yet to follow, and says whether the
	// server has the lead: it alone has to do what only one needs to do. A server that renews every ten seconds keeps the lead once
	// it has it; when it is gone another has it within the minute. For a moment two may believe that they have it.
	Renew(ctx context.Context) (lead bool, err error)
}

// ErrLost is the error of a Follow that finds the store without something that it gave before, say after a failover to a standby that
// had not got it, or without something that it has not given yet, because it came too late.
var ErrLost = errors.New("the store does not go on from what is known of it")

// ErrRowGone is the Err of a call whose content has the number of a dictionary row that is not there any more: another server has taken
// it away. When Follow has told of that, the same content can come with the entry in its place.
var ErrRowGone = errors.New("a dictionary row is gone")
