package ui

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
	"muster/internal/server"
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

// countEach gives how many of the nodes that satisfy where pass each of the filters.
func (v *visit) countEach(where query.Where, filters []ask.Filter) ([]int, error) {
	attribute := server.Attribute(v.ui.Fleet, v.caller.Space, v.snapshot)
	var groups []query.Group
	for _, f := range filters {
		passes, err := f.Where(attribute)
		if err != nil {
			return nil, err
		}
		groups = append(groups, query.Group{Where: passes})
	}
	tallies, err := v.snapshot.Count(v.Context(), where, []query.Aggregation{{Groups: groups}})
	if err != nil {
		return nil, err
	}
	var nodes []int
	for _, g := range tallies[0].Groups {
		nodes = append(nodes, g.Matching)
	}
	return nodes, nil
}

// sendCounts sends a table of a name and a number of nodes.
func sendCounts(w http.ResponseWriter, file, column string, each func(yield func(name string, nodes int))) error {
	startCSV(w, file)
	rows := csv.NewWriter(w)
	_ = rows.Write([]string{column, "Nodes"}) // these fail only if the browser has gone
	each(func(name string, nodes int) { _ = rows.Write([]string{name, strconv.Itoa(nodes)}) })
	rows.Flush()
	return nil
}

// startCSV says what a download is.
func startCSV(w http.ResponseWriter, file string) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+file+`.csv"`)
}
