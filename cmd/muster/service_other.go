//go:build !windows

package main

import "context"

// asService runs the program: only Windows wants its services to be more than that.
func asService(ctx context.Context, run func(context.Context) error) error { return run(ctx) }
