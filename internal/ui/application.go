package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
	"muster/internal/server"
)

// applicationPage is one application: which versions of it there are, and who lacks it or has an old one.
type applicationPage struct {
	Name            string
	Having, Lacking count
	Versions        []versionRow // the newest first
	More            int          // versions that few have and are not shown
	Chart           chart
	Below           string // a version that was asked about
	Old             count  // the nodes that have one below it
	CSV             string
	Command, ToOld  string
	sample          muster.Entry // one of the application's
}

// versionRow is the nodes that have a version, and those that have one below it.
type versionRow struct {
	count
	Below count
}

const (
	versionsOnPage  = 100
	versionsInChart = 24
	ticksInChart    = 5 // versions are long words
)

func (u *UI) application(v *visit) (view, error) {
	name := v.FormValue("name")
	p := applicationPage{Name: name, Below: strings.TrimSpace(v.FormValue("below"))}
	versions, err := v.snapshot.CountBeside(v.Context(), applicationAttr("Name"), name, "Version")
	if err != nil {
		return view{}, err
	}
	p.More = max(0, len(versions)-versionsOnPage)
	versions = versions[:len(versions)-p.More]

	is := ask.Equal(applicationName, name)
	below := func(version string) ask.Filter { return ask.And(is, ask.Less(applicationVersion, version)) }
	filters := []ask.Filter{is, ask.Differs(applicationName, name), below(p.Below)}
	for i, b := range versions {
		versions[i].Value = v.snapshot.Spelling(applicationAttr("Version"), b.Value)
		filters = append(filters, below(versions[i].Value))
	}
	nodes, err := v.countEach(nil, filters)
	if err != nil {
		return view{}, err
	}
	p.Having, p.Lacking, p.Old = v.count("", nodes[0], filters[0]), v.count("", nodes[1], filters[1]), v.count("", nodes[2], filters[2])
	if p.Having.Nodes == 0 {
		return view{}, noApplication(name)
	}
	for i, b := range versions {
		of := v.count(b.Value, b.Count, ask.And(is, ask.Equal(applicationVersion, b.Value)))
		p.Versions = append(p.Versions, versionRow{of, v.count("", nodes[3+i], below(b.Value))})
	}
	if p.sample, err = v.sample(is, name); err != nil {
		return view{}, err
	}
	p.draw()
	slices.SortStableFunc(p.Versions, func(a, b versionRow) int { return p.compareVersions(b.Label, a.Label) })
	p.CSV = v.applicationLink(name, ".csv")
	p.Command = v.command("muster", "query", is.String())
	if p.Below != "" {
		p.ToOld = v.command("muster", "nodes", below(p.Below).String())
	}
	return view{Template: "application.html", Title: name, Page: p}, nil
}

func noApplication(name string) error {
	return &problem{Status: http.StatusNotFound, Title: "No node has the application " + visible(name),
		Advice: "The name has to be the whole one, in upper or lower case. The page Software finds it by a part."}
}

// applicationLink is the address of an application. Its name may be anything, and so is no part of a path.
func (v *visit) applicationLink(name, kind string) string {
	return v.link("software/application"+kind, "name", name)
}

// draw makes the chart of those versions that most nodes have, the oldest first. The rows are in the order of the counts.
func (p *applicationPage) draw() {
	shown := slices.Clone(p.Versions[:min(len(p.Versions), versionsInChart)])
	slices.SortStableFunc(shown, func(a, b versionRow) int { return p.compareVersions(a.Label, b.Label) })
	every := (len(shown) + ticksInChart - 1) / ticksInChart
	var points []point
	for i, r := range shown {
		bar := point{Label: visible(r.Label), Value: r.Nodes, To: r.To}
		if i%max(1, every) == 0 {
			bar.Tick, bar.Minor = shortened(bar.Label), i%(2*every) != 0
		}
		points = append(points, bar)
	}
	title := "Nodes by version, the oldest first"
	if len(p.Versions)+p.More > len(shown) {
		title = "Nodes by version, of the " + strconv.Itoa(len(shown)) + " that most have, the oldest first"
	}
	p.Chart = newChart(title, "Version", "Nodes", points)
	for i, b := range p.Chart.Bars {
		p.Chart.Bars[i].End = round(b.X + b.W/2) // the tick is the bar's name
	}
}

// shortened leaves the beginning and the end of a long word: long versions often differ in their last digits alone.
func shortened(word string) string {
	const begin, end = 6, 5
	if runes := []rune(word); len(runes) > begin+1+end {
		return string(runes[:begin]) + "…" + string(runes[len(runes)-end:])
	}
	return word
}

// sample gives an entry of the application.
func (v *visit) sample(is ask.Filter, name string) (muster.Entry, error) {
	where, err := is.Where(ask.AnyAttribute)
	if err != nil {
		return nil, err
	}
	ids, _, err := v.snapshot.Select(v.Context(), where, "", 1)
	for _, id := range ids {
		for _, e := range server.Entries(v.snapshot.Items(id, "AWS:Application"), 0) {
			if of, _ := e.Get("Name"); strings.EqualFold(of, name) {
				return e, err
			}
		}
	}
	return nil, err
}

// compareVersions orders versions as filters do for packages such as the sample, whose marks say whether they are dpkg's or rpm's.
func (p *applicationPage) compareVersions(a, b string) int {
	less := func(a, b string) bool {
		term := query.Term{Attr: applicationAttr("Version"), Op: query.LessThan, Values: []string{b}}
		return term.MatchEntry(p.sample.With("Version", a))
	}
	switch {
	case less(a, b):
		return -1
	case less(b, a):
		return +1
	}
	return strings.Compare(a, b)
}

// applicationCSV sends all versions, those that most nodes have first.
func (u *UI) applicationCSV(v *visit, w http.ResponseWriter) error {
	versions, err := v.snapshot.CountBeside(v.Context(), applicationAttr("Name"), v.FormValue("name"), "Version")
	if err != nil {
		return err
	}
	return sendCounts(w, "versions", "Version", func(yield func(string, int)) {
		for _, b := range versions {
			yield(v.snapshot.Spelling(applicationAttr("Version"), b.Value), b.Count)
		}
	})
}
