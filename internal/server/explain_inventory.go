package server

import (
	"context"
	"time"

	"muster/internal/access"
	"muster/internal/index"
	"muster/internal/ssmapi"
)

// explainInventory answers what GetInventory is asked, and says how it did instead of what it found.
func (s *Server) explainInventory(ctx context.Context, c access.Caller, in *ssmapi.ExplainInventoryInput) (*ssmapi.ExplainInventoryOutput, error) {
	began, work := time.Now(), index.Work{Plan: []string{}}
	found, err := s.askInventory(ctx, c, in, &work)
	if err != nil {
		return nil, err
	}
	return &ssmapi.ExplainInventoryOutput{
		Plan:         work.Plan,
		RowsVisited:  work.Rows,
		NodesVisited: work.Nodes,
		Entities:     found.size,
		Milliseconds: float64(time.Since(began)) / float64(time.Millisecond),
	}, nil
}
