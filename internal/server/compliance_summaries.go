package server

import (
	"context"
	"maps"
	"slices"

	"muster"
	"muster/internal/access"
	"muster/internal/index"
	"muster/internal/ssmapi"
)

// listResourceComplianceSummaries gives, for each node and compliance type, how many of its items comply.
func (s *Server) listResourceComplianceSummaries(ctx context.Context, c access.Caller, in *ssmapi.ComplianceSummariesInput) (*ssmapi.ListResourceComplianceSummariesOutput, error) {
	walk, q, err := s.summaryWalk(access.ListResourceComplianceSummaries, c, in)
	if err != nil {
		return nil, err
	}
	from, err := cursor[complianceCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ssmapi.ListResourceComplianceSummariesOutput{ResourceComplianceSummaryItems: []ssmapi.ResourceComplianceSummaryItem{}}
	size := pageSize(in.MaxResults, muster.MaxPage)
	err = walk.each(ctx, from, func(at complianceCursor, it index.Item, e muster.Entry) (more bool, err error) {
		if len(out.ResourceComplianceSummaryItems) == size {
			out.NextToken, err = next(s.tokens, q, at)
			return false, err
		}
		status, _ := e.Get("Status")
		severity, _ := e.Get("OverallSeverity")
		compliant, not := muster.CountSeverities(e, muster.Compliant), muster.CountSeverities(e, muster.NonCompliant)
		out.ResourceComplianceSummaryItems = append(out.ResourceComplianceSummaryItems, ssmapi.ResourceComplianceSummaryItem{
			ComplianceType: it.SubType, ResourceType: managedInstance, ResourceId: at.Node, Status: status, OverallSeverity: severity,
			ExecutionSummary: run(it), CompliantSummary: compliantSummary(compliant), NonCompliantSummary: nonCompliantSummary(not),
		})
		return true, nil
	})
	return out, err
}

// typeCursor is the last compliance type of the page before.
type typeCursor struct {
	Type string `json:"t"`
}

// listComplianceSummaries gives, for each compliance type, how many nodes comply. A node counts under the severity of its worst
// item.
func (s *Server) listComplianceSummaries(ctx context.Context, c access.Caller, in *ssmapi.ComplianceSummariesInput) (*ssmapi.ListComplianceSummariesOutput, error) {
	walk, q, err := s.summaryWalk(access.ListComplianceSummaries, c, in)
	if err != nil {
		return nil, err
	}
	after, err := cursor[typeCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}
	compliant, not := map[string]muster.Severities{}, map[string]muster.Severities{}
	err = walk.summaries(ctx, func(subType string, e muster.Entry, nodes int) {
		of := compliant
		if status, _ := e.Get("Status"); status == muster.NonCompliant {
			of = not
		}
		severity, _ := e.Get("OverallSeverity")
		s := of[subType]
		s[muster.SeverityIndex(severity)] += nodes
		of[subType] = s
	})
	if err != nil {
		return nil, err
	}
	types := map[string]bool{}
	for _, of := range []map[string]muster.Severities{compliant, not} {
		for t := range of {
			types[t] = true
		}
	}
	out := &ssmapi.ListComplianceSummariesOutput{ComplianceSummaryItems: []ssmapi.ComplianceSummaryItem{}}
	size := pageSize(in.MaxResults, muster.MaxPage)
	for _, t := range slices.Sorted(maps.Keys(types)) {
		if t <= after.Type {
			continue
		}
		if n := len(out.ComplianceSummaryItems); n == size {
			out.NextToken, err = next(s.tokens, q, typeCursor{out.ComplianceSummaryItems[n-1].ComplianceType})
			break
		}
		out.ComplianceSummaryItems = append(out.ComplianceSummaryItems, ssmapi.ComplianceSummaryItem{
			ComplianceType: t, CompliantSummary: compliantSummary(compliant[t]), NonCompliantSummary: nonCompliantSummary(not[t]),
		})
	}
	return out, err
}

// summaryWalk is the way over the entries of AWS:ComplianceSummary that pass the filters, and what a token for it is bound to.
func (s *Server) summaryWalk(o access.Operation, c access.Caller, in *ssmapi.ComplianceSummariesInput) (complianceWalk, question, error) {
	params := *in
	params.NextToken, params.MaxResults = "", nil
	snapshot := s.fleet.Snapshot(c.Space)
	search, err := s.vocabulary(c.Space, snapshot).complianceSearch(muster.TypeComplianceSummary, in.Filters)
	return complianceWalk{snapshot, search, muster.TypeComplianceSummary}, question{o, c.Space, params}, err
}

// summaries gives the entries that pass the filters, and how many nodes each is of. Those of a fleet are few that differ, so where
// the filters ask for nothing else the nodes are only counted.
func (w complianceWalk) summaries(ctx context.Context, visit func(subType string, e muster.Entry, nodes int)) error {
	if !w.search.aboutEntries() || w.snapshot.Splits(w.typ) != nil {
		return w.each(ctx, complianceCursor{}, func(_ complianceCursor, it index.Item, e muster.Entry) (bool, error) {
			visit(it.SubType, e, 1)
			return true, nil
		})
	}
	all, err := w.snapshot.Alike(ctx, w.search.nodes, w.typ)
	for _, a := range all {
		if a.SubType != "" && matchesAll(w.search.terms, a.Entry.With("ComplianceType", a.SubType)) {
			visit(a.SubType, a.Entry, a.Items)
		}
	}
	return err
}

func compliantSummary(s muster.Severities) ssmapi.CompliantSummary {
	return ssmapi.CompliantSummary{CompliantCount: s.Total(), SeveritySummary: severitySummary(s)}
}

func nonCompliantSummary(s muster.Severities) ssmapi.NonCompliantSummary {
	return ssmapi.NonCompliantSummary{NonCompliantCount: s.Total(), SeveritySummary: severitySummary(s)}
}

func severitySummary(s muster.Severities) ssmapi.SeveritySummary {
	return ssmapi.SeveritySummary{
		CriticalCount: s[0], HighCount: s[1], MediumCount: s[2], LowCount: s[3], InformationalCount: s[4], UnspecifiedCount: s[5],
	}
}
