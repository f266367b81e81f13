package ui

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster"
	"muster/internal/ask"
	"muster/internal/schema"
)

// nodesPage is a page of a list of nodes.
type nodesPage struct {
	List      nodeList
	Count     int
	Wrong     string // what is wrong with the filter
	Typed     string // the filter as it was written
	Columns   []column
	Rows      []shownRow
	Next      string
	First     string // the first page, if this is another
	CSV, JSON string
	Command   string
	Everyone  string // the list without the condition on silence
	Short     []ask.ShortName
	Kept      viewShelf
}

// column is what the list can show of a node.
type column struct {
	Key, Name    string
	Chosen       bool
	Sort, Sorted string // the address of the list in this order, and which one it is in: "ascending", "descending" or nothing
}

// shownRow is a row with a cell for each chosen column.
type shownRow struct {
	ID    muster.NodeID
	Cells []cell
}

// cell is a text, or a time if it is not zero.
type cell struct {
	Text string
	Time time.Time
}

// nodesOnPage is how many rows a page has.
const nodesOnPage = 100

func (u *UI) nodes(v *visit) (view, error) {
	l, err := v.readNodeList()
	p := nodesPage{List: l, Typed: v.FormValue("q"), Short: ask.ShortNames()}
	shown := view{Template: "nodes.html", Title: "Nodes"}
	if _, isProblem := errors.AsType[*problem](err); isProblem {
		return shown, err
	}
	if err != nil {
		p.Wrong, p.Columns = wrongFilter(err), l.columns()
		shown.Page, shown.Status = p, http.StatusBadRequest
		return shown, nil
	}
	if p.Kept, err = v.shelf("nodes"); err != nil {
		return shown, err
	}
	after := v.after()
	ids, more, count, err := l.countedPage(v.Context(), after, nodesOnPage)
	if err != nil {
		return shown, err
	}
	p.Count = count
	p.Columns = l.columns()
	for i, id := range ids {
		n := v.row(id)
		p.Rows = append(p.Rows, n.shown(l.Columns))
		if more && i == len(ids)-1 {
			p.Next = l.next(l.placeOf(n))
		}
	}
	if after != nil {
		p.First = v.link("nodes", l.pairs()...)
	}
	p.CSV, p.JSON = v.link("nodes.csv", l.pairs()...), v.link("nodes.ndjson", l.pairs()...)
	everyone := l
	everyone.Silence, everyone.Sort = silence{}, ""
	p.Everyone = v.link("nodes", everyone.pairs()...)
	p.Command = l.command()
	shown.Page = p
	return shown, nil
}

// wrongFilter says what is wrong without the words of the API.
func wrongFilter(err error) string {
	if known, ok := errors.AsType[*muster.Error](err); ok {
		return known.Message
	}
	return err.Error()
}

func (l nodeList) command() string {
	if filter := l.Filter.String(); filter != "" {
		return l.v.command("muster", "nodes", filter)
	}
	return l.v.command("muster", "nodes")
}

// columns are the attributes of AWS:InstanceInformation that the catalogue or some node has, and the fleet's own; first those that
// were chosen, in their order.
func (l nodeList) columns() []column {
	keys := slices.Clone(l.Columns)
	info, _ := schema.Builtin(muster.TypeInstanceInformation)
	for _, a := range info.Attributes {
		keys = append(keys, a.Name)
	}
	for _, a := range l.v.snapshot.Attributes(muster.TypeInstanceInformation) {
		keys = append(keys, a.Name)
	}
	keys = append(keys, heardColumn, knownColumn)
	var columns []column
	for i, key := range keys {
		if slices.Contains(keys[:i], key) || key == "InstanceId" {
			continue
		}
		columns = append(columns, l.column(key, i < len(l.Columns)))
	}
	return columns
}

func (l nodeList) column(key string, chosen bool) column {
	c := column{Key: key, Name: columnName(key), Chosen: chosen}
	if l.Silence != (silence{}) && !ofTime(key) {
		return c
	}
	to := l
	to.Sort, to.Desc = key, false
	if l.Sort == key {
		to.Desc, c.Sorted = !l.Desc, "ascending"
		if l.Desc {
			c.Sorted = "descending"
		}
	}
	c.Sort = l.v.link("nodes", to.pairs()...)
	return c
}

// columnName is what the head of a column says.
func columnName(key string) string {
	switch key {
	case heardColumn:
		return "Last heard of"
	case knownColumn:
		return "Known since"
	}
	return key
}

// Chosen are the columns to show.
func (p nodesPage) Chosen() []column {
	return slices.DeleteFunc(slices.Clone(p.Columns), func(c column) bool { return !c.Chosen })
}

func (n nodeRow) shown(columns []string) shownRow {
	row := shownRow{ID: n.ID}
	for _, c := range columns {
		row.Cells = append(row.Cells, n.cell(c))
	}
	return row
}

func (n nodeRow) cell(column string) cell {
	switch column {
	case heardColumn:
		return cell{Time: n.sign.Heard.Time()}
	case knownColumn:
		return cell{Time: n.sign.Registered.Time()}
	}
	text, _ := n.info.Get(column)
	return cell{Text: text}
}

// find leads from the words in the search field to a node or to a list: what is no filter is the beginning of a name, an id or an
// address.
func (u *UI) find(v *visit, w http.ResponseWriter) error {
	words := strings.TrimSpace(v.FormValue("find"))
	if id := muster.NodeID(words); v.snapshot.Has(id) {
		http.Redirect(w, v.Request, v.link("nodes/"+string(id)), http.StatusSeeOther)
		return nil
	}
	f, err := ask.Parse(words)
	if err != nil {
		info := string(muster.TypeInstanceInformation)
		f = ask.Or(ask.BeginsWith(info+".ComputerName", words), ask.BeginsWith(info+".InstanceId", words), ask.BeginsWith(info+".IpAddress", words))
	}
	http.Redirect(w, v.Request, v.link("nodes", "q", f.String()), http.StatusSeeOther)
	return nil
}
