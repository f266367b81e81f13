package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
	"muster/internal/server"
	"muster/internal/ssmapi"
)

// entriesOnPage is how many rows a page has.
const entriesOnPage = 200

// entriesPage is what a node has of a type, or what of it has some words.
type entriesPage struct {
	Type        muster.TypeName
	Version     muster.Version
	Captured    muster.CaptureTime
	Words       string
	All, Found  int
	From, To    int // of those found, from 1
	Columns     []string
	Rows        []entryRow
	First, Next string
}

// entryRow has a text for each column. To is the list of all nodes that have the first of them.
type entryRow struct {
	To    string
	Cells []string
}

func (v *visit) entries(id muster.NodeID, t muster.TypeName) *entriesPage {
	p := &entriesPage{Type: t, Words: strings.TrimSpace(v.FormValue("find"))}
	items := v.snapshot.Items(id, t)
	for _, it := range items {
		p.Version, p.Captured = it.Version, max(p.Captured, it.Captured)
	}
	from, _ := strconv.Atoi(v.FormValue("from")) // what is no number is the first page
	from = max(0, from)
	var shown []muster.Entry
	for _, e := range server.Entries(items, 0) {
		p.All++
		if !says(e, p.Words) {
			continue
		}
		if p.Found >= from && len(shown) < entriesOnPage {
			shown = append(shown, e)
		}
		p.Found++
	}
	p.From, p.To = min(from+1, p.Found), from+len(shown)
	link := func(from string) string {
		return v.nodeLink(id, "", "type", string(t), "find", p.Words, "from", from)
	}
	if from > 0 {
		p.First = link("")
	}
	if p.To < p.Found {
		p.Next = link(strconv.Itoa(p.To))
	}
	p.table(v, shown)
	return p
}

// says tells whether one of the entry's values has the words in it, whatever the letter case.
func says(e muster.Entry, words string) bool {
	words = strings.ToLower(words)
	return words == "" || slices.ContainsFunc(e, func(f muster.Field) bool { return strings.Contains(strings.ToLower(f.Value), words) })
}

// table lays the entries out in the columns of the schema, and then of what else they have; a column that none of them uses is left
// out.
func (p *entriesPage) table(v *visit, entries []muster.Entry) {
	used := map[string]bool{}
	var others []string
	for _, e := range entries {
		for _, f := range e {
			if !used[f.Name] {
				used[f.Name] = true
				others = append(others, f.Name)
			}
		}
	}
	slices.Sort(others)
	for _, name := range append(v.attributesOf(p.Type), others...) {
		if used[name] {
			p.Columns = append(p.Columns, name)
			used[name] = false
		}
	}
	for _, e := range entries {
		row := entryRow{}
		for i, name := range p.Columns {
			value, _ := e.Get(name)
			if row.Cells = append(row.Cells, value); i == 0 && value != "" {
				row.To = v.link("nodes", "q", ask.Equal(query.Attr{Type: p.Type, Name: name}.String(), value).String())
			}
		}
		p.Rows = append(p.Rows, row)
	}
}

// attributesOf gives the attributes of a type in the order of its schema, which for a custom type is by name.
func (v *visit) attributesOf(t muster.TypeName) []string {
	return server.AttributesOf(v.ui.Fleet, v.caller.Space, t)
}

// rawNode sends what a node has, of one type or of all, as ListInventoryEntries gives it.
func (u *UI) rawNode(v *visit, w http.ResponseWriter) error {
	id := muster.NodeID(v.PathValue("node"))
	if !v.snapshot.Has(id) {
		return noNode(id)
	}
	all := []ssmapi.ListInventoryEntriesOutput{}
	for _, t := range v.typesOf(id) {
		if only := v.FormValue("type"); only != "" && only != string(t.Type) {
			continue
		}
		out := ssmapi.ListInventoryEntriesOutput{TypeName: t.Type, InstanceId: id, SchemaVersion: t.Version, CaptureTime: t.Captured, Entries: ssmapi.Entries{}}
		for _, e := range server.Entries(v.snapshot.Items(id, t.Type), 0) {
			out.Entries = append(out.Entries, e)
		}
		all = append(all, out)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.MarshalWrite(w, all, jsontext.WithIndent("  ")) // fails only if the browser has gone
	return nil
}
