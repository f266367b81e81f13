package ui

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"muster"
	"muster/internal/ask"
	"muster/internal/index"
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

// difference is something that one side has more often, and on how many of its nodes.
type difference struct {
	Type   muster.TypeName
	To     string         // the type
	Fields []muster.Field // none for the type as such
	Filter ask.Filter
	Sides  [2]count
	Points string // by how many hundredths of the nodes the first side is ahead
}

const (
	differencesOnPage = 100
	differencesInCSV  = 1000
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
	for _, s := range p.Sides {
		p.Commands = append(p.Commands, nodeList{v: v, Filter: s.Filter}.command())
	}
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
	found, err := v.snapshot.Compare(v.Context(), sides[0].where, sides[1].where, from+size)
	if err != nil {
		return nil, false, err
	}
	var filters []ask.Filter
	for _, d := range found.Differences[min(from, len(found.Differences)):] {
		if shown, ok := v.difference(d); ok {
			all, filters = append(all, shown), append(filters, shown.Filter)
		}
	}
	for i := range sides {
		s := &sides[i]
		s.count = v.count(s.Typed, found.Nodes[i], s.Filter)
		// Entries that a filter cannot tell from one another are counted together here, as in the list that the number leads to.
		nodes, err := v.countEach(s.where, filters)
		if err != nil {
			return nil, false, err
		}
		for at := range all {
			both := ask.And(s.Filter, all[at].Filter)
			c := v.count("", nodes[at], both)
			if len(both.String()) > ask.MaxLength {
				c.To = "" // it could not be read
			}
			c.Share = 100 * float64(c.Nodes) / float64(max(1, s.Nodes))
			all[at].Sides[i] = c
		}
	}
	for at := range all {
		all[at].Points = fmt.Sprintf("%+.1f", all[at].Sides[0].Share-all[at].Sides[1].Share)
	}
	return all, found.More && from+size < mostDifferences, nil
}

// difference makes the filter for the nodes that have it: of an entry, by those of its attributes that tell it from others. Of an entry
// that has none to ask for, it says false.
func (v *visit) difference(d index.Difference) (shown difference, ok bool) {
	shown = difference{Type: d.Type, To: v.typeLink(d.Type, ""), Fields: d.Entry, Filter: ask.Has(d.Type)}
	if d.Entry == nil {
		return shown, true
	}
	names := v.attributesOf(d.Type)
	for _, f := range d.Entry {
		names = append(names, f.Name) // those that no schema knows; the others are there already, and tell nothing more
	}
	telling := v.snapshot.Telling(d.Type, d.Entry, names)
	if d.Whole {
		shown.Fields = telling
	} else {
		telling = telling[:min(1, len(telling))] // entries that have one of them have all
	}
	var equals []ask.Filter
	for _, f := range telling {
		equals = append(equals, ask.Equal(query.Attr{Type: d.Type, Name: f.Name}.String(), f.Value))
	}
	shown.Filter = ask.Apart(ask.And(equals...))
	return shown, len(equals) > 0
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
		_ = rows.Write([]string{string(d.Type), d.Filter.String(), strconv.Itoa(d.Sides[0].Nodes), strconv.Itoa(d.Sides[1].Nodes), d.Points})
	}
	rows.Flush()
	return nil
}
