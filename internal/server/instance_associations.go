package server

import (
	"context"
	"strconv"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/document"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// StatusSkipped is that of an association which targets a node that has another one to run.
const StatusSkipped = "Skipped"

// listInstanceAssociations tells a node what it is to run: one association, or none.
func (s *Server) listInstanceAssociations(_ context.Context, c access.Caller, in *ssmapi.ListInstanceAssociationsInput) (*ssmapi.ListInstanceAssociationsOutput, error) {
	if in.NextToken != "" {
		return nil, muster.ErrInvalidNextToken
	}
	all, err := s.fleet.AssociationsOf(c.Space, *in.InstanceId)
	if err != nil {
		return nil, err
	}
	out := &ssmapi.ListInstanceAssociationsOutput{Associations: []ssmapi.InstanceAssociation{}}
	for _, a := range all[:min(1, len(all))] {
		told := s.told(c.Space, *in.InstanceId, a.ID)
		out.Associations = append(out.Associations, ssmapi.InstanceAssociation{
			AssociationId: a.ID, AssociationName: a.Name, AssociationVersion: strconv.Itoa(a.Version),
			Name: a.Document, DocumentVersion: document.Version, InstanceId: *in.InstanceId,
			Checksum: document.Find(a.Document).Checksum(a.Parameters), DetailedStatus: a.DetailedStatus(told),
			Parameters: a.Parameters, Targets: wireTargets(a.Targets), ScheduleExpression: a.Schedule,
			LastExecutionDate: timestamp(a.LastExecution(told)),
		})
	}
	return out, nil
}

// updateInstanceAssociationStatus stores how a node's run goes.
func (s *Server) updateInstanceAssociationStatus(ctx context.Context, c access.Caller, in *ssmapi.UpdateInstanceAssociationStatusInput) (*ssmapi.UpdateInstanceAssociationStatusOutput, error) {
	r := in.ExecutionResult
	err := s.fleet.ReportExecution(ctx, c.Space, *in.InstanceId, *in.AssociationId, muster.Execution{
		Status: *r.Status, Code: r.ErrorCode, Summary: r.ExecutionSummary, Executed: muster.NanosOf(r.ExecutionDate.Time),
	})
	return &ssmapi.UpdateInstanceAssociationStatusOutput{}, err
}

// describeInstanceAssociationsStatus tells how a node's last run of each association went, first the one that it runs.
func (s *Server) describeInstanceAssociationsStatus(_ context.Context, c access.Caller, in *ssmapi.DescribeInstanceAssociationsStatusInput) (*ssmapi.DescribeInstanceAssociationsStatusOutput, error) {
	params := *in
	params.NextToken, params.MaxResults = "", nil
	q := question{access.DescribeInstanceAssociationsStatus, c.Space, params}
	at, err := cursor[entryCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}
	all, err := s.fleet.AssociationsOf(c.Space, *in.InstanceId)
	if err != nil {
		return nil, err
	}
	out := &ssmapi.DescribeInstanceAssociationsStatusOutput{InstanceAssociationStatusInfos: []ssmapi.InstanceAssociationStatusInfo{}}
	from, to := min(at.Offset, len(all)), min(at.Offset+pageSize(in.MaxResults, muster.MaxPage), len(all))
	for i, a := range all[from:to] {
		out.InstanceAssociationStatusInfos = append(out.InstanceAssociationStatusInfos, s.associationStatus(c.Space, *in.InstanceId, a, from+i > 0))
	}
	if to < len(all) {
		out.NextToken, err = next(s.tokens, q, entryCursor{to})
	}
	return out, err
}

func (s *Server) associationStatus(space muster.Space, node muster.NodeID, a fleet.AssociationRecord, skipped bool) ssmapi.InstanceAssociationStatusInfo {
	told := s.told(space, node, a.ID)
	info := ssmapi.InstanceAssociationStatusInfo{
		AssociationId: a.ID, AssociationName: a.Name, AssociationVersion: strconv.Itoa(a.Version),
		Name: a.Document, DocumentVersion: document.Version, InstanceId: node, DetailedStatus: a.DetailedStatus(told),
	}
	if skipped {
		info.DetailedStatus = StatusSkipped
	}
	info.Status = coarseStatus(info.DetailedStatus)
	if told != nil {
		info.ExecutionDate, info.ExecutionSummary, info.ErrorCode = timestamp(told.Executed.Time()), told.Summary, told.Code
	}
	return info
}

// told is what the node last told of the association, nil if nothing.
func (s *Server) told(space muster.Space, node muster.NodeID, id muster.AssociationID) *muster.Execution {
	if e, ok := s.fleet.Execution(space, node, id); ok {
		return &e
	}
	return nil
}

// coarseStatus is the Status that goes with a DetailedStatus.
func coarseStatus(detailed string) string {
	switch detailed {
	case muster.ExecutionSuccess, StatusSkipped, muster.ExecutionFailed:
		return detailed
	case "TimedOut":
		return muster.ExecutionFailed
	}
	return muster.ExecutionPending
}

func timestamp(t time.Time) *ssmapi.Timestamp {
	if t.IsZero() {
		return nil
	}
	return &ssmapi.Timestamp{Time: t}
}
