package sim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"muster"
	"muster/internal/ssmapi"
)

// Verdict is what a check found: what was compared, and what is wrong.
type Verdict struct {
	Nodes, Names, Groups int // compared
	Hashes               int // read back
	Faults               []string
	More                 int // faults that are not in the list
}

// faultsShown is how many are listed: one bug makes thousands.
const faultsShown = 20

func (v *Verdict) fault(format string, args ...any) {
	if len(v.Faults) == faultsShown {
		v.More++
		return
	}
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// Check makes every node's last accepted report again, asks the server by a hash alone whether it has each item of it, and
// compares what the server counts over the fleet with what the reports say. The error is of a question that was not answered.
func (r *Run) Check(ctx context.Context) (*Verdict, error) {
	want := &tally{applications: map[string]count{}, platforms: map[string]int{}, groups: make([]int, len(questions))}
	v := &Verdict{}
	var nodes []int
	for i, k := range r.known {
		if k.reported {
			nodes = append(nodes, i)
		}
	}
	var mu sync.Mutex
	r.each(ctx, Phase{Name: "check"}, nodes, func(s *Scratch, i int) bool {
		items := r.Fleet.Report(s, i, int(r.known[i].generation))
		mu.Lock()
		want.add(i, items)
		mu.Unlock()
		err := r.readBack(ctx, i, items)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			v.fault("node %s: the server does not have what it has accepted: %v", r.Fleet.id(i), err)
			return false
		}
		v.Hashes += len(items)
		return true
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v.Nodes = len(nodes)
	return v, r.compare(ctx, v, want)
}

// readBack puts the hashes of the items, which the server refuses if it has others.
func (r *Run) readBack(ctx context.Context, i int, items []ssmapi.InventoryItem) error {
	last := items[len(items)-1]
	for n := range items {
		hashOnly(&items[n], last)
	}
	id := r.Fleet.id(i)
	return r.Target.put(ctx, &ssmapi.PutInventoryInput{InstanceId: &id, Items: items})
}

// compare asks the server for the same counts.
func (r *Run) compare(ctx context.Context, v *Verdict, want *tally) error {
	names := map[string]int{}
	for name, c := range want.applications {
		names[name] = c.n
	}
	for _, by := range []struct {
		attribute string
		want      map[string]int
	}{{"AWS:InstanceInformation.PlatformType", want.platforms}, {"AWS:Application.Name", names}} {
		got, err := r.counts(ctx, by.attribute)
		if err != nil {
			return fmt.Errorf("counting by %s: %w", by.attribute, err)
		}
		v.compare(by.attribute, got, by.want)
	}
	v.Names = len(names)
	v.Groups = len(questions)
	for n, q := range questions {
		matching, not, err := r.group(ctx, q)
		if err != nil {
			return fmt.Errorf("counting the group %s: %w", q.name, err)
		}
		if matching != want.groups[n] || matching+not != v.Nodes {
			v.fault("group %s: %d nodes match and %d do not, expected %d and %d", q.name, matching, not, want.groups[n], v.Nodes-want.groups[n])
		}
	}
	return nil
}

// compare holds the server's counts, whose names are in whatever letter case, against ours.
func (v *Verdict) compare(attribute string, got, want map[string]int) {
	folded := map[string]int{}
	for name, n := range want {
		folded[strings.ToLower(name)] = n
	}
	for _, name := range slices.Sorted(maps.Keys(folded)) {
		if got[name] != folded[name] {
			v.fault("%s %s: the server counts %d nodes, expected %d", attribute, name, got[name], folded[name])
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		v.fault("%s %s: the server counts %d nodes, expected none: is something else in this account and region?", attribute, name, got[name])
	}
}

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
