package server

import (
	"context"
	"slices"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// deletionCursor is the last deletion of the page before. They are listed newest first.
type deletionCursor struct {
	Before muster.Position `json:"b"`
	ID     string          `json:"i"`
}

// describeInventoryDeletions tells how far deletions are.
func (s *Server) describeInventoryDeletions(_ context.Context, c access.Caller, in *ssmapi.DescribeInventoryDeletionsInput) (*ssmapi.DescribeInventoryDeletionsOutput, error) {
	params := *in
	params.NextToken, params.MaxResults = "", nil
	q := question{access.DescribeInventoryDeletions, c.Space, params}
	at, err := cursor[deletionCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}
	rest := s.fleet.Deletions(c.Space)
	if in.DeletionId != nil {
		rest = slices.DeleteFunc(rest, func(d fleet.DeletionRecord) bool { return d.ID != *in.DeletionId })
		if len(rest) == 0 {
			return nil, muster.ErrInvalidDeletionID
		}
	}
	if in.NextToken != "" {
		rest = slices.DeleteFunc(rest, func(d fleet.DeletionRecord) bool {
			return d.Before > at.Before || d.Before == at.Before && d.ID <= at.ID
		})
	}

	out := &ssmapi.DescribeInventoryDeletionsOutput{InventoryDeletions: []ssmapi.InventoryDeletionStatusItem{}}
	shown := rest[:min(len(rest), pageSize(in.MaxResults, muster.MaxPage))]
	for _, d := range shown {
		out.InventoryDeletions = append(out.InventoryDeletions, deletionStatus(d))
	}
	if len(shown) < len(rest) {
		last := shown[len(shown)-1]
		out.NextToken, err = next(s.tokens, q, deletionCursor{last.Before, last.ID})
	}
	return out, err
}

func deletionStatus(d fleet.DeletionRecord) ssmapi.InventoryDeletionStatusItem {
	out := ssmapi.InventoryDeletionStatusItem{
		DeletionId:           d.ID,
		TypeName:             d.Type,
		DeletionStartTime:    ssmapi.Timestamp{Time: d.Started},
		LastStatus:           ssmapi.DeletionInProgress,
		LastStatusMessage:    "The Delete is in progress",
		DeletionSummary:      deletionSummary(&d.Deletion),
		LastStatusUpdateTime: ssmapi.Timestamp{Time: d.Updated},
	}
	if out.DeletionSummary.RemainingCount == 0 {
		out.LastStatus, out.LastStatusMessage = ssmapi.DeletionComplete, "Deletion is successful"
	}
	return out
}
