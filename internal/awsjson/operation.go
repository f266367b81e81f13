package awsjson

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/ssmapi"
)

// Operation is a row of the table of operations.
type Operation struct {
	name access.Operation

	// prepare does all that needs no waiting: decode, authorize the node, check the constraints.
	prepare func(caller access.Caller, body []byte) (run, error)

	waits bool // most of the call is waiting for something to happen
}

// run is a call that has passed every check of the wire and waits to be made.
type run func(ctx context.Context) (any, error)

// Handle makes an operation of a function over shapes. In's constraints are compiled once, here. If In has a method
// Node() muster.NodeID, the caller must be allowed to name that node before anything else is said about the input.
// The answer of an f that gives nil and no error is empty, "{}".
func Handle[In, Out any](name access.Operation, f func(context.Context, access.Caller, *In) (*Out, error)) Operation {
	check := ssmapi.Checker[In]()
	return Operation{name: name, prepare: func(caller access.Caller, body []byte) (run, error) {
		in := new(In)
		if err := decode(body, in); err != nil {
			return nil, err
		}
		if about, ok := any(in).(interface{ Node() muster.NodeID }); ok {
			if err := caller.AllowedNode(name, about.Node()); err != nil {
				return nil, err
			}
		}
		if err := check(in); err != nil {
			return nil, err
		}
		return func(ctx context.Context) (any, error) {
			out, err := f(ctx, caller, in)
			if out == nil {
				return nil, err
			}
			return out, err
		}, nil
	}}
}

// HandleWait is Handle for a function that waits for something to happen. While it does, the call holds its input and nothing else:
// no part of the budget, no buffer.
func HandleWait[In, Out any](name access.Operation, f func(context.Context, access.Caller, *In) (*Out, error)) Operation {
	o := Handle(name, f)
	o.waits = true
	return o
}
