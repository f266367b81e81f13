package ui

import (
	"net/http"
	"net/url"
	"time"

	"muster"
	"muster/internal/fleet"
	"muster/internal/server"
)

// nodePage is one node: what is known of it, or what it has of one type.
type nodePage struct {
	ID      muster.NodeID
	Name    string
	Facts   []fact
	Tabs    []tab
	Types   []heldType
	Tags    []muster.Tag
	ToTag   string // the command that gives it one
	SetTag  string // what a form that gives it one is sent to; empty if the visitor may not, or has to ask EC2
	Orders  []order
	Entries *entriesPage // of the type that is shown; nil for the node itself
	Changes *changesPage // nil unless it is shown
	Raw     string       // the same as JSON
	Command string
}

// fact is a word on a node. Its time goes before its text.
type fact struct {
	Name, Text string
	Time       time.Time
}

type tab struct {
	Name, To string
	Entries  int
	Here     bool
}

// heldType is what a node has of one type, the items of its sub-types taken together.
type heldType struct {
	Type     muster.TypeName
	To       string
	Version  muster.Version
	Captured muster.CaptureTime
	Reported time.Time // zero for AWS:InstanceInformation
	Entries  int
}

// order is an association that targets the node, and how its last run went.
type order struct {
	fleet.AssociationRecord
	Status, Summary string
	Executed        time.Time
}

func (u *UI) node(v *visit) (view, error) {
	id := muster.NodeID(v.PathValue("node"))
	if !v.snapshot.Has(id) {
		return view{}, noNode(id)
	}
	info := v.infoOf(id)
	p := nodePage{ID: id, Types: v.typesOf(id)}
	p.Name, _ = info.Get("ComputerName")
	shown := muster.TypeName(v.FormValue("type"))
	p.tabs(v, v.nodeLink(id, "", "type", string(shown)))
	if shown != "" {
		p.Entries = v.entries(id, shown)
		p.Raw, p.Command = v.nodeLink(id, "/raw", "type", string(shown)), v.command("muster", "node", string(id), string(shown))
		return view{Template: "node.html", Title: nodeTitle(p.Name, id) + " · " + string(shown), Page: p}, nil
	}
	p.Facts = v.facts(id, info)
	p.Tags, _ = fleet.TagsOf(v.snapshot, id)
	if managed(id) && v.may(needsTags) && v.may(needsRemoveTags) {
		p.SetTag = v.nodeLink(id, "/tags")
	}
	p.ToTag, p.Orders = v.tagCommand(id), v.orders(id)
	p.Raw, p.Command = v.nodeLink(id, "/raw"), v.command("muster", "node", string(id))
	return view{Template: "node.html", Title: nodeTitle(p.Name, id), Page: p}, nil
}

func noNode(id muster.NodeID) error {
	return &problem{Status: http.StatusNotFound, Title: "There is no node " + string(id),
		Advice: "Its data may have expired, or it is in another region. Nodes come with their first report."}
}

// nodeTitle is what a node is called.
func nodeTitle(name string, id muster.NodeID) string {
	if name != "" {
		return name
	}
	return string(id)
}

// nodeLink is the address of a node, or of something below it.
func (v *visit) nodeLink(id muster.NodeID, below string, pairs ...string) string {
	return v.link("nodes/"+url.PathEscape(string(id))+below, pairs...)
}

// tabs leads to the node itself, to its changes and to each type that it has.
func (p *nodePage) tabs(v *visit, here string) {
	p.Tabs = append(p.Tabs, tab{Name: "Node", To: v.nodeLink(p.ID, "")}, tab{Name: "Changes", To: v.nodeLink(p.ID, "/changes")})
	for _, t := range p.Types {
		p.Tabs = append(p.Tabs, tab{Name: string(t.Type), To: t.To, Entries: t.Entries})
	}
	for i, t := range p.Tabs {
		p.Tabs[i].Here = t.To == here
	}
}

// typesOf gives what the node has, by type.
func (v *visit) typesOf(id muster.NodeID) []heldType {
	var types []heldType
	for _, t := range v.snapshot.Types() {
		items := v.snapshot.Items(id, t.Type)
		if len(items) == 0 {
			continue
		}
		held := heldType{Type: t.Type, To: v.nodeLink(id, "", "type", string(t.Type))}
		for _, it := range items {
			held.Version, held.Captured, held.Entries = it.Version, max(held.Captured, it.Captured), held.Entries+it.Len()
			if it.Reported.After(held.Reported) {
				held.Reported = it.Reported
			}
		}
		types = append(types, held)
	}
	return types
}

// facts are what the node says of itself, then what the fleet knows of it.
func (v *visit) facts(id muster.NodeID, info muster.Entry) []fact {
	var facts []fact
	for _, f := range info {
		if f.Name != "InstanceId" && f.Value != "" {
			facts = append(facts, fact{Name: f.Name, Text: f.Value})
		}
	}
	record, ok := v.ui.Fleet.Node(v.caller.Space, id)
	if !ok {
		return facts
	}
	facts = append(facts, fact{Name: "Known since", Time: record.Registered}, fact{Name: "Last report", Time: record.Reported})
	if record.Ping != nil {
		facts = append(facts, fact{Name: "Last ping", Time: record.Ping.Last})
	}
	if r := record.Registration; r != nil {
		facts = append(facts, fact{Name: "Registered by activation", Text: r.Activation})
	}
	return facts
}

// orders are the associations that target the node: it runs the first, and skips the others.
func (v *visit) orders(id muster.NodeID) []order {
	all, err := v.ui.Fleet.AssociationsOf(v.caller.Space, id)
	if err != nil {
		return nil // of a node that is gone
	}
	var orders []order
	for i, a := range all {
		o := order{AssociationRecord: a}
		var told *muster.Execution
		if e, ok := v.ui.Fleet.Execution(v.caller.Space, id, a.ID); ok {
			told, o.Summary, o.Executed = &e, e.Summary, e.Executed.Time()
		}
		if o.Status = a.DetailedStatus(told); i > 0 {
			o.Status = server.StatusSkipped
		}
		orders = append(orders, o)
	}
	return orders
}
