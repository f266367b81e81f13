package ui

import (
	"cmp"
	"fmt"
	"time"

	"muster"
	"muster/internal/ask"
	"muster/internal/fleet"
	"muster/internal/index"
	"muster/internal/query"
)

// overviewPage is the state of the fleet at a glance.
type overviewPage struct {
	Nodes    int
	Statuses []count
	Clones   count
	Ages     chart
	Reports  chart
	LastHour int // reports

	Platforms    []count
	Types        []coverage
	Applications []count
	Newest       []heardNode
	Silent       []heardNode
	Start        string // the command that fills an empty fleet
}

// coverage is how many nodes have a type.
type coverage struct {
	count
	Entries int
	Lacking count
}

// heardNode is a node in one of the short lists.
type heardNode struct {
	ID                muster.NodeID
	Name              string
	Registered, Heard time.Time
}

// shortList is how many rows the page's tables have.
const shortList = 10

func (u *UI) overview(v *visit) (view, error) {
	p := overviewPage{Nodes: v.snapshot.Nodes(), Start: v.command("muster", "put", "mi-0123456789abcdef0", "AWS:InstanceInformation", "ComputerName=db-7", "PlatformType=Linux")}
	if p.Nodes > 0 {
		if err := p.fill(v); err != nil {
			return view{}, err
		}
	}
	return view{Template: "overview.html", Title: "Overview", Page: p}, nil
}

func (p *overviewPage) fill(v *visit) error {
	statuses, err := v.topValues(infoAttr("InstanceStatus"), shortList)
	if err != nil {
		return err
	}
	p.Statuses = statuses
	clones, err := v.topValues(infoAttr("SuspectedClone"), 1)
	if err != nil {
		return err
	}
	for _, c := range clones {
		p.Clones = c
	}
	if p.Platforms, err = v.platforms(); err != nil {
		return err
	}
	if p.Applications, err = v.topValues(query.Attr{Type: "AWS:Application", Name: "Name"}, shortList); err != nil {
		return err
	}
	for _, t := range v.snapshot.Types() {
		p.Types = append(p.Types, v.coverage(t, p.Nodes))
	}
	p.signs(v)
	p.reports(v)
	return nil
}

func (v *visit) coverage(t index.TypeStats, nodes int) coverage {
	return coverage{
		count:   v.count(string(t.Type), t.Nodes, ask.Has(t.Type)),
		Entries: t.Entries,
		Lacking: v.count("", nodes-t.Nodes, ask.Lacks(t.Type)),
	}
}

// agePoints are the ages of a last sign of life that the page tells apart: below each of them, and above the one before.
func agePoints() []time.Duration {
	return []time.Duration{
		5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour,
		3 * 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour,
	}
}

// signs looks at every node once: how long it was silent, and which are the newest and the most silent.
func (p *overviewPage) signs(v *visit) {
	ends, now := agePoints(), v.ui.Now()
	below := make([]muster.Nanos, len(ends))
	for i, end := range ends {
		below[i] = muster.NanosOf(now.Add(-end))
	}
	counts := make([]int, len(ends)+1)
	newest := first[fleet.Sign]{most: shortList, compare: func(a, b fleet.Sign) int { return cmp.Compare(b.Registered, a.Registered) }}
	silent := first[fleet.Sign]{most: shortList, compare: func(a, b fleet.Sign) int { return cmp.Compare(a.Heard, b.Heard) }}
	for s := range v.ui.Fleet.Signs(v.caller.Space) {
		newest.add(s)
		if s.Gone {
			continue
		}
		silent.add(s)
		at := 0
		for at < len(below) && s.Heard <= below[at] {
			at++
		}
		counts[at]++
	}
	var points []point
	for i, n := range counts {
		from, to := time.Duration(0), time.Duration(0)
		if i > 0 {
			from = ends[i-1]
		}
		if i < len(ends) {
			to = ends[i]
		}
		age := silence{from, to}
		bar := point{Label: age.String(), Minor: i%2 == 0, Value: n, To: v.link("nodes", "silent", age.Param(), "sort", heardColumn)}
		if to > 0 {
			bar.Tick = span(to)
		}
		points = append(points, bar)
	}
	p.Ages = newChart("Nodes by the time since they were last heard of, but for those that are Terminated", "Last heard of", "Nodes", points)
	p.Newest, p.Silent = v.heardNodes(newest.kept), v.heardNodes(silent.kept)
}

func (v *visit) heardNodes(signs []fleet.Sign) []heardNode {
	var nodes []heardNode
	for _, s := range signs {
		name, _ := v.infoOf(s.Node).Get("ComputerName")
		nodes = append(nodes, heardNode{s.Node, name, s.Registered.Time(), s.Heard.Time()})
	}
	return nodes
}

// reports draws how many reports came in each minute of the last hour.
func (p *overviewPage) reports(v *visit) {
	minutes := v.ui.Fleet.ReportsByMinute()
	for _, n := range minutes {
		p.LastHour += n
	}
	p.Reports = minuteChart("Reports taken by this server, in each of the last 60 minutes", "Reports", minutes)
}

// minuteChart has a bar for each of the last minutes.
func minuteChart(title, values string, minutes []int) chart {
	var points []point
	for i, n := range minutes {
		ago := len(minutes) - 1 - i
		bar := point{Label: fmt.Sprintf("%d min ago", ago), Value: n}
		if ago%10 == 0 && ago > 0 {
			bar.Tick, bar.Minor = fmt.Sprintf("−%d min", ago), ago%20 != 0
		}
		points = append(points, bar)
	}
	return newChart(title, "Minute", values, points)
}
