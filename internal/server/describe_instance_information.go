package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

// defaultNodes is MaxResults of DescribeInstanceInformation if there is none.
const defaultNodes = 10

// describeInstanceInformation gives the nodes that are neither stopped nor terminated.
func (s *Server) describeInstanceInformation(ctx context.Context, c access.Caller, in *ssmapi.DescribeInstanceInformationInput) (*ssmapi.DescribeInstanceInformationOutput, error) {
	filters, err := informationFilters(in)
	if err != nil {
		return nil, err
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	nodes, token, err := s.describeNodes(ctx, describing{
		question: question{access.DescribeInstanceInformation, c.Space, params},
		filters:  filters, bad: muster.ErrInstanceFilterValue, token: in.NextToken, size: pageSize(in.MaxResults, defaultNodes),
	})
	return &ssmapi.DescribeInstanceInformationOutput{InstanceInformationList: nodes, NextToken: token}, err
}

// informationFilters gives the filters of either form. A filter on tags or inventory stands with none of another kind.
func informationFilters(in *ssmapi.DescribeInstanceInformationInput) ([]nodeFilter, error) {
	if len(in.Filters) > 0 && len(in.InstanceInformationFilterList) > 0 {
		return nil, muster.ErrTwoFilterForms
	}
	var filters []nodeFilter
	for _, f := range in.InstanceInformationFilterList {
		filters = append(filters, nodeFilter{*f.Key, query.Equal, f.ValueSet})
	}
	others := 0
	for _, f := range in.Filters {
		filters = append(filters, nodeFilter{*f.Key, query.Equal, f.Values})
		if tag, inventory := filters[len(filters)-1].about(); !tag && !inventory {
			others++
		}
	}
	if others > 0 && others < len(in.Filters) {
		return nil, muster.ErrMixedFilters
	}
	return filters, nil
}

// describing is a call of one of the two operations that describe nodes.
type describing struct {
	question
	filters []nodeFilter
	bad     func(message string) error
	token   string
	size    int
}

func (s *Server) describeNodes(ctx context.Context, d describing) (nodes []ssmapi.InstanceInformation, token string, err error) {
	snapshot := s.fleet.Snapshot(d.space)
	q, err := s.vocabulary(d.space, snapshot).nodeSearch(d.filters, d.bad)
	if err != nil {
		return nil, "", err
	}
	at, err := cursor[nodeCursor](s.tokens, d.question, d.token)
	if err != nil {
		return nil, "", err
	}
	found, more, err := s.search(ctx, d.space, snapshot, q, at.After, d.size)
	if err != nil {
		return nil, "", err
	}
	nodes = []ssmapi.InstanceInformation{}
	for i := range found {
		nodes = append(nodes, instanceInformation(&found[i]))
	}
	if more {
		token, err = next(s.tokens, d.question, nodeCursor{found[len(found)-1].id})
	}
	return nodes, token, err
}

func instanceInformation(n *managedNode) ssmapi.InstanceInformation {
	out := ssmapi.InstanceInformation{
		InstanceId:       n.id,
		PingStatus:       n.pingStatus(),
		LastPingDateTime: ssmapi.Timestamp{Time: n.lastHeard()},
		AgentVersion:     n.get("AgentVersion"),
		PlatformType:     n.get("PlatformType"),
		PlatformName:     n.get("PlatformName"),
		PlatformVersion:  n.get("PlatformVersion"),
		ActivationId:     n.activation(),
		IamRole:          n.get("IamRole"),
		ResourceType:     n.id.ResourceType(),
		IPAddress:        n.get("IpAddress"),
		ComputerName:     n.get("ComputerName"),
		SourceId:         string(n.id),
		SourceType:       n.sourceType(),
		AssociationState: n.associationState(),
	}
	if r := n.record.Registration; r != nil {
		out.RegistrationDate, out.Name = ssmapi.Timestamp{Time: n.record.Registered}, r.Name
	}
	return out
}
