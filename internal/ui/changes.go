package ui

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
	"muster/internal/access"
	"muster/internal/ask"
	"muster/internal/history"
	"muster/internal/query"
	"muster/internal/server"
	"muster/internal/ssmapi"
)

// changesPage is what the last reports of a node changed.
type changesPage struct {
	Reports   []changedType
	Operation string // that gives the same
	Request   string // its JSON
	Fill      string // a command that makes a change
}

// changedType is what one report changed of a type.
type changedType struct {
	Type     string // and the sub-type
	To       string // what the node has of it now
	Reported time.Time
	Captured muster.CaptureTime
	Unknown  bool

	Added, Removed, Changed int
	Rows                    []changedEntry
	More                    int // that are not kept
}

// changedEntry is an entry that came, went, or is another than before.
type changedEntry struct {
	What        string
	Thing       []muster.Field // the first of them as a link, if To is not empty
	To          string
	Differences []history.Difference
}

func (u *UI) nodeChanges(v *visit) (view, error) {
	id := muster.NodeID(v.PathValue("node"))
	if !v.snapshot.Has(id) {
		return view{}, noNode(id)
	}
	p := nodePage{ID: id, Types: v.typesOf(id), Changes: &changesPage{Operation: string(access.ListInventoryChanges)}}
	p.Name, _ = v.infoOf(id).Get("ComputerName")
	p.tabs(v, v.nodeLink(id, "/changes"))
	p.Raw, p.Command = v.nodeLink(id, "/raw"), v.command("muster", "node", string(id), "--changes")
	if err := p.Changes.fill(v, id); err != nil {
		return view{}, err
	}
	return view{Template: "node.html", Title: nodeTitle(p.Name, id) + " · Changes", Page: p}, nil
}

func (p *changesPage) fill(v *visit, id muster.NodeID) error {
	changes, err := server.Changes(v.Context(), v.ui.Fleet, v.caller.Space, id)
	if err != nil {
		return err
	}
	for _, c := range changes {
		p.Reports = append(p.Reports, v.changedType(id, c))
	}
	if v.may(access.PutInventory) {
		p.Fill = v.command("muster", "put", string(id), "Custom:RackInfo", "Row=C")
	}
	request, err := json.Marshal(ssmapi.ListInventoryChangesInput{InstanceId: &id}, jsontext.WithIndent("  "))
	p.Request = string(request)
	return err
}

func (v *visit) changedType(id muster.NodeID, c server.Change) changedType {
	told := changedType{
		Type: string(c.Type), To: v.nodeLink(id, "", "type", string(c.Type)), Reported: c.Reported, Captured: c.Captured, Unknown: c.Unknown,
		Added: c.Added, Removed: c.Removed, Changed: c.Changed, More: c.Added + c.Removed + c.Changed - len(c.Rows),
	}
	if c.SubType != "" {
		told.Type += " " + c.SubType
	}
	for _, r := range c.Rows {
		told.Rows = append(told.Rows, v.changedEntry(c.Type, r))
	}
	return told
}

func (v *visit) changedEntry(t muster.TypeName, r history.Row) changedEntry {
	e := changedEntry{What: "Changed", Thing: r.Thing(), Differences: r.Differences()}
	for i, d := range e.Differences {
		e.Differences[i].Before, e.Differences[i].After = beginning(d.Before), beginning(d.After)
	}
	switch {
	case r.Before == nil:
		e.What = "Added"
	case r.After == nil:
		e.What = "Removed"
	}
	if len(e.Thing) == 0 {
		return e
	}
	first := e.Thing[0]
	e.To = v.link("nodes", "q", ask.Equal(query.Attr{Type: t, Name: first.Name}.String(), first.Value).String())
	if t == "AWS:Application" && first.Name == "Name" && r.After != nil { // the page of one that nobody has is an error
		e.To = v.applicationLink(first.Value, "")
	}
	return e
}

// beginning gives so much of a long text as fits a line: the operation has all of it.
func beginning(text string) string {
	const fits = 120
	if runes := []rune(text); len(runes) > fits {
		return string(runes[:fits]) + "…"
	}
	return text
}
