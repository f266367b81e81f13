package ui

import (
	"encoding/csv"
	"iter"
	"math"
	"net/http"
	"slices"
	"strconv"

	"muster/internal/ask"
	"muster/internal/query"
)

// groups is the nodes by up to three attributes, one inside the other.
type groups struct {
	Columns []string
	Rows    []groupRow
	More    bool // there are others, with fewer nodes
	Left    int  // rows left out of groups that have many
	CSV     string
}

// groupRow is the innermost: a value of each attribute, and the nodes that have them.
type groupRow struct {
	Values []string
	count
}

// Shown are so many outermost groups, and so many rows of each.
const (
	groupsOnPage = 50
	rowsInGroup  = 20
)

// group counts the nodes that pass the filter. What is counted of a type are entries of their own, not those that the filter speaks of.
func (x exploration) group(matching int) (g groups, err error) {
	if len(x.By) == 0 {
		return g, nil
	}
	g.CSV, g.Columns = x.at("explore.csv"), x.columns()
	outermost, more, err := x.tally(groupsOnPage)
	if err != nil {
		return g, err
	}
	g.More = more
	for _, b := range outermost.Buckets {
		rows := 0
		for values, n := range x.innermost(query.Tally{Buckets: []query.Bucket{b}}) {
			if rows++; rows > rowsInGroup {
				g.Left++
				continue
			}
			g.Rows = append(g.Rows, groupRow{values, x.nodes("", n, x.having(values), matching)})
		}
	}
	return g, nil
}

// columns are the keys of the attributes.
func (x exploration) columns() (names []string) {
	for _, a := range x.By {
		names = append(names, a.String())
	}
	return names
}

// tally counts, and says whether there are more than so many outermost groups.
func (x exploration) tally(size int) (query.Tally, bool, error) {
	var by []query.Aggregation
	for _, a := range slices.Backward(x.By) {
		by = []query.Aggregation{{By: a, Inner: by}}
	}
	tallies, more, err := x.v.snapshot.CountPage(x.v.Context(), x.where, by, 0, size)
	if err != nil {
		return query.Tally{}, false, err
	}
	return tallies[0], more, nil
}

// innermost gives the groups with nothing inside: their values from the outermost on, and how many nodes there are.
func (x exploration) innermost(t query.Tally) iter.Seq2[[]string, int] {
	return func(yield func([]string, int) bool) { x.descend(t, nil, yield) }
}

func (x exploration) descend(t query.Tally, above []string, yield func([]string, int) bool) bool {
	for _, b := range t.Buckets {
		values := append(slices.Clip(above), x.v.snapshot.Spelling(x.By[len(above)], b.Value))
		if len(b.Inner) == 0 {
			if !yield(values, b.Count) {
				return false
			}
		} else if !x.descend(b.Inner[0], values, yield) {
			return false
		}
	}
	return true
}

// having is the filter for the nodes of a group.
func (x exploration) having(values []string) ask.Filter {
	var equals []ask.Filter
	for i, value := range values {
		equals = append(equals, ask.Of(query.Term{Attr: x.By[i], Op: query.Equal, Values: []string{value}}))
	}
	return ask.And(x.Filter, ask.Apart(ask.And(equals...)))
}

// exploreCSV sends all groups or, where one does not group, all values of the attribute.
func (u *UI) exploreCSV(v *visit, w http.ResponseWriter) error {
	x, err := v.readExploration()
	if err != nil {
		return err
	}
	if len(x.By) == 0 {
		return x.valuesCSV(w)
	}
	all, _, err := x.tally(math.MaxInt)
	if err != nil {
		return err
	}
	startCSV(w, "groups")
	rows := csv.NewWriter(w)
	_ = rows.Write(append(x.columns(), "Nodes")) // these fail only if the browser has gone
	for values, n := range x.innermost(all) {
		_ = rows.Write(append(values, strconv.Itoa(n)))
	}
	rows.Flush()
	return nil
}

func (x exploration) valuesCSV(w http.ResponseWriter) error {
	r, err := x.reading()
	if err != nil {
		return err
	}
	values, _, err := x.values(r, math.MaxInt)
	if err != nil {
		return err
	}
	return sendCounts(w, "values", x.counted().String(), func(yield func(string, int)) {
		for _, b := range values {
			yield(x.v.snapshot.Spelling(x.counted(), b.Value), b.Count)
		}
	})
}
