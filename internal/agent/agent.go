// Package agent reports what a host has to a server, again and again, sending only what has changed: an [Agent] by a key that it
// was given and at an interval of its own, an [Enrolled] one by keys of the host's own and as the server orders.
//
// It does not gather, which is package collect's part, and it serves nobody.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"muster/internal/client"
	"muster/internal/collect"
	"muster/internal/ssmapi"
)

// Put makes one PutInventory call. What the server refuses is a *client.Error; after any error nothing of the call is stored.
type Put func(context.Context, *ssmapi.PutInventoryInput) error

// PutBy calls through c.
func PutBy(c *client.Client) Put {
	return func(ctx context.Context, in *ssmapi.PutInventoryInput) error {
		_, err := client.Call[ssmapi.PutInventoryInput, ssmapi.PutInventoryOutput](ctx, c, "PutInventory", in)
		return err
	}
}

// Agent reports one host. All fields but Options have to be set.
type Agent struct {
	Host    func(context.Context) (collect.Host, error) // collect.This, asked anew for each report
	Options collect.Options                             // Now is filled in, and Node if it is empty
	Put     Put
	State   *State
	Log     *slog.Logger
}

// Gather gathers the host once, under the node id that the options or else the state give it.
func (a *Agent) Gather(ctx context.Context) ([]collect.Report, collect.Options, error) {
	options := a.Options
	host, err := a.Host(ctx)
	if err != nil {
		return nil, options, fmt.Errorf("describing the host: %w", err)
	}
	options.Now = time.Now()
	if options.Node == "" {
		options.Node, err = a.State.Node(host.MachineID)
	} else {
		err = a.State.become(options.Node)
	}
	if err != nil {
		return nil, options, err
	}
	return collect.Gather(ctx, host, options), options, nil
}

// Once gathers and reports the host, and logs a line about it. The error joins all that went wrong; types that it is not
// about were reported all the same.
func (a *Agent) Once(ctx context.Context) (Outcome, error) {
	start := time.Now()
	reports, options, err := a.Gather(ctx)
	if err != nil {
		a.Log.ErrorContext(ctx, "inventory not gathered", "error", err)
		return Outcome{}, err
	}
	outcome, err := Report(ctx, options.Node, a.Put, a.State, reports)
	took := slog.Duration("took", time.Since(start).Round(time.Millisecond))
	switch {
	case ctx.Err() != nil: // told to stop
	case err != nil:
		a.Log.ErrorContext(ctx, "inventory not reported in full", "node", options.Node, "outcome", outcome, took, "error", err)
	default:
		a.Log.InfoContext(ctx, "inventory reported", "node", options.Node, "outcome", outcome, took)
	}
	return outcome, err
}

// Loop reports now and then at regular intervals, each time after a random part of jitter, so that hosts that started
// together do not report together. It returns when ctx ends. A run that fails is followed by the next as if nothing had been:
// what it could not send is still new to the server then.
func (a *Agent) Loop(ctx context.Context, every, jitter time.Duration) {
	for due := time.Now(); ; due = due.Add(every) {
		if late := time.Since(due); late > every {
			due = due.Add(late.Truncate(every)) // one report is enough for all that were missed
		}
		wait := time.Until(due)
		if jitter > 0 {
			wait += rand.N(jitter)
		}
		timer := time.NewTimer(max(wait, 0))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		_, _ = a.Once(ctx) // has logged its error
	}
}

// refusal gives the server's answer in err, or nil if there was none: then it was the way there that failed.
func refusal(err error) *client.Error {
	refused, _ := errors.AsType[*client.Error](err)
	return refused
}
