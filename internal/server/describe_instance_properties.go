package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

// maxProperties is the largest page of DescribeInstanceProperties.
const maxProperties = 1000

// describeInstanceProperties is describeInstanceInformation with operators in its filters, which go together as they like.
func (s *Server) describeInstanceProperties(ctx context.Context, c access.Caller, in *ssmapi.DescribeInstancePropertiesInput) (*ssmapi.DescribeInstancePropertiesOutput, error) {
	if len(in.InstancePropertyFilterList) > 0 && len(in.FiltersWithOperator) > 0 {
		return nil, muster.ErrTwoFilterForms
	}
	var filters []nodeFilter
	for _, f := range in.InstancePropertyFilterList {
		filters = append(filters, nodeFilter{*f.Key, query.Equal, f.ValueSet})
	}
	for _, f := range in.FiltersWithOperator {
		filters = append(filters, nodeFilter{*f.Key, operatorNamed(f.Operator), f.Values})
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	nodes, token, err := s.describeNodes(ctx, describing{
		question: question{access.DescribeInstanceProperties, c.Space, params},
		filters:  filters, bad: muster.ErrPropertyFilterValue, token: in.NextToken, size: pageSize(in.MaxResults, maxProperties),
	})
	return &ssmapi.DescribeInstancePropertiesOutput{InstanceProperties: nodes, NextToken: token}, err
}
