package sim

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"muster"
	"muster/internal/ssmapi"
)

// counts gives the number of nodes by the values of an attribute, in lower case.
func (r *Run) counts(ctx context.Context, attribute string) (map[string]int, error) {
	typ, name, _ := muster.SplitAttribute(attribute, func(muster.TypeName) bool { return false })
	found := map[string]int{}
	in := &ssmapi.GetInventoryInput{Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{Expression: &attribute}}}
	for {
		out, err := r.Target.get(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, entity := range out.Entities {
			for _, row := range entity.Data[string(typ)].Content {
				value, _ := row.Get(name)
				n, err := countIn(row, "Count")
				if err != nil {
					return nil, err
				}
				found[strings.ToLower(value)] += n
			}
		}
		if out.NextToken == "" {
			return found, nil
		}
		in.NextToken = out.NextToken
	}
}

// group gives the number of nodes that are in the group, and of those that are not.
func (r *Run) group(ctx context.Context, q groupQuestion) (matching, not int, err error) {
	group := ssmapi.InventoryGroup{Name: &q.name}
	for _, f := range q.filters {
		key := string(f.typ) + "." + f.attribute
		group.Filters = append(group.Filters, ssmapi.InventoryFilter{Key: &key, Values: ssmapi.List[string]{f.value}})
	}
	out, err := r.Target.get(ctx, &ssmapi.GetInventoryInput{
		Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{Groups: ssmapi.List[ssmapi.InventoryGroup]{group}}},
	})
	if err != nil {
		return 0, 0, err
	}
	for _, entity := range out.Entities {
		for _, row := range entity.Data[q.name].Content {
			var errMatching, errNot error
			if _, ok := row.Get("matchingCount"); ok {
				matching, errMatching = countIn(row, "matchingCount")
			} else {
				not, errNot = countIn(row, "notMatchingCount")
			}
			err = cmp.Or(err, errMatching, errNot)
		}
	}
	return matching, not, err
}

func countIn(row muster.Entry, attribute string) (int, error) {
	text, _ := row.Get(attribute)
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("the server gives %s as %q", attribute, text)
	}
	return n, nil
}
