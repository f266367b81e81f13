package server

import (
	"context"
	"slices"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/history"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// listInventoryChanges tells what the last reports of a node changed.
func (s *Server) listInventoryChanges(ctx context.Context, c access.Caller, in *ssmapi.ListInventoryChangesInput) (*ssmapi.ListInventoryChangesOutput, error) {
	node := *in.InstanceId
	if !s.fleet.Snapshot(c.Space).Has(node) {
		return nil, muster.ErrInvalidInstanceID(node)
	}
	if in.TypeName != nil && !schema.ValidTypeName(*in.TypeName) {
		return nil, muster.ErrUnknownType(*in.TypeName)
	}
	changes, err := Changes(ctx, s.fleet, c.Space, node)
	if err != nil {
		return nil, err
	}
	out := &ssmapi.ListInventoryChangesOutput{InstanceId: node, Changes: []ssmapi.InventoryChange{}}
	for _, change := range changes {
		if in.TypeName == nil || change.Type == *in.TypeName {
			out.Changes = append(out.Changes, change.shape())
		}
	}
	return out, nil
}

// Change is what one report changed in an item.
type Change struct {
	Type    muster.TypeName
	SubType string // the ComplianceType of an AWS:ComplianceItem
	history.Change
}

// Changes gives what the last reports of a node changed, the newest first.
func Changes(ctx context.Context, f *fleet.Fleet, space muster.Space, node muster.NodeID) ([]Change, error) {
	histories, err := f.History(ctx, space, node)
	if err != nil {
		return nil, err
	}
	var all []Change
	for _, h := range histories {
		for _, c := range h.Changes {
			all = append(all, Change{h.Type, h.SubType, c})
		}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return b.Reported.Compare(a.Reported) })
	return all, nil
}

func (c Change) shape() ssmapi.InventoryChange {
	told := ssmapi.InventoryChange{
		TypeName: c.Type, ComplianceType: c.SubType, ReportedTime: ssmapi.Timestamp{Time: c.Reported}, CaptureTime: c.Captured,
		Added: c.Added, Removed: c.Removed, Changed: c.Changed, Unknown: c.Unknown, Entries: []ssmapi.EntryChange{},
	}
	for _, r := range c.Rows {
		told.Entries = append(told.Entries, ssmapi.EntryChange{Before: ssmapi.Attributes(r.Before), After: ssmapi.Attributes(r.After)})
	}
	return told
}
