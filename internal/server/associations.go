package server

import (
	"context"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"muster"
	"muster/internal/access"
	"muster/internal/document"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// createAssociation makes a standing order.
func (s *Server) createAssociation(ctx context.Context, c access.Caller, in *ssmapi.CreateAssociationInput) (*ssmapi.AssociationOutput, error) {
	if err := checkServed(&in.AssociationSettings); err != nil {
		return nil, err
	}
	a := muster.Association{Document: *in.Name, Node: in.InstanceId, Targets: targets(in.Targets)}
	if in.InstanceId != "" {
		if len(in.Targets) > 0 {
			return nil, muster.ErrTarget("An association has either Targets or an InstanceId.")
		}
		a.Targets = []muster.Target{{Key: "InstanceIds", Values: []string{string(in.InstanceId)}}}
	}
	set(&a, &in.AssociationSettings)
	created, err := s.fleet.CreateAssociation(ctx, c.Space, a)
	if err != nil {
		return nil, err
	}
	return s.describe(c.Space, created), nil
}

// updateAssociation replaces a standing order.
func (s *Server) updateAssociation(ctx context.Context, c access.Caller, in *ssmapi.UpdateAssociationInput) (*ssmapi.AssociationOutput, error) {
	if err := checkServed(&in.AssociationSettings); err != nil {
		return nil, err
	}
	after, err := s.fleet.UpdateAssociation(ctx, c.Space, *in.AssociationId, func(a *muster.Association) error {
		if !isLatest(a, in.AssociationVersion) {
			return muster.ErrAssociationVersion
		}
		if in.Name != "" {
			a.Document = in.Name
		}
		if len(in.Targets) > 0 {
			a.Targets = targets(in.Targets)
		}
		set(a, &in.AssociationSettings)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.describe(c.Space, after), nil
}

// deleteAssociation takes a standing order away.
func (s *Server) deleteAssociation(ctx context.Context, c access.Caller, in *ssmapi.DeleteAssociationInput) (*ssmapi.DeleteAssociationOutput, error) {
	a, err := s.association(c.Space, in.AssociationId, in.Name, in.InstanceId)
	if err != nil {
		return nil, err
	}
	return &ssmapi.DeleteAssociationOutput{}, s.fleet.DeleteAssociation(ctx, c.Space, a.ID)
}

// describeAssociation gives all there is to know of one.
func (s *Server) describeAssociation(_ context.Context, c access.Caller, in *ssmapi.DescribeAssociationInput) (*ssmapi.AssociationOutput, error) {
	a, err := s.association(c.Space, in.AssociationId, in.Name, in.InstanceId)
	if err != nil {
		return nil, err
	}
	if !isLatest(a.Association, in.AssociationVersion) {
		return nil, muster.ErrAssociationVersion
	}
	return s.describe(c.Space, a), nil
}

// startAssociationsOnce has nodes run associations at their next poll.
func (s *Server) startAssociationsOnce(ctx context.Context, c access.Caller, in *ssmapi.StartAssociationsOnceInput) (*ssmapi.StartAssociationsOnceOutput, error) {
	ids := make([]muster.AssociationID, len(in.AssociationIds))
	for i, id := range in.AssociationIds {
		ids[i] = muster.AssociationID(id)
	}
	return &ssmapi.StartAssociationsOnceOutput{}, s.fleet.StartAssociations(ctx, c.Space, ids)
}

// association finds one by its id, or by its document and the node that it was made for.
func (s *Server) association(space muster.Space, id muster.AssociationID, doc string, node muster.NodeID) (fleet.AssociationRecord, error) {
	switch {
	case id != "":
		return s.fleet.Association(space, id)
	case doc == "" || node == "":
		return fleet.AssociationRecord{}, muster.ErrParameter("An association is named by its AssociationId, or by Name and InstanceId.")
	case document.Find(doc) == nil:
		return fleet.AssociationRecord{}, muster.ErrDocument(doc)
	}
	return s.fleet.AssociationOfNode(space, document.Find(doc).Name, node)
}

func isLatest(a *muster.Association, version string) bool {
	return version == "" || version == "$LATEST" || version == strconv.Itoa(a.Version)
}

// checkServed refuses members that would change what an association does, and that nobody here would heed.
func checkServed(in *ssmapi.AssociationSettings) error {
	given := func(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != jsontext.KindNull }
	if given(in.OutputLocation) {
		return muster.ErrOutputLocation
	}
	for _, m := range []struct {
		name  string
		value jsontext.Value
	}{
		{"AutomationTargetParameterName", in.AutomationTargetParameterName},
		{"CalendarNames", in.CalendarNames},
		{"TargetLocations", in.TargetLocations},
		{"TargetMaps", in.TargetMaps},
		{"ScheduleOffset", in.ScheduleOffset},
		{"Duration", in.Duration},
		{"AlarmConfiguration", in.AlarmConfiguration},
		{"AssociationDispatchAssumeRole", in.AssociationDispatchAssumeRole},
	} {
		if given(m.value) {
			return muster.ErrParameter("%s isn't supported for the document of this association.", m.name)
		}
	}
	return nil
}

// set gives the association the settings of the call, all of them: what the call leaves out is taken away.
func set(a *muster.Association, in *ssmapi.AssociationSettings) {
	a.Name, a.DocumentVersion, a.Parameters = in.AssociationName, in.DocumentVersion, in.Parameters
	a.Schedule, a.OnlyAtSchedule = in.ScheduleExpression, in.ApplyOnlyAtCronInterval
	a.Severity, a.Sync, a.MaxErrors, a.MaxConcurrency = in.ComplianceSeverity, in.SyncCompliance, in.MaxErrors, in.MaxConcurrency
}

func targets(in []ssmapi.Target) []muster.Target {
	out := make([]muster.Target, len(in))
	for i, t := range in {
		out[i] = muster.Target{Key: t.Key, Values: t.Values}
	}
	return out
}

func wireTargets(in []muster.Target) []ssmapi.Target {
	out := make([]ssmapi.Target, len(in))
	for i, t := range in {
		out[i] = ssmapi.Target{Key: t.Key, Values: slices.Clone(t.Values)}
	}
	return out
}

func (s *Server) describe(space muster.Space, a fleet.AssociationRecord) *ssmapi.AssociationOutput {
	o := s.fleet.Overviews(space, []fleet.AssociationRecord{a})[0]
	return &ssmapi.AssociationOutput{AssociationDescription: ssmapi.AssociationDescription{
		Name: a.Document, InstanceId: a.Node, AssociationId: a.ID, AssociationName: a.Name, AssociationVersion: strconv.Itoa(a.Version),
		Date: ssmapi.Timestamp{Time: a.Created}, LastUpdateAssociationDate: ssmapi.Timestamp{Time: a.Updated},
		Overview: wireOverview(o), DocumentVersion: a.DocumentVersion, Parameters: a.Parameters, Targets: wireTargets(a.Targets),
		ScheduleExpression: a.Schedule, LastExecutionDate: timestamp(o.Executed.Time()), LastSuccessfulExecutionDate: timestamp(o.Succeeded.Time()),
		MaxErrors: a.MaxErrors, MaxConcurrency: a.MaxConcurrency, ComplianceSeverity: a.Severity, SyncCompliance: a.Sync,
		ApplyOnlyAtCronInterval: a.OnlyAtSchedule,
	}}
}

// wireOverview sums up in one word what counts say: failed if any node's run has, pending if any node's is to come or nobody told.
func wireOverview(o fleet.Overview) ssmapi.AssociationOverview {
	out := ssmapi.AssociationOverview{Status: muster.ExecutionPending, DetailedStatus: muster.ExecutionPending}
	if len(o.Counts) == 0 {
		return out
	}
	out.AssociationStatusAggregatedCount = o.Counts
	coarse := map[string]bool{}
	for detailed := range o.Counts {
		coarse[coarseStatus(detailed)] = true
	}
	for _, status := range []string{muster.ExecutionFailed, muster.ExecutionPending, StatusSkipped, muster.ExecutionSuccess} {
		if coarse[status] {
			out.Status, out.DetailedStatus = status, status
			break
		}
	}
	return out
}
