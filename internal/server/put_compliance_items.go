package server

import (
	"context"
	"errors"
	"slices"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// managedInstance is the only resource type there is.
const managedInstance = "ManagedInstance"

// associationCompliance is the compliance type of State Manager.
const associationCompliance = "Association"

// putComplianceItems stores a node's compliance of one type, as an AWS:ComplianceItem.
func (s *Server) putComplianceItems(ctx context.Context, c access.Caller, in *ssmapi.PutComplianceItemsInput) (*ssmapi.PutComplianceItemsOutput, error) {
	partial := in.UploadType == "PARTIAL"
	switch {
	case *in.ResourceType != managedInstance:
		return nil, muster.ErrResourceType
	case !in.ResourceId.Valid():
		return nil, muster.ErrResourceID
	case partial && *in.ComplianceType != associationCompliance:
		return nil, muster.ErrParameter("UploadType PARTIAL goes with the ComplianceType Association only.")
	}
	entries := make(ssmapi.Entries, len(in.Items))
	for i := range in.Items {
		var err error
		if entries[i], err = complianceEntry(&in.Items[i]); err != nil {
			return nil, err
		}
	}
	limits := s.fleet.Limits
	if limit := limits.ComplianceBytes; limit > 0 && entries.Size() > limit {
		return nil, muster.ErrComplianceSize(limit)
	}
	err := s.fleet.PutCompliance(ctx, c.Space, *in.ResourceId, fleet.PutItem{
		Type: muster.TypeComplianceItem, Version: "1.0", Captured: muster.NewCaptureTime(s.tokens.now()), Hash: in.ItemContentHash,
		Context: complianceContext(*in.ComplianceType, in.ExecutionSummary), Content: entries,
	}, partial)
	switch {
	case errors.Is(err, muster.ErrInvalidInstanceID("")):
		return nil, muster.ErrResourceID
	case errors.Is(err, muster.ErrSubTypeCount("", 0)):
		return nil, muster.ErrComplianceTypeCount(limits.ComplianceTypes)
	}
	return &ssmapi.PutComplianceItemsOutput{}, err
}

// complianceEntry lays an item flat, its Details among its members, as AWS:ComplianceItem has it.
func complianceEntry(it *ssmapi.ComplianceItemEntry) (muster.Entry, error) {
	var fields []muster.Field
	for _, m := range []struct {
		name  string
		value *string
	}{{"Id", it.Id}, {"Title", it.Title}, {"Status", it.Status}, {"Severity", it.Severity}} {
		if m.value != nil {
			fields = append(fields, muster.Field{Name: m.name, Value: *m.value})
		}
	}
	for _, d := range it.Details {
		if slices.Contains(complianceMembers, d.Name) || slices.Contains(schema.ContextAttributes(muster.TypeComplianceItem), d.Name) {
			return nil, muster.ErrItemContent(muster.TypeComplianceItem, "The Details of a compliance item cannot have the key %s.", d.Name)
		}
	}
	return muster.NewEntry(append(fields, it.Details...)), nil
}

// complianceMembers are the attributes of an AWS:ComplianceItem that are no Details.
var complianceMembers = []string{"Id", "Title", "Status", "Severity"}

func complianceContext(complianceType string, run *ssmapi.ComplianceExecutionSummary) muster.Entry {
	fields := []muster.Field{
		{Name: "ComplianceType", Value: complianceType},
		{Name: "ExecutionTime", Value: string(muster.NewCaptureTime(run.ExecutionTime.Time))},
	}
	if run.ExecutionId != "" {
		fields = append(fields, muster.Field{Name: "ExecutionId", Value: run.ExecutionId})
	}
	if run.ExecutionType != "" {
		fields = append(fields, muster.Field{Name: "ExecutionType", Value: run.ExecutionType})
	}
	return muster.NewEntry(fields)
}
