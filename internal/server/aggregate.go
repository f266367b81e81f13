package server

import (
	"slices"
	"strconv"

	"muster"
	"muster/internal/query"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// aggregations reads the Aggregators of a call.
type aggregations struct {
	vocabulary
	strict bool
	groups map[string]bool // the names seen so far
}

func (a aggregations) list(in []ssmapi.InventoryAggregator, depth int) ([]query.Aggregation, error) {
	if len(in) > 0 && depth > muster.MaxAggregatorDepth {
		return nil, muster.ErrAggregator("Aggregators are nested more than %d deep.", muster.MaxAggregatorDepth)
	}
	var out []query.Aggregation
	for _, element := range in {
		one, err := a.one(element, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (a aggregations) one(in ssmapi.InventoryAggregator, depth int) (out query.Aggregation, err error) {
	switch {
	case (in.Expression == nil) == (in.Groups == nil):
		return out, muster.ErrAggregator("An aggregator has either an Expression or Groups.")
	case in.Groups != nil && in.Aggregators != nil:
		return out, muster.ErrAggregator("An aggregator with Groups has no Aggregators inside.")
	case in.Groups != nil:
		out.Groups, err = a.readGroups(in.Groups)
		return out, err
	}
	if out.By, err = a.expression(*in.Expression); err != nil {
		return out, err
	}
	out.Inner, err = a.list(in.Aggregators, depth+1)
	return out, err
}

// expression reads what to count by. AWS counts by a few attributes; muster, if it is not strict, by any.
func (a aggregations) expression(text string) (query.Attr, error) {
	attr, err := a.attribute(text)
	if err != nil || (a.strict && !schema.CanAggregate(attr.Type, attr.Name)) {
		return attr, muster.ErrAggregator("The aggregator expression %s isn't supported.", text)
	}
	return attr, nil
}

func (a aggregations) readGroups(in []ssmapi.InventoryGroup) ([]query.Group, error) {
	var out []query.Group
	for _, g := range in {
		if a.groups[*g.Name] {
			return nil, muster.ErrGroup("Two groups have the name %s.", *g.Name)
		}
		a.groups[*g.Name] = true
		group, err := a.group(g)
		if err != nil {
			return nil, err
		}
		out = append(out, group)
	}
	return out, nil
}

// entities renders tallies as AWS does: an entity without an id, whose data has the counts under the type of the outermost
// expression, and those of a group under the group's name. Where a type would come twice, another entity begins (A5).
func entities(by []query.Aggregation, tallies []query.Tally) []ssmapi.InventoryResultEntity {
	var out []ssmapi.InventoryResultEntity
	data := map[string]ssmapi.InventoryResultItem{}
	for i, a := range by {
		r := rendering{}
		if len(a.Groups) == 0 {
			r[string(a.By.Type)] = nil
		}
		r.tally(a, tallies[i], nil)
		if a.Groups == nil && onlyGroups(a.Inner) {
			delete(r, string(a.By.Type))
		}
		for key := range r {
			if _, taken := data[key]; taken {
				out = append(out, ssmapi.InventoryResultEntity{Data: data})
				data = map[string]ssmapi.InventoryResultItem{}
				break
			}
		}
		for key, rows := range r {
			data[key] = ssmapi.InventoryResultItem{Content: rows}
		}
	}
	if len(data) == 0 {
		return out
	}
	return append(out, ssmapi.InventoryResultEntity{Data: data})
}

// onlyGroups says whether nothing is counted but groups.
func onlyGroups(inner []query.Aggregation) bool {
	return len(inner) > 0 && !slices.ContainsFunc(inner, func(a query.Aggregation) bool {
		return a.Groups == nil && !onlyGroups(a.Inner)
	})
}

// rendering is rows by the key they stand under.
type rendering map[string]ssmapi.Entries

// tally adds the rows of one aggregation; above are the values of the levels around it.
func (r rendering) tally(a query.Aggregation, t query.Tally, above []level) {
	for _, g := range t.Groups {
		r[g.Name] = append(r[g.Name],
			row(above, muster.Field{Name: "notMatchingCount", Value: strconv.Itoa(g.Not)}),
			row(above, muster.Field{Name: "matchingCount", Value: strconv.Itoa(g.Matching)}))
	}
	for _, b := range t.Buckets {
		here := append(slices.Clip(above), level{a.By, b.Value})
		if len(a.Inner) == 0 {
			key := string(here[0].attr.Type)
			r[key] = append(r[key], row(here, muster.Field{Name: "Count", Value: strconv.Itoa(b.Count)}))
			continue
		}
		for i, inner := range a.Inner {
			r.tally(inner, b.Inner[i], here)
		}
	}
}

// level is one bucket on the way down.
type level struct {
	attr  query.Attr
	value string
}

// row has the value of each level under the attribute's bare name; of two with one name the inner stands (A7).
func row(levels []level, count muster.Field) muster.Entry {
	fields := []muster.Field{}
	for _, l := range levels {
		fields = append(fields, muster.Field{Name: l.attr.Name, Value: l.value})
	}
	return muster.NewEntry(append(fields, count))
}
