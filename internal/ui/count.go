package ui

import (
	"cmp"
	"slices"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
)

// count is a number of nodes and the list behind it.
type count struct {
	Label, More string
	Nodes       int
	To          string
	Share       float64 // of all nodes, percent
}

func infoAttr(name string) query.Attr {
	return query.Attr{Type: muster.TypeInstanceInformation, Name: name}
}

// topValues counts the nodes by the most frequent values of an attribute.
func (v *visit) topValues(a query.Attr, size int) ([]count, error) {
	tallies, _, err := v.snapshot.CountPage(v.Context(), nil, []query.Aggregation{{By: a}}, 0, size)
	if err != nil {
		return nil, err
	}
	var counts []count
	for _, b := range tallies[0].Buckets {
		value := v.snapshot.Spelling(a, b.Value)
		counts = append(counts, v.count(value, b.Count, ask.Equal(a.String(), value)))
	}
	return counts, nil
}

// platforms counts the nodes by platform and version.
func (v *visit) platforms() ([]count, error) {
	name, version := infoAttr("PlatformName"), infoAttr("PlatformVersion")
	tallies, err := v.snapshot.Count(v.Context(), nil, []query.Aggregation{{By: name, Inner: []query.Aggregation{{By: version}}}})
	if err != nil {
		return nil, err
	}
	var counts []count
	for _, b := range tallies[0].Buckets {
		platform := v.snapshot.Spelling(name, b.Value)
		for _, inner := range b.Inner[0].Buckets {
			of := v.snapshot.Spelling(version, inner.Value)
			c := v.count(platform, inner.Count, ask.And(ask.Equal(name.String(), platform), ask.Equal(version.String(), of)))
			c.More = of
			counts = append(counts, c)
		}
	}
	slices.SortStableFunc(counts, func(a, b count) int { return cmp.Compare(b.Nodes, a.Nodes) })
	return counts[:min(len(counts), shortList)], nil
}

// count makes a number that leads to the nodes which pass the filter.
func (v *visit) count(label string, nodes int, filter ask.Filter) count {
	return count{Label: label, Nodes: nodes, To: v.link("nodes", "q", filter.String()), Share: 100 * float64(nodes) / float64(max(1, v.snapshot.Nodes()))}
}
