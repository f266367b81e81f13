package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"muster"
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

// TestANodeHoldsFewPolls begins one a second and looks which are answered, and when.
func TestANodeHoldsFewPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Server{}
		ctx, leave := context.WithCancel(t.Context())
		began := time.Now()
		answered := make(chan time.Duration, 10)
		poll := func(c access.Caller) {
			if _, err := s.getMessages(ctx, c, &ssmapi.GetMessagesInput{Destination: new(nodeID(1))}); err != nil {
				t.Error(err)
			}
			answered <- time.Since(began)
		}
		space := muster.Space{Account: "111122223333", Region: "eu-west-1"}
		for range 4 {
			go poll(access.Caller{Role: muster.RoleMachine, Node: nodeID(1), Space: space})
			go poll(access.Caller{Role: muster.RoleAdmin, Space: space})
			time.Sleep(time.Second)
		}
		go poll(access.Caller{Role: muster.RoleMachine, Node: nodeID(2), Space: space})
		synctest.Wait()
		if len(answered) != 2 {
			t.Fatalf("%d polls are answered", len(answered))
		}
		for _, want := range []time.Duration{2 * time.Second, 3 * time.Second} {
			if got := <-answered; got != want {
				t.Errorf("answered after %s, want %s", got, want)
			}
		}
		leave()
		synctest.Wait()
		if len(s.polls.of) != 0 {
			t.Errorf("held when all have left: %v", s.polls.of)
		}
	})
}
