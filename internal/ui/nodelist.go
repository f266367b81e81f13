package ui

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strconv"

	"muster"
	"muster/internal/ask"
	"muster/internal/fleet"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/server"
)

// nodeList is a list of nodes as an address asks for it: a filter, in which order, and with which columns.
type nodeList struct {
	v       *visit
	Filter  ask.Filter
	Silence silence
	Sort    string // a column; empty is by id
	Desc    bool
	Columns []string
	where   query.Where
}

// place is the last node of the page before, and what the order has of it.
type place struct {
	Node  muster.NodeID
	Value string
	Has   bool
}

// readNodeList reads the address. What is wrong with the filter is an *ask.Error or an error of the fleet's.
func (v *visit) readNodeList() (nodeList, error) {
	l := nodeList{v: v, Sort: v.FormValue("sort"), Desc: v.FormValue("desc") != "", Columns: v.Form["col"]}
	if l.Columns = l.Columns[:min(len(l.Columns), maxColumns)]; len(l.Columns) == 0 {
		l.Columns = defaultColumns()
	}
	var err error
	if l.Silence, err = readSilence(v.FormValue("silent")); err != nil {
		return l, err
	}
	if l.Silence != (silence{}) && !ofTime(l.Sort) { // the index knows nothing of silence
		l.Sort = heardColumn
	}
	if l.Filter, err = ask.Parse(v.FormValue("q")); err != nil {
		return l, err
	}
	l.where, err = l.Filter.Where(server.Attribute(v.ui.Fleet, v.caller.Space, v.snapshot))
	return l, err
}

// maxColumns is more than anybody looks at.
const maxColumns = 50

func defaultColumns() []string {
	return []string{"ComputerName", "PlatformName", "PlatformVersion", "IpAddress", "InstanceStatus", heardColumn}
}

// ofTime says whether the column is one of the fleet's.
func ofTime(column string) bool { return column == heardColumn || column == knownColumn }

// pairs are what an address says of the list, but for a place in it.
func (l nodeList) pairs() []string {
	pairs := []string{"q", l.Filter.String(), "silent", l.Silence.Param(), "sort", l.Sort}
	if l.Desc {
		pairs = append(pairs, "desc", "1")
	}
	if !slices.Equal(l.Columns, defaultColumns()) {
		for _, c := range l.Columns {
			pairs = append(pairs, "col", c)
		}
	}
	return pairs
}

// next is the address of the page after the place.
func (l nodeList) next(after place) string {
	pairs := append(l.pairs(), "after", string(after.Node))
	if after.Has {
		pairs = append(pairs, "from", "="+after.Value)
	}
	return l.v.link("nodes", pairs...)
}

// after reads the place from the address, nil for the first page.
func (v *visit) after() *place {
	if v.FormValue("after") == "" {
		return nil
	}
	p := &place{Node: muster.NodeID(v.FormValue("after"))}
	if from := v.FormValue("from"); from != "" {
		p.Value, p.Has = from[1:], true
	}
	return p
}

// countedPage gives the first page or one after it, and how many nodes the list has.
func (l nodeList) countedPage(ctx context.Context, after *place, limit int) (ids []muster.NodeID, more bool, count int, err error) {
	if ofTime(l.Sort) { // which has to look at all of them anyway
		return l.pageByTime(ctx, after, limit)
	}
	tallies, err := l.v.snapshot.Count(ctx, l.where, []query.Aggregation{{Groups: []query.Group{{}}}})
	if err != nil {
		return nil, false, 0, err
	}
	ids, more, err = l.page(ctx, after, limit)
	return ids, more, tallies[0].Groups[0].Matching, err
}

