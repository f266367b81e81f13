package ui

import (
	"net/url"
	"slices"
	"strconv"

	"muster"
	"muster/internal/ask"
	"muster/internal/fleet"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/schema"
	"muster/internal/server"
)

// typesPage is all types that there are.
type typesPage struct {
	Held      []typeRow // by some node
	Others    []typeRow
	Deletions []deletion
	Command   string
	Fill      string // the command that makes a custom type
}

// typeRow is how much there is of a type.
type typeRow struct {
	index.TypeStats
	To              string
	Having, Lacking count
	Schema          muster.Version // the catalogue's, or the highest that was put
	Disabled        muster.Version // up to which puts are ignored
	Attributes      int
}

func (u *UI) types(v *visit) (view, error) {
	p := typesPage{
		Deletions: v.deletions(""), Command: v.command("muster", "types"),
		Fill: v.command("muster", "put", "mi-0123456789abcdef0", "Custom:RackInfo", "Row=C", "Rack=7"),
	}
	var names []muster.TypeName
	for _, s := range schema.All() {
		names = append(names, s.Type)
	}
	names = append(names, u.Fleet.CustomTypes(v.caller.Space)...)
	held := v.snapshot.Types()
	for _, t := range held { // what is still there of a type whose schema was deleted
		if !slices.Contains(names, t.Type) {
			names = append(names, t.Type)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		row := v.typeRow(name, held)
		if row.Nodes > 0 {
			p.Held = append(p.Held, row)
		} else {
			p.Others = append(p.Others, row)
		}
	}
	return view{Template: "types.html", Title: "Types", Page: p}, nil
}

// typeRow reads what there is of a type among those that nodes hold.
func (v *visit) typeRow(t muster.TypeName, held []index.TypeStats) typeRow {
	row := typeRow{TypeStats: index.TypeStats{Type: t}, To: v.typeLink(t, "")}
	for _, h := range held {
		if h.Type == t {
			row.TypeStats = h
		}
	}
	row.Having = v.count("", row.Nodes, ask.Has(t))
	row.Lacking = v.count("", v.snapshot.Nodes()-row.Nodes, ask.Lacks(t))
	row.Attributes = len(v.attributesOf(t))
	if builtin, ok := schema.Builtin(t); ok {
		row.Schema = builtin.Version
	} else if custom := v.ui.Fleet.CustomType(v.caller.Space, t); custom != nil {
		row.Schema, row.Disabled = custom.Versions[len(custom.Versions)-1].Version, custom.DisabledUpTo
	}
	return row
}

// typeLink is the address of a type, or of something below it.
func (v *visit) typeLink(t muster.TypeName, below string, pairs ...string) string {
	return v.link("types/"+url.PathEscape(string(t))+below, pairs...)
}

// typePage is one type and its attributes.
type typePage struct {
	typeRow
	All       []attributeRow
	Deletable bool // by this caller
	Delete    string
	Deletions []deletion
	Command   string
}

// attributeRow is how much there is of an attribute.
type attributeRow struct {
	index.AttributeStats
	To    string // its values
	Known bool   // to the schema
}

func (u *UI) oneType(v *visit) (view, error) {
	t := muster.TypeName(v.PathValue("type"))
	p := typePage{
		typeRow: v.typeRow(t, v.snapshot.Types()), Deletions: v.deletions(t), Command: v.command("muster", "types", string(t)),
		Deletable: t.Custom() && v.may(needsDelete), Delete: v.typeLink(t, "/delete"),
	}
	if p.Schema == "" && p.Nodes == 0 && len(p.Deletions) == 0 {
		return view{}, noType(t)
	}
	known := v.attributesOf(t)
	for _, a := range v.snapshot.Attributes(t) {
		p.All = append(p.All, attributeRow{AttributeStats: a, Known: slices.Contains(known, a.Name), To: v.typeLink(t, "/values", "attribute", a.Name)})
	}
	for _, name := range known {
		if !slices.ContainsFunc(p.All, func(a attributeRow) bool { return a.Name == name }) {
			p.All = append(p.All, attributeRow{AttributeStats: index.AttributeStats{Name: name}, Known: true})
		}
	}
	return view{Template: "type.html", Title: string(t), Page: p}, nil
}

// valuesPage is the values of an attribute and the nodes that have them.
type valuesPage struct {
	Type            muster.TypeName
	Attribute, Back string
	Values          []count
	From, To        int
	First, Next     string
	Command         string
}

// valuesOnPage is how many values a page has.
const valuesOnPage = 100

func (u *UI) values(v *visit) (view, error) {
	t := muster.TypeName(v.PathValue("type"))
	p := valuesPage{Type: t, Attribute: v.FormValue("attribute"), Back: v.typeLink(t, "")}
	a, err := server.Attribute(u.Fleet, v.caller.Space, v.snapshot)(string(t) + "." + p.Attribute)
	if err != nil {
		return view{}, err
	}
	from, _ := strconv.Atoi(v.FormValue("from")) // what is no number is the first page
	from = max(0, from)
	tallies, more, err := v.snapshot.CountPage(v.Context(), nil, []query.Aggregation{{By: a}}, from, valuesOnPage)
	if err != nil {
		return view{}, err
	}
	for _, b := range tallies[0].Buckets {
		value := v.snapshot.Spelling(a, b.Value)
		p.Values = append(p.Values, v.count(value, b.Count, ask.Equal(a.String(), value)))
	}
	p.From, p.To = from+1, from+len(p.Values)
	if from > 0 {
		p.First = v.typeLink(t, "/values", "attribute", p.Attribute)
	}
	if more {
		p.Next = v.typeLink(t, "/values", "attribute", p.Attribute, "from", strconv.Itoa(p.To))
	}
	p.Command = v.command("muster", "count", a.String())
	return view{Template: "values.html", Title: a.String(), Page: p}, nil
}

// deletion is a DeleteInventory job, as far as it is.
type deletion struct {
	fleet.DeletionRecord
	To               string
	Count, Remaining int
}

// deletions gives those of a type that are remembered, or all, the newest first.
func (v *visit) deletions(of muster.TypeName) []deletion {
	var all []deletion
	for _, d := range v.ui.Fleet.Deletions(v.caller.Space) {
		if of == "" || d.Type == of {
			all = append(all, v.deletion(d))
		}
	}
	return all
}

func (v *visit) deletion(r fleet.DeletionRecord) deletion {
	d := deletion{DeletionRecord: r, To: v.link("deletions/" + url.PathEscape(r.ID))}
	d.Count, d.Remaining = r.Total()
	return d
}

// Done is how many items are gone.
func (d deletion) Done() int { return d.Count - d.Remaining }
