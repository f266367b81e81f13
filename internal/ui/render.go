package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"muster"
)

//go:embed templates
var templateFiles embed.FS

// view is what a page shows.
type view struct {
	Template string // the name of the file
	Title    string
	Page     any           // the template's .Page
	Status   int           // 0 is 200
	Refresh  time.Duration // after which the browser asks again; 0 is never
}

// sheet is what the templates see: the page, and what is around it.
type sheet struct {
	*visit
	view
	Nav     []navigation
	Regions []muster.Region
	Version string

	took time.Duration
}

// navigation is a link to one of the main pages.
type navigation struct {
	Name, To string
	Here     bool // the page is it, or below it
}

// Base is the address that those of the region's pages begin with.
func (s *sheet) Base() string { return s.base() }

// Region is the one that is shown.
func (s *sheet) Region() muster.Region { return s.caller.Space.Region }

// Who is the id of the caller's key.
func (s *sheet) Who() string { return s.caller.KeyID }

// Role is what it may do.
func (s *sheet) Role() muster.Role { return s.caller.Role }

// CSRF is what a form that changes something has to say.
func (s *sheet) CSRF() string { return s.session.csrf }

// Took is how long the page took, up to the place that asks for it. The header says the same.
func (s *sheet) Took() string {
	s.took = time.Since(s.began)
	return milliseconds(s.took)
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
}

// templates are the parsed pages by the names of their files, each with the layout around it.
type templates map[string]*template.Template

func (u *UI) parse() (templates, error) {
	parts, err := template.New("").Funcs(u.functions()).ParseFS(templateFiles, "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	parsed := templates{}
	for _, file := range files {
		page, err := parts.Clone()
		if err != nil {
			return nil, err
		}
		if page, err = page.ParseFS(templateFiles, file); err != nil {
			return nil, err
		}
		parsed[strings.TrimPrefix(file, "templates/")] = page
	}
	return parsed, nil
}

// functions are what templates can call.
func (u *UI) functions() template.FuncMap {
	return template.FuncMap{
		"static": func(name string) string { return "/ui/" + u.static.hashed[name] },
		"text":   visible,
		"number": number,
		"bytes":  byteSize,
		"ms":     milliseconds,
		"ago":    func(t time.Time) string { return ago(u.Now().Sub(t)) },
		"date":   date,
	}
}

// render sends a page of a region.
func (u *UI) render(w http.ResponseWriter, v *visit, shown view) {
	s := &sheet{visit: v, view: shown, Version: u.Version, Regions: u.Fleet.Regions(v.caller.Space.Account)}
	here := strings.TrimPrefix(v.URL.Path, v.base()+"/")
	for _, rt := range u.routes() {
		if rt.Name != "" && v.may(rt.Needs) {
			first, _, _ := strings.Cut(here, "/")
			s.Nav = append(s.Nav, navigation{rt.Name, v.link(rt.Path), first == rt.Path})
		}
	}
	if shown.Refresh > 0 {
		w.Header().Set("Refresh", fmt.Sprint(int(shown.Refresh.Seconds())))
	}
	var page bytes.Buffer
	err := u.templates[shown.Template].ExecuteTemplate(&page, "page", s)
	w.Header().Set("Server-Timing", "total;dur="+milliseconds(s.took))
	u.send(w, shown.Status, &page, err)
}

// renderBare sends a page of its own.
func (u *UI) renderBare(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	err := u.templates[name].ExecuteTemplate(&page, "bare", data)
	u.send(w, status, &page, err)
}

// send sends what a template has made. One that has failed is a fault of ours, and no half page is sent.
func (u *UI) send(w http.ResponseWriter, status int, page *bytes.Buffer, err error) {
	if err != nil {
		u.Log.Error("a template failed", "err", err)
		http.Error(w, "The server failed to make this page; its log says more.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status != 0 {
		w.WriteHeader(status)
	}
	w.Write(page.Bytes()) // a browser that has gone is no news
}
