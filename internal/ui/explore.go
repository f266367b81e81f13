package ui

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
	"muster/internal/server"
)

// exploration is what an address explores: the nodes that pass a filter, by the values of an attribute, and in groups.
type exploration struct {
	v         *visit
	Filter    ask.Filter
	Type      muster.TypeName // whose attributes are offered
	Attribute string          // whose values are counted; empty if the type has none
	By        []query.Attr
	where     query.Where
	attribute ask.Attribute
}

// explorePage is an exploration and what it finds.
type explorePage struct {
	exploration
	Typed, Wrong     string // the filter as it was written, and what is wrong with the address
	Chips            []chip
	Types            []muster.TypeName
	Attributes       []attributeTab
	Keys             []string // of all attributes that there are, in full
	Operators        []operator
	Matching, Others count
	Facet            facet
	Groups           groups
	Question         exploredQuestion
	Took             string
	Kept             viewShelf
	Fill             string // the command that reports something
}

// attributeTab is an attribute of the type.
type attributeTab struct {
	Name, To string
	Here     bool
}

// mostLevels is by how many attributes one can group.
const mostLevels = 3

func (u *UI) explore(v *visit) (view, error) {
	shown := view{Template: "explore.html", Title: "Explore"}
	x, err := v.readExploration()
	p := explorePage{
		exploration: x, Typed: v.FormValue("q"), Types: x.types(), Operators: operators(),
		Fill: v.command("muster", "put", "mi-0123456789abcdef0", "AWS:Application", "Name=openssl", "Version=3.0.7"),
	}
	if err == nil {
		err = p.fill()
	} else {
		p.Wrong, shown.Status, err = wrongFilter(err), http.StatusBadRequest, nil
	}
	p.offer()
	shown.Page = p
	return shown, err
}

// readExploration reads the address. What is wrong with it is an *ask.Error or an error of the fleet's.
func (v *visit) readExploration() (x exploration, err error) {
	x = exploration{v: v, Type: muster.TypeName(v.FormValue("type")), Attribute: v.FormValue("attribute")}
	x.attribute = server.Attribute(v.ui.Fleet, v.caller.Space, v.snapshot)
	x.choose()
	if x.Filter, err = ask.Parse(v.FormValue("q")); err != nil {
		return x, err
	}
	if x.where, err = x.Filter.Where(x.attribute); err != nil {
		return x, err
	}
	if x.Attribute != "" {
		if _, err := x.attribute(x.counted().String()); err != nil {
			return x, err
		}
	}
	for _, key := range v.Form["by"] {
		if strings.TrimSpace(key) == "" || len(x.By) == mostLevels {
			continue
		}
		a, err := x.attribute(x.key(key))
		if err != nil {
			return x, err
		}
		if !slices.Contains(x.By, a) {
			x.By = append(x.By, a)
		}
	}
	return x, nil
}

// choose picks a type and an attribute where the address names none.
func (x *exploration) choose() {
	if types := x.types(); x.Type == "" && len(types) > 0 {
		x.Type = types[0]
		if slices.Contains(types, muster.TypeInstanceInformation) {
			x.Type = muster.TypeInstanceInformation
		}
	}
	if names := x.attributes(); x.Attribute == "" && len(names) > 0 {
		x.Attribute = names[0]
		if x.Type == muster.TypeInstanceInformation && slices.Contains(names, "PlatformName") {
			x.Attribute = "PlatformName" // the first is the node's id
		}
	}
}

// counted is the attribute whose values are counted.
func (x exploration) counted() query.Attr { return query.Attr{Type: x.Type, Name: x.Attribute} }

// types gives those that some node holds.
func (x exploration) types() (names []muster.TypeName) {
	for _, t := range x.v.snapshot.Types() {
		if t.Nodes > 0 {
			names = append(names, t.Type)
		}
	}
	return names
}

// attributes gives those of the type that some node has, in the order of the schema.
func (x exploration) attributes() (names []string) {
	var held []string
	for _, a := range x.v.snapshot.Attributes(x.Type) {
		held = append(held, a.Name)
	}
	for _, name := range append(x.v.attributesOf(x.Type), held...) {
		if slices.Contains(held, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// key gives the full key for the words in a form: that of a short name, or of an attribute of the type, or what was written.
func (x exploration) key(words string) string {
	words = strings.TrimSpace(words)
	if key, ok := ask.Key(words); ok {
		return key
	}
	if strings.Contains(words, ":") {
		return words
	}
	return query.Attr{Type: x.Type, Name: words}.String()
}

// link is the address of the exploration.
func (x exploration) link() string { return x.at("explore") }

func (x exploration) at(path string) string {
	pairs := []string{"q", x.Filter.String(), "type", string(x.Type), "attribute", x.Attribute}
	for _, a := range x.By {
		pairs = append(pairs, "by", a.String())
	}
	return x.v.link(path, pairs...)
}

// with is the address of the same with another filter; empty if that could not be read.
func (x exploration) with(f ask.Filter) string {
	if x.Filter = f; len(f.String()) > ask.MaxLength {
		return ""
	}
	return x.link()
}

// nodes makes a number that leads to the nodes of a filter. The share is that of so many.
func (x exploration) nodes(label string, n int, f ask.Filter, of int) count {
	c := x.v.count(label, n, f)
	if len(f.String()) > ask.MaxLength {
		c.To = ""
	}
	c.Share = 100 * float64(n) / float64(max(1, of))
	return c
}

// fill asks what the page shows.
func (p *explorePage) fill() error {
	began, all := time.Now(), p.v.snapshot.Nodes()
	tallies, err := p.v.snapshot.Count(p.v.Context(), nil, []query.Aggregation{{Groups: []query.Group{{Where: p.where}}}})
	if err != nil {
		return err
	}
	passed := tallies[0].Groups[0]
	p.Matching = p.nodes("", passed.Matching, p.Filter, all)
	if parts := p.Filter.Parts(); len(parts) > 0 {
		p.Others = p.nodes("", passed.Not, ask.Not(p.Filter), all)
		p.Chips = p.chips(parts)
	}
	if p.Facet, err = p.facet(passed.Matching); err != nil {
		return err
	}
	if p.Groups, err = p.group(passed.Matching); err != nil {
		return err
	}
	p.Took = milliseconds(time.Since(began))
	if p.Question, err = p.question(); err != nil {
		return err
	}
	p.Kept, err = p.v.shelf("explore")
	return err
}

// offer adds what there is to choose from.
func (p *explorePage) offer() {
	for _, name := range p.attributes() {
		to := p.exploration
		to.Attribute = name
		p.Attributes = append(p.Attributes, attributeTab{name, to.link(), name == p.Attribute})
	}
	for _, t := range p.Types {
		for _, a := range p.v.snapshot.Attributes(t) {
			p.Keys = append(p.Keys, query.Attr{Type: t, Name: a.Name}.String())
		}
	}
}

// Levels are the keys in the fields that one groups by.
func (x exploration) Levels() [mostLevels]string {
	var keys [mostLevels]string
	for i, a := range x.By {
		keys[i] = a.String()
	}
	return keys
}
