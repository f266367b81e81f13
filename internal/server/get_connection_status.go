package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/ssmapi"
)

// getConnectionStatus says whether an agent is connected: whether it pings. A node that only puts has no connection, and one that
// nobody knows is no error.
func (s *Server) getConnectionStatus(_ context.Context, c access.Caller, in *ssmapi.GetConnectionStatusInput) (*ssmapi.GetConnectionStatusOutput, error) {
	out := &ssmapi.GetConnectionStatusOutput{Target: *in.Target, Status: "notconnected"}
	n, ok := s.managedNode(c.Space, s.fleet.Snapshot(c.Space), muster.NodeID(*in.Target))
	if ok && n.status() == muster.Active && n.record.Ping != nil {
		out.Status = "connected"
	}
	return out, nil
}
