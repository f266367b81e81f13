package server

import (
	"context"
	"math"

	"muster"
	"muster/internal/access"
	"muster/internal/ssmapi"
)

// compareInventory tells what sets two groups of nodes apart.
func (s *Server) compareInventory(ctx context.Context, c access.Caller, in *ssmapi.CompareInventoryInput) (*ssmapi.CompareInventoryOutput, error) {
	snapshot := s.fleet.Snapshot(c.Space)
	words := s.vocabulary(c.Space, snapshot)
	compared := Comparison{Fleet: s.fleet, Space: c.Space, Snapshot: snapshot}
	for i, filter := range []string{in.WhereA, in.WhereB} {
		where, err := words.text(filter)
		if err != nil {
			return nil, err
		}
		compared.Sides[i] = where
	}
	found, more, err := compared.Differences(ctx, 0, pageSize(in.MaxResults, MaxDifferences))
	if err != nil {
		return nil, err
	}
	out := &ssmapi.CompareInventoryOutput{NodesA: compared.Nodes[0], NodesB: compared.Nodes[1], Differences: []ssmapi.InventoryDifference{}, More: more}
	for _, d := range found {
		told := ssmapi.InventoryDifference{
			TypeName: d.Type, Entry: ssmapi.Attributes(muster.NewEntry(d.Fields)), Where: d.Filter.String(),
			NodesA: d.Nodes[0], NodesB: d.Nodes[1], Points: math.Round(1000*d.Score) / 10,
		}
		out.Differences = append(out.Differences, told)
	}
	return out, nil
}
