package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/sim"
	"muster/internal/ssmapi"
)

// answer is how long the answers to a question took, over HTTP.
type answer struct {
	Question    string
	Asked       int
	Median, P99 time.Duration
}

// question is one call, of the first page of its answer. The turn tells which of several like it, where there are several.
type question struct {
	name string
	ask  func(ctx context.Context, c *client.Client, turn int) error
}

// pageSize is the largest page that AWS gives.
var pageSize = int32(50)

// A release of openssl that is neither the oldest nor the newest in the fleet.
const (
	askedName    = "openssl"
	askedVersion = "3.0.22-1~deb12u2ubuntu"
)

func questions(f *sim.Fleet, pairs [][]ssmapi.InventoryFilter) []question {
	application := muster.TypeName("AWS:Application")
	node := f.Node(f.Len(0) / 2).ID
	older := []ssmapi.InventoryFilter{filter("AWS:Application.Name", "Equal", askedName), filter("AWS:Application.Version", "LessThan", askedVersion)}
	group := "asked"
	return []question{
		{"count by platform", count("AWS:InstanceInformation.PlatformType")},
		{"count by application name, first page", count("AWS:Application.Name")},
		{"name = x and version < y, first 50", func(ctx context.Context, c *client.Client, turn int) error {
			return get(ctx, c, &ssmapi.GetInventoryInput{Filters: pairs[turn%len(pairs)]})
		}},
		{"a group of four filters", func(ctx context.Context, c *client.Client, _ int) error {
			return get(ctx, c, &ssmapi.GetInventoryInput{Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{
				Groups: ssmapi.List[ssmapi.InventoryGroup]{{Name: &group, Filters: append(slices.Clip(older),
					filter("AWS:InstanceInformation.PlatformType", "Equal", "Linux"),
					filter("AWS:InstanceInformation.InstanceStatus", "NotEqual", "Terminated"))}},
			}}})
		}},
		{"a page of one node's entries", func(ctx context.Context, c *client.Client, _ int) error {
			_, err := client.Call[ssmapi.ListInventoryEntriesInput, ssmapi.ListInventoryEntriesOutput](ctx, c, "ListInventoryEntries",
				&ssmapi.ListInventoryEntriesInput{InstanceId: &node, TypeName: &application, MaxResults: &pageSize})
			return err
		}},
	}
}

func count(attribute string) func(context.Context, *client.Client, int) error {
	return func(ctx context.Context, c *client.Client, _ int) error {
		return get(ctx, c, &ssmapi.GetInventoryInput{Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{Expression: &attribute}}})
	}
}

func filter(key, operator, value string) ssmapi.InventoryFilter {
	return ssmapi.InventoryFilter{Key: &key, Values: ssmapi.List[string]{value}, Type: &operator}
}

func get(ctx context.Context, c *client.Client, in *ssmapi.GetInventoryInput) error {
	in.MaxResults = &pageSize
	out, err := client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, c, "GetInventory", in)
	if err == nil && len(out.Entities) == 0 {
		return fmt.Errorf("the answer is empty: a question of nothing measures nothing")
	}
	return err
}

// Each question is asked as often as the time allows, within these bounds.
const (
	asksLeast, asksMost = 50, 2000
	asksWithin          = 10 * time.Second
)

// askerPercent keeps the collector of the asking process, which has hardly anything in memory, from being what is measured: with the
// usual 100 it runs every twenty answers.
const askerPercent = 2000

// ask puts the questions to the server, one after the other, on one connection. The first answer of each is not counted: that is
// when the server makes what it keeps for the next.
func ask(ctx context.Context, url string, f *sim.Fleet) ([]answer, error) {
	c, err := client.New(client.Config{Endpoint: url, Region: region, Credentials: key})
	if err != nil {
		return nil, err
	}
	pairs, err := olderThan(ctx, c)
	if err != nil {
		return nil, err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(askerPercent))
	var answers []answer
	for _, q := range questions(f, pairs) {
		if err := q.ask(ctx, c, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		var times sim.Latency
		for began := time.Now(); len(times) < asksLeast || len(times) < asksMost && time.Since(began) < asksWithin; {
			asked := time.Now()
			if err := q.ask(ctx, c, len(times)); err != nil {
				return nil, fmt.Errorf("%s: %w", q.name, err)
			}
			times = append(times, time.Since(asked))
		}
		slices.Sort(times)
		answers = append(answers, answer{q.name, len(times), times.Percentile(0.5), times.Percentile(0.99)})
	}
	return answers, nil
}
