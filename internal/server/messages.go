package server

import (
	"context"
	"math/rand/v2"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/ssmapi"
)

// A poll for messages is held for a time between these: an agent gives up after 20 seconds, and asks again two seconds after an
// answer that comes at once, without end. The time is chosen anew for each poll, so that agents that came together, after a restart,
// part again.
const (
	holdAtLeast = 12 * time.Second
	holdAtMost  = 18 * time.Second
)

// getMessages has the agent wait, and then has nothing to tell: there are no commands. Whoever leaves, or is still there when the
// server stops, gets the same answer at once.
func (s *Server) getMessages(ctx context.Context, c access.Caller, in *ssmapi.GetMessagesInput) (*ssmapi.GetMessagesOutput, error) {
	var replaced <-chan struct{} // never, for an administrator
	if c.Node != "" {
		poll := s.polls.begin(muster.NodeKey{Space: c.Space, Node: c.Node})
		defer s.polls.end(poll)
		replaced = poll.replaced
	}
	held := time.NewTimer(holdAtLeast + rand.N(holdAtMost-holdAtLeast))
	defer held.Stop()
	select {
	case <-held.C:
	case <-replaced:
	case <-ctx.Done():
	case <-s.stopping:
	}
	return &ssmapi.GetMessagesOutput{Destination: *in.Destination, Messages: []struct{}{}, MessagesRequestId: in.MessagesRequestId}, nil
}

// takeMessage answers what an agent still has to say of a message that another server sent it.
func (s *Server) takeMessage(context.Context, access.Caller, *ssmapi.MessageInput) (*ssmapi.MessageOutput, error) {
	return &ssmapi.MessageOutput{}, nil
}
