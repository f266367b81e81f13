package main

import (
	"context"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

// overHTTP is the same muster asked as a user does: signed calls on a connection that is kept, and at most 50 results in an
// answer, as AWS has it. All groups of a count are not one question here, but as many as there are pages.
type overHTTP struct {
	*inProcess
	client *client.Client
}

func newOverHTTP(m *inProcess) (*overHTTP, error) {
	c, err := client.New(client.Config{Endpoint: m.daemon.URL, Region: string(region), Credentials: m.daemon.Admin})
	return &overHTTP{m, c}, err
}

func (m *overHTTP) name() string { return "muster over HTTP" }

// load has nothing to do: the fleet is there.
func (m *overHTTP) load(context.Context, *source) error { return nil }

func (m *overHTTP) size(context.Context) (int64, error) { return 0, nil }

func (m *overHTTP) ask(ctx context.Context, q *question, visit func([]string)) error {
	by := func(attribute string, inner ...ssmapi.InventoryAggregator) ssmapi.InventoryAggregator {
		return ssmapi.InventoryAggregator{Expression: &attribute, Aggregators: inner}
	}
	switch q.id {
	case "platforms":
		return m.count(ctx, by("AWS:InstanceInformation.PlatformType"), muster.TypeInstanceInformation, []string{"PlatformType"}, visit)
	case "names-page":
		return m.count(ctx, by("AWS:Application.Name"), application, []string{"Name"}, visit)
	case "versions-page":
		nested := by("AWS:Application.Name", by("AWS:Application.Version", by("AWS:InstanceInformation.PlatformType")))
		return m.count(ctx, nested, application, []string{"Name", "Version", "PlatformType"}, visit)
	case "older":
		return m.older(ctx, visit)
	case "group":
		return m.group(ctx, visit)
	case "entries":
		return m.entries(ctx, visit)
	}
	return errNotAsked
}

// get makes one call. It answers with nodes or with counts, under the type given, a page of them.
func (m *overHTTP) get(ctx context.Context, in *ssmapi.GetInventoryInput) ([]ssmapi.InventoryResultEntity, error) {
	size := int32(pageSize)
	in.MaxResults = &size
	out, err := client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, m.client, "GetInventory", in)
	if err != nil {
		return nil, err
	}
	return out.Entities, nil
}

func (m *overHTTP) count(ctx context.Context, by ssmapi.InventoryAggregator, under muster.TypeName, columns []string, visit func([]string)) error {
	entities, err := m.get(ctx, &ssmapi.GetInventoryInput{Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{by}})
	if err != nil || visit == nil {
		return err
	}
	for _, e := range entities[0].Data[string(under)].Content {
		var row []string
		for _, column := range append(columns, "Count") {
			value, _ := e.Get(column)
			row = append(row, value)
		}
		visit(row)
	}
	return nil
}

// filter is one condition at the wire.
func filter(key, operator, value string) ssmapi.InventoryFilter {
	return ssmapi.InventoryFilter{Key: &key, Values: ssmapi.List[string]{value}, Type: &operator}
}

// older is answered with the nodes' AWS:InstanceInformation, more than the ids that the other engines give.
func (m *overHTTP) older(ctx context.Context, visit func([]string)) error {
	entities, err := m.get(ctx, &ssmapi.GetInventoryInput{Filters: ssmapi.List[ssmapi.InventoryFilter]{
		filter("AWS:Application.Name", "Equal", askedName), filter("AWS:Application.Version", "LessThan", askedVersion),
	}})
	if err != nil || visit == nil {
		return err
	}
	for _, e := range entities {
		visit([]string{e.Id})
	}
	return nil
}

func (m *overHTTP) group(ctx context.Context, visit func([]string)) error {
	name := "asked"
	entities, err := m.get(ctx, &ssmapi.GetInventoryInput{Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{
		Groups: ssmapi.List[ssmapi.InventoryGroup]{{Name: &name, Filters: ssmapi.List[ssmapi.InventoryFilter]{
			filter("AWS:Application.Name", "Equal", askedName), filter("AWS:Application.Version", "LessThan", askedVersion),
			filter("AWS:InstanceInformation.PlatformType", "Equal", "Linux"), filter("AWS:InstanceInformation.InstanceStatus", "NotEqual", "Terminated"),
		}}},
	}}})
	if err != nil || visit == nil {
		return err
	}
	counts := map[string]string{}
	for _, e := range entities[0].Data[name].Content {
		for _, f := range e {
			counts[f.Name] = f.Value
		}
	}
	visit([]string{counts["matchingCount"], counts["notMatchingCount"]})
	return nil
}

func (m *overHTTP) entries(ctx context.Context, visit func([]string)) error {
	size, name := int32(pageSize), application
	out, err := client.Call[ssmapi.ListInventoryEntriesInput, ssmapi.ListInventoryEntriesOutput](ctx, m.client, "ListInventoryEntries",
		&ssmapi.ListInventoryEntriesInput{InstanceId: &m.node, TypeName: &name, MaxResults: &size})
	if err != nil || visit == nil {
		return err
	}
	for _, e := range out.Entries {
		visit(valuesOf(e))
	}
	return nil
}
