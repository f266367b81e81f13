package main

import (
	"context"
	"errors"
	"slices"

	"muster/internal/client"
	"muster/internal/ssmapi"
)

// manyPairs is how many names with a version the question "name = x and version < y" is asked of by turns. One answer in twenty is then the
// second to its question, counted from the one that finds the pair, and for that the nodes are brought together: the 99th percentile is of those.
const manyPairs = 100

// olderThan gives the filters of that question for names that are on many nodes, each with a version in the middle of those there
// are: what fills a page.
func olderThan(ctx context.Context, c *client.Client) (pairs [][]ssmapi.InventoryFilter, err error) {
	name, version := "AWS:Application.Name", "AWS:Application.Version"
	in := &ssmapi.GetInventoryInput{MaxResults: &pageSize, Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{
		Expression: &name, Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{Expression: &version}},
	}}}
	for len(pairs) < manyPairs {
		counts, err := client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, c, "GetInventory", in)
		if err != nil {
			return nil, err
		}
		for _, pair := range middles(counts) {
			filters := []ssmapi.InventoryFilter{filter(name, "Equal", pair[0]), filter(version, "LessThan", pair[1])}
			found, err := client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, c, "GetInventory",
				&ssmapi.GetInventoryInput{MaxResults: &pageSize, Filters: filters})
			if err != nil {
				return nil, err
			}
			if len(found.Entities) == int(pageSize) && len(pairs) < manyPairs {
				pairs = append(pairs, filters)
			}
		}
		if in.NextToken = counts.NextToken; in.NextToken == "" {
			break
		}
	}
	if len(pairs) == 0 {
		return nil, errors.New("no application has an old version on so many nodes that they fill a page")
	}
	return pairs, nil
}

// middles gives each name of a count by name and version, with the version in the middle of its versions as texts.
func middles(counts *ssmapi.GetInventoryOutput) (pairs [][2]string) {
	versions := map[string][]string{}
	var names []string
	for _, e := range counts.Entities {
		for _, row := range e.Data["AWS:Application"].Content {
			name, _ := row.Get("Name")
			version, _ := row.Get("Version")
			if versions[name] == nil {
				names = append(names, name)
			}
			versions[name] = append(versions[name], version)
		}
	}
	for _, name := range names {
		of := slices.Sorted(slices.Values(versions[name]))
		pairs = append(pairs, [2]string{name, of[len(of)/2]})
	}
	return pairs
}
