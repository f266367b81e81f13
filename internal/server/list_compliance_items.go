package server

import (
	"context"
	"slices"

	"muster"
	"muster/internal/access"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// complianceCursor is where a page begins: at a node's compliance of a type, or within it.
type complianceCursor struct {
	Node    muster.NodeID `json:"n"`
	SubType string        `json:"t"`
	Offset  int           `json:"o"`
}

// listComplianceItems gives the compliance items of nodes: by node, by type, and within it as they were put.
func (s *Server) listComplianceItems(ctx context.Context, c access.Caller, in *ssmapi.ListComplianceItemsInput) (*ssmapi.ListComplianceItemsOutput, error) {
	snapshot := s.fleet.Snapshot(c.Space)
	search, err := s.vocabulary(c.Space, snapshot).complianceSearch(muster.TypeComplianceItem, in.Filters)
	if err != nil {
		return nil, err
	}
	if err := s.checkResources(in); err != nil {
		return nil, err
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	q := question{access.ListComplianceItems, c.Space, params}
	from, err := cursor[complianceCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}

	out := &ssmapi.ListComplianceItemsOutput{ComplianceItems: []ssmapi.ComplianceItem{}}
	size := pageSize(in.MaxResults, muster.MaxPage)
	if len(in.ResourceIds) > 0 {
		search.nodes = append(search.nodes, query.Compile([]query.Term{{Attr: shown("InstanceId"), Values: in.ResourceIds}})...)
	}
	walk := complianceWalk{snapshot, search, muster.TypeComplianceItem}
	err = walk.each(ctx, from, func(at complianceCursor, it index.Item, e muster.Entry) (more bool, err error) {
		if len(out.ComplianceItems) == size {
			out.NextToken, err = next(s.tokens, q, at)
			return false, err
		}
		out.ComplianceItems = append(out.ComplianceItems, wireComplianceItem(at.Node, it, e))
		return true, nil
	})
	return out, err
}

// checkResources refuses what cannot be a node. AWS takes one resource in a call.
func (s *Server) checkResources(in *ssmapi.ListComplianceItemsInput) error {
	if slices.ContainsFunc(in.ResourceTypes, func(t string) bool { return t != managedInstance }) {
		return muster.ErrResourceType
	}
	if s.strict && len(in.ResourceIds) > 1 {
		return muster.ErrParameter("You can specify only one resource ID.")
	}
	if slices.ContainsFunc(in.ResourceIds, func(id string) bool { return !muster.NodeID(id).Valid() }) {
		return muster.ErrResourceID
	}
	return nil
}

// complianceWalk is a way over all entries of a type of compliance that pass the filters.
type complianceWalk struct {
	snapshot *index.Snapshot
	search   complianceSearch
	typ      muster.TypeName
}

// each goes on from the cursor, and gives each entry with its own, by node, sub-type and offset, until visit says that it is enough.
func (w complianceWalk) each(ctx context.Context, from complianceCursor, visit func(complianceCursor, index.Item, muster.Entry) (more bool, err error)) error {
	after := from.Node
	if from.Node != "" { // which is still to be looked at
		if more, err := w.node(from.Node, from, visit); err != nil || !more {
			return err
		}
	}
	for atOnce := askAtOnce; ; atOnce *= 4 {
		nodes, some, err := w.snapshot.Select(ctx, w.search.nodes, after, atOnce)
		if err != nil {
			return err
		}
		for _, node := range nodes {
			if more, err := w.node(node, complianceCursor{}, visit); err != nil || !more {
				return err
			}
		}
		if !some {
			return nil
		}
		after = nodes[len(nodes)-1]
	}
}

func (w complianceWalk) node(node muster.NodeID, from complianceCursor, visit func(complianceCursor, index.Item, muster.Entry) (bool, error)) (more bool, err error) {
	for _, it := range w.snapshot.Items(node, w.typ) {
		first := 0
		switch {
		case it.SubType == "", it.SubType < from.SubType: // an AWS:ComplianceSummary that a client put is of no ComplianceType
			continue
		case it.SubType == from.SubType:
			first = from.Offset
		}
		if !w.search.passesItem(it) {
			continue
		}
		for offset, e := range it.Entries(first, it.Len()) {
			entry, ok := w.search.passes(node, it, e)
			if !ok {
				continue
			}
			if more, err := visit(complianceCursor{node, it.SubType, offset}, it, entry); err != nil || !more {
				return false, err
			}
		}
	}
	return true, nil
}

func wireComplianceItem(node muster.NodeID, it index.Item, e muster.Entry) ssmapi.ComplianceItem {
	member := func(name string) *string {
		if value, ok := e.Get(name); ok {
			return &value
		}
		return nil
	}
	out := ssmapi.ComplianceItem{
		ComplianceType: it.SubType, ResourceType: managedInstance, ResourceId: node, Id: member("Id"), Title: member("Title"),
		Status: member("Status"), Severity: member("Severity"), ExecutionSummary: run(it),
	}
	context := schema.ContextAttributes(muster.TypeComplianceItem)
	for _, f := range e {
		if !slices.Contains(complianceMembers, f.Name) && !slices.Contains(context, f.Name) {
			out.Details = append(out.Details, f)
		}
	}
	return out
}
