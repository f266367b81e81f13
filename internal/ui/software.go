package ui

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"muster/internal/ask"
	"muster/internal/query"
)

// The attributes that name an application.
const (
	applicationName    = "AWS:Application.Name"
	applicationVersion = "AWS:Application.Version"
)

func applicationAttr(name string) query.Attr { return query.Attr{Type: "AWS:Application", Name: name} }

// softwarePage is a search of applications.
type softwarePage struct {
	Words        string
	Applications []applicationRow
	Found        int // by the words
	From, To     int
	First, Next  string
	CSV          string
	Command      string
	Fill         string // the command that reports one
}

// applicationRow is an application and the nodes that have it.
type applicationRow struct {
	count
	Versions string // the address of its page
}

// applicationsOnPage is how many applications a page has.
const applicationsOnPage = 100

func (u *UI) software(v *visit) (view, error) {
	p := softwarePage{
		Words: strings.TrimSpace(v.FormValue("find")), Command: v.command("muster", "count", "name"),
		Fill: v.command("muster", "put", "mi-0123456789abcdef0", "AWS:Application", "Name=openssl", "Version=3.0.7"),
	}
	from, _ := strconv.Atoi(v.FormValue("from")) // what is no number is the first page
	from = max(0, from)
	found, more, err := p.applications(v, from, applicationsOnPage)
	if err != nil {
		return view{}, err
	}
	for _, b := range found {
		name := v.snapshot.Spelling(applicationAttr("Name"), b.Value)
		p.Applications = append(p.Applications, applicationRow{v.count(name, b.Count, ask.Equal(applicationName, name)), v.applicationLink(name, "")})
	}
	p.From, p.To = from+1, from+len(found)
	if from > 0 {
		p.First = v.link("software", "find", p.Words)
	}
	if more {
		p.Next = v.link("software", "find", p.Words, "from", strconv.Itoa(p.To))
	}
	p.CSV = v.link("software.csv", "find", p.Words)
	return view{Template: "software.html", Title: "Software", Page: p}, nil
}

// applications gives a part of those with the words in their names, so many from one on, and says whether there are more.
func (p *softwarePage) applications(v *visit, from, size int) (found []query.Bucket, more bool, err error) {
	if p.Words == "" {
		tallies, more, err := v.snapshot.CountPage(v.Context(), nil, []query.Aggregation{{By: applicationAttr("Name")}}, from, size)
		if err != nil {
			return nil, false, err
		}
		return tallies[0].Buckets, more, nil
	}
	found, p.Found, err = v.snapshot.CountSearched(v.Context(), applicationAttr("Name"), p.Words, from, size)
	return found, from+len(found) < p.Found, err
}

// softwareCSV sends the whole list.
func (u *UI) softwareCSV(v *visit, w http.ResponseWriter) error {
	found, _, err := v.snapshot.CountSearched(v.Context(), applicationAttr("Name"), strings.TrimSpace(v.FormValue("find")), 0, math.MaxInt)
	if err != nil {
		return err
	}
	return sendCounts(w, "software", "Name", func(yield func(string, int)) {
		for _, b := range found {
			yield(v.snapshot.Spelling(applicationAttr("Name"), b.Value), b.Count)
		}
	})
}
