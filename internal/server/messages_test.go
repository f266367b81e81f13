package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/access"
	"muster/internal/ssmapi"
)

func TestAPollIsHeld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(leave, stop func())
		from time.Duration // how long it is held
		to   time.Duration
	}{
		{"until the time is over", func(func(), func()) {}, holdAtLeast, holdAtMost},
		{"until the caller leaves", func(leave, _ func()) { leave() }, time.Second, time.Second},
		{"until the server stops", func(_, stop func()) { stop() }, time.Second, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stopping := make(chan struct{})
				s := &Server{stopping: stopping}
				ctx, leave := context.WithCancel(t.Context())
				go func() {
					time.Sleep(time.Second) // of the bubble's time
					c.end(leave, func() { close(stopping) })
				}()
				began := time.Now()
				out, err := s.getMessages(ctx, access.Caller{}, &ssmapi.GetMessagesInput{Destination: new(nodeID(1)), MessagesRequestId: "id"})
				if err != nil {
					t.Fatal(err)
				}
				if got := text(t, out); got != `{"Destination":"mi-00000000000000001","Messages":[],"MessagesRequestId":"id"}` {
					t.Errorf("got %s", got)
				}
				if held := time.Since(began); held < c.from || held > c.to {
					t.Errorf("held for %s, want %s to %s", held, c.from, c.to)
				}
				leave()
			})
		})
	}
}
