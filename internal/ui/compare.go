package ui

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
	"muster/internal/server"
)

// comparePage is two groups of nodes and what sets them apart.
type comparePage struct {
	Sides       [2]side
	Asked       bool // there is something to compare
	Differences []difference
	From, To    int
	First, Next string
	CSV         string
	Commands    []string
}

// side is one of two groups: those that pass a filter, or one node.
type side struct {
	count
	Key    string // what the address calls it, "a" or "b"
	Typed  string
	Wrong  string // what is wrong with the filter
	Node   muster.NodeID
	Filter ask.Filter
	where  query.Where
}

// difference is something that one side has more often, and the nodes that have it.
type difference struct {
	server.Difference
	To     string // the type
	Sides  [2]count
	Points string // by how many hundredths of the nodes the first side is ahead
}

const (
	differencesOnPage = 100
	differencesInCSV  = server.MaxDifferences
	mostDifferences   = 10_000 // are looked at, for the page that begins after them
)

func (u *UI) compare(v *visit) (view, error) {
	shown := view{Template: "compare.html", Title: "Compare"}
	p := comparePage{Sides: v.sides(), Asked: v.FormValue("a")+v.FormValue("b") != ""}
	for _, s := range p.Sides {
		if s.Wrong != "" {
			p.Asked, shown.Status = false, http.StatusBadRequest
		}
	}
	if p.Asked {
		if err := p.fill(v); err != nil {
			return shown, err
		}
	}
	shown.Page = p
	return shown, nil
}

func (p *comparePage) fill(v *visit) error {
	from, _ := strconv.Atoi(v.FormValue("from")) // what is no number is the first page
	from = min(max(0, from), mostDifferences)
	all, more, err := v.differences(&p.Sides, from, differencesOnPage)
	if err != nil {
		return err
	}
	p.Differences, p.From, p.To = all, from+1, from+len(all)
	pairs := []string{"a", p.Sides[0].Typed, "b", p.Sides[1].Typed}
	if from > 0 {
		p.First = v.link("compare", pairs...)
	}
	if more {
		p.Next = v.link("compare", append(pairs, "from", strconv.Itoa(from+differencesOnPage))...)
	}
	p.CSV = v.link("compare.csv", pairs...)
	if a, b := p.Sides[0].Node, p.Sides[1].Node; a != "" && b != "" {
		p.Commands = []string{v.command("muster", "diff", string(a), string(b))}
		return nil
	}
	p.Commands = []string{v.command("muster", "diff", "--where", p.Sides[0].Filter.String(), "--where", p.Sides[1].Filter.String())}
	return nil
}

// sides reads what is to be compared. A side of which nothing is said is all nodes.
func (v *visit) sides() (sides [2]side) {
	for i, key := range []string{"a", "b"} {
		var err error
		s := side{Key: key, Typed: strings.TrimSpace(v.FormValue(key))}
		if id := muster.NodeID(s.Typed); v.snapshot.Has(id) {
			s.Node, s.Filter = id, ask.Equal(infoAttr("InstanceId").String(), s.Typed)
		} else {
			s.Filter, err = ask.Parse(s.Typed)
		}
		if err == nil {
			s.where, err = s.Filter.Where(server.Attribute(v.ui.Fleet, v.caller.Space, v.snapshot))
		}
		if err != nil {
			s.Wrong = wrongFilter(err)
		}
		sides[i] = s
	}
	return sides
}

// differences gives a part of them, so many from one on, and says whether there are more. It counts the nodes of the sides.
func (v *visit) differences(sides *[2]side, from, size int) (all []difference, more bool, err error) {
	c := server.Comparison{Fleet: v.ui.Fleet, Space: v.caller.Space, Snapshot: v.snapshot, Sides: [2]query.Where{sides[0].where, sides[1].where}}
	found, more, err := c.Differences(v.Context(), from, size)
	if err != nil {
		return nil, false, err
	}
	for i := range sides {
		s := &sides[i]
		s.count = v.count(s.Typed, c.Nodes[i], s.Filter)
	}
	for _, d := range found {
		shown := difference{Difference: d, To: v.typeLink(d.Type, ""), Points: fmt.Sprintf("%+.1f", 100*d.Score)}
		for i, s := range sides {
			both := ask.And(s.Filter, d.Filter)
			shown.Sides[i] = v.count("", d.Nodes[i], both)
			if len(both.String()) > ask.MaxLength {
				shown.Sides[i].To = "" // it could not be read
			}
			shown.Sides[i].Share = 100 * c.Share(i, d)
		}
		all = append(all, shown)
	}
	return all, more && from+size < mostDifferences, nil
}

// compareCSV sends the greatest differences.
func (u *UI) compareCSV(v *visit, w http.ResponseWriter) error {
	sides := v.sides()
	if wrong := sides[0].Wrong + sides[1].Wrong; wrong != "" {
		return &problem{Status: http.StatusBadRequest, Title: "The filter cannot be read", Advice: wrong}
	}
	all, _, err := v.differences(&sides, 0, differencesInCSV)
	if err != nil {
		return err
	}
	startCSV(w, "differences")
	rows := csv.NewWriter(w)
	_ = rows.Write([]string{"Type", "Filter", "NodesA", "NodesB", "Points"}) // these fail only if the browser has gone
	for _, d := range all {
		_ = rows.Write([]string{string(d.Type), d.Filter.String(), strconv.Itoa(d.Nodes[0]), strconv.Itoa(d.Nodes[1]), d.Points})
	}
	rows.Flush()
	return nil
}
