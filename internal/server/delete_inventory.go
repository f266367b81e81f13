package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// deleteInventory begins to delete what all nodes have of a custom type.
func (s *Server) deleteInventory(ctx context.Context, c access.Caller, in *ssmapi.DeleteInventoryInput) (*ssmapi.DeleteInventoryOutput, error) {
	r := fleet.DeleteRequest{Type: *in.TypeName, DryRun: in.DryRun}
	if in.SchemaDeleteOption != nil {
		r.Option = *in.SchemaDeleteOption
	}
	if in.ClientToken != nil {
		r.Token = *in.ClientToken
	}
	id, d, err := s.fleet.DeleteType(ctx, c.Space, r)
	if err != nil {
		return nil, err
	}
	return &ssmapi.DeleteInventoryOutput{DeletionId: id, TypeName: r.Type, DeletionSummary: deletionSummary(d)}, nil
}

func deletionSummary(d *muster.Deletion) ssmapi.InventoryDeletionSummary {
	out := ssmapi.InventoryDeletionSummary{SummaryItems: []ssmapi.InventoryDeletionSummaryItem{}}
	out.TotalCount, out.RemainingCount = d.Total()
	for _, v := range d.Counts {
		out.SummaryItems = append(out.SummaryItems, ssmapi.InventoryDeletionSummaryItem{
			Version: v.Version, Count: v.Count, RemainingCount: v.Remaining,
		})
	}
	return out
}
