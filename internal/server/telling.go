package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json"

	"muster/internal/fleet"
	"muster/internal/index"
)

// telling has a question answered, and tells the fleet, and at level debug the log, what that took.
func (s *Server) telling(ctx context.Context, q question, ask func(*index.Work) (*inventoryPage, error)) (*inventoryPage, error) {
	began, work := time.Now(), index.Work{}
	out, err := ask(&work)
	took := time.Since(began)
	if s.log.Enabled(ctx, slog.LevelDebug) {
		s.log.DebugContext(ctx, "answered a question", "plan", work.Plan, "rows", work.Rows, "nodes", work.Nodes, "took", took, "err", err)
	}
	if err == nil {
		s.fleet.Answered(fleet.Question{Space: q.space, Took: took, Method: q.operation.Name(), Work: work}, func() string {
			text, _ := json.Marshal(q.params) // as it was read
			return string(text)
		})
	}
	return out, err
}
