package server

import (
	"cmp"
	"context"
	"sort"
	"strconv"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// associationCursor is the last association of the page before.
type associationCursor struct {
	Created time.Time            `json:"c"`
	ID      muster.AssociationID `json:"i"`
}

// listAssociations gives the standing orders that pass all filters, oldest first.
func (s *Server) listAssociations(_ context.Context, c access.Caller, in *ssmapi.ListAssociationsInput) (*ssmapi.ListAssociationsOutput, error) {
	params := *in
	params.NextToken, params.MaxResults = "", nil
	q := question{access.ListAssociations, c.Space, params}
	after, err := cursor[associationCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}
	all := s.fleet.Associations(c.Space)
	rest := all[sort.Search(len(all), func(i int) bool {
		return cmp.Or(all[i].Created.Compare(after.Created), cmp.Compare(all[i].ID, after.ID)) > 0
	}):]
	overviews := s.fleet.Overviews(c.Space, rest)
	size := pageSize(in.MaxResults, muster.MaxPage)
	out := &ssmapi.ListAssociationsOutput{Associations: []ssmapi.Association{}}
	var last associationCursor
	for i, a := range rest {
		if !s.associationPasses(c.Space, a, overviews[i], in.AssociationFilterList) {
			continue
		}
		if len(out.Associations) == size {
			out.NextToken, err = next(s.tokens, q, last)
			break
		}
		out.Associations = append(out.Associations, wireAssociation(a, overviews[i]))
		last = associationCursor{a.Created, a.ID}
	}
	return out, err
}

func wireAssociation(a fleet.AssociationRecord, o fleet.Overview) ssmapi.Association {
	return ssmapi.Association{
		Name: a.Document, InstanceId: a.Node, AssociationId: a.ID, AssociationVersion: strconv.Itoa(a.Version), DocumentVersion: a.DocumentVersion,
		Targets: wireTargets(a.Targets), LastExecutionDate: timestamp(o.Executed.Time()), Overview: wireOverview(o),
		ScheduleExpression: a.Schedule, AssociationName: a.Name,
	}
}

// associationPasses holds an association against all filters. A value that is no date passes nothing.
func (s *Server) associationPasses(space muster.Space, a fleet.AssociationRecord, o fleet.Overview, filters []ssmapi.AssociationFilter) bool {
	for _, f := range filters {
		if !s.associationHas(space, a, o, *f.Key, *f.Value) {
			return false
		}
	}
	return true
}

func (s *Server) associationHas(space muster.Space, a fleet.AssociationRecord, o fleet.Overview, key, value string) bool {
	switch key {
	case "AssociationId":
		return string(a.ID) == value
	case "AssociationName":
		return a.Name == value
	case "Name":
		return a.Document == value
	case "AssociationStatusName":
		return wireOverview(o).Status == value
	case "InstanceId":
		return s.fleet.Targets(space, a.Targets, muster.NodeID(value))
	case "LastExecutedBefore", "LastExecutedAfter":
		t, err := time.Parse(time.RFC3339, value)
		if err != nil || o.Executed == 0 {
			return false
		}
		return o.Executed.Time().Before(t) == (key == "LastExecutedBefore")
	}
	return false // ResourceGroupName: there are no resource groups
}
