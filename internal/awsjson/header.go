package awsjson

import (
	"context"
	"net/http"
)

type headerKey struct{}

func withHeader(ctx context.Context, h http.Header) context.Context {
	return context.WithValue(ctx, headerKey{}, h)
}

// Header is a header of the call that ctx belongs to; empty if it is absent, or outside a call.
func Header(ctx context.Context, name string) string {
	h, _ := ctx.Value(headerKey{}).(http.Header)
	return h.Get(name)
}
