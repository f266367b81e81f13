package ui

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// policy lets a page load our own files and nothing else, so that a name which got out of its place could still do nothing.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// protect sets the headers of every answer, and refuses what a page of somebody else has a browser send.
func (u *UI) protect(h http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { u.fail(w, r, nil, foreignForm) }))
	guarded := cross.Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		defer u.recover(w, r)
		guarded.ServeHTTP(w, r)
	})
}

// recover makes a page of a panic, whose place the log is told.
func (u *UI) recover(w http.ResponseWriter, r *http.Request) {
	switch cause := recover(); cause {
	case nil:
	case http.ErrAbortHandler:
		panic(cause)
	default:
		u.fail(w, r, nil, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
	}
}
