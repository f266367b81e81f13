package ui

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster/internal/access"
	"muster/internal/server"
	"muster/internal/ssmapi"
)

// exploredQuestion is what an exploration asks, as others would ask it.
type exploredQuestion struct {
	Operation string
	Request   string // its JSON
	AWS       string // the command of the AWS CLI; empty where the operation is muster's own
	Count     string // the line of muster
	Nodes     string // the line that lists the nodes
}

// question gives the groups, or the nodes if there are none, as a call of SSM or, where its filters cannot say it, of muster's own.
func (x exploration) question() (q exploredQuestion, err error) {
	in := ssmapi.QueryInventoryInput{}
	count := []string{"muster", "count"}
	for i, a := range x.By {
		if i > 0 {
			count = append(count, "by")
		}
		count = append(count, a.String())
	}
	for _, a := range slices.Backward(x.By) {
		key := a.String()
		in.Aggregators = ssmapi.List[ssmapi.InventoryAggregator]{{Expression: &key, Aggregators: in.Aggregators}}
	}
	if filter := x.Filter.String(); filter != "" {
		count = append(count, "where", filter)
	}
	q.Count, q.Nodes = x.v.command(count...), nodeList{v: x.v, Filter: x.Filter}.command()

	terms, said, err := x.Filter.Terms(x.attribute)
	if err != nil {
		return q, err
	}
	filters, fit := server.Filters(terms)
	if said && fit {
		q.Operation, in.Filters = access.GetInventory.Name(), filters
		if q.AWS, err = x.awsCommand(in); err != nil {
			return q, err
		}
	} else {
		q.Operation, in.Where = string(access.QueryInventory), x.Filter.String()
	}
	request, err := json.Marshal(in, jsontext.WithIndent("  "))
	q.Request = string(request)
	return q, err
}

func (x exploration) awsCommand(in ssmapi.QueryInventoryInput) (string, error) {
	words := []string{"aws", "ssm", "get-inventory"}
	for _, p := range []struct {
		flag  string
		value any
		given bool
	}{{"--filters", in.Filters, len(in.Filters) > 0}, {"--aggregators", in.Aggregators, len(in.Aggregators) > 0}} {
		if !p.given {
			continue
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return "", err
		}
		words = append(words, p.flag, string(value))
	}
	return x.v.command(words...), nil
}