// page gives the nodes after the place, and whether there are more.
func (l nodeList) page(ctx context.Context, after *place, limit int) (ids []muster.NodeID, more bool, err error) {
	switch {
	case ofTime(l.Sort):
		ids, more, _, err = l.pageByTime(ctx, after, limit)
		return ids, more, err
	case l.Sort == "":
		if after == nil {
			after = &place{}
		}
		return l.v.snapshot.Select(ctx, l.where, after.Node, limit)
	}
	return l.v.snapshot.SelectSorted(ctx, l.where, index.Order{Attribute: l.Sort, Descending: l.Desc}, (*index.Place)(after), limit)
}

// pageByTime looks at every node of the list.
func (l nodeList) pageByTime(ctx context.Context, after *place, limit int) (ids []muster.NodeID, more bool, count int, err error) {
	compare := l.byTime()
	found := first[fleet.Sign]{most: limit + 1, compare: compare}
	from := fleet.Sign{}
	if after != nil {
		at, err := strconv.ParseInt(after.Value, 10, 64)
		if err != nil {
			return nil, false, 0, noPage
		}
		from = fleet.Sign{Node: after.Node, Heard: muster.Nanos(at), Registered: muster.Nanos(at)}
	}
	signs, err := l.signs(ctx)
	if err != nil {
		return nil, false, 0, err
	}
	included := l.Silence.includes(l.v.ui.Now())
	for s := range signs {
		if !included(s) {
			continue
		}
		count++
		if after == nil || compare(s, from) > 0 {
			found.add(s)
		}
	}
	for _, s := range found.kept[:min(limit, len(found.kept))] {
		ids = append(ids, s.Node)
	}
	return ids, len(found.kept) > limit, count, nil
}

// byTime gives the order of the list, by a time and then by id.
func (l nodeList) byTime() func(a, b fleet.Sign) int {
	timeOf, turned := l.timeOf(), 1
	if l.Desc {
		turned = -1
	}
	return func(a, b fleet.Sign) int {
		if times := cmp.Compare(timeOf(a), timeOf(b)); times != 0 {
			return turned * times
		}
		return cmp.Compare(a.Node, b.Node)
	}
}

// timeOf gives what reads the time that the list is ordered by.
func (l nodeList) timeOf() func(fleet.Sign) muster.Nanos {
	if l.Sort == knownColumn {
		return func(s fleet.Sign) muster.Nanos { return s.Registered }
	}
	return func(s fleet.Sign) muster.Nanos { return s.Heard }
}

// signs gives those of the nodes that pass the filter, in no order.
func (l nodeList) signs(ctx context.Context) (iter.Seq[fleet.Sign], error) {
	if len(l.where) == 0 {
		return l.v.ui.Fleet.Signs(l.v.caller.Space), nil
	}
	ids, _, err := l.v.snapshot.Select(ctx, l.where, "", math.MaxInt-1)
	return l.v.ui.Fleet.SignsOf(l.v.caller.Space, ids...), err
}

// placeOf is where a node of the list is in its order.
func (l nodeList) placeOf(n nodeRow) place {
	p := place{Node: n.ID}
	switch {
	case ofTime(l.Sort):
		p.Value, p.Has = strconv.FormatInt(int64(l.timeOf()(n.sign)), 10), true
	case l.Sort != "":
		p.Value, p.Has = n.info.Get(l.Sort)
	}
	return p
}

// nodeRow is a node of the list.
type nodeRow struct {
	ID   muster.NodeID
	info muster.Entry
	sign fleet.Sign
}

// row reads what there is to show of a node.
func (v *visit) row(id muster.NodeID) nodeRow {
	n := nodeRow{ID: id, info: v.infoOf(id)}
	for n.sign = range v.ui.Fleet.SignsOf(v.caller.Space, id) {
	}
	return n
}

// infoOf gives the AWS:InstanceInformation of a node.
func (v *visit) infoOf(id muster.NodeID) muster.Entry {
	for _, it := range v.snapshot.Items(id, muster.TypeInstanceInformation) {
		for _, e := range it.Entries(0, 1) {
			return e
		}
	}
	return nil
}
