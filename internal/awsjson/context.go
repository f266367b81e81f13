package awsjson

import (
	"context"
	"net/http"
)

type contextKey struct{}

// origin is what a context knows of its call.
type origin struct {
	requestID string
	header    http.Header
}

func withOrigin(ctx context.Context, o *origin) context.Context {
	return context.WithValue(ctx, contextKey{}, o)
}

func originOf(ctx context.Context) *origin {
	if o, ok := ctx.Value(contextKey{}).(*origin); ok {
		return o
	}
	return &origin{}
}

// Header is a header of the call that ctx belongs to; empty if it is absent, or outside a call.
func Header(ctx context.Context, name string) string { return originOf(ctx).header.Get(name) }

// RequestID is the id of the call that ctx belongs to, a UUID that the client also sees; empty outside a call.
func RequestID(ctx context.Context) string { return originOf(ctx).requestID }
