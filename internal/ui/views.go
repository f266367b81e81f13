package ui

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"muster/internal/fleet"
)

// viewsPage is the views that are kept.
type viewsPage struct {
	Views    []keptView
	MayWrite bool
	Path     string // what a form that deletes one is sent to
}

// keptView is a view and the address of the page that it names.
type keptView struct {
	fleet.View
	To     string
	Filter string
	Here   bool // it is the page that is shown
}

// viewShelf is the views of a page, on that page, and what is to be kept if the page as it is becomes one.
type viewShelf struct {
	*visit
	Views    []keptView
	More     int    // that are not shown
	All      string // the address of all
	Keep     string // what the form is sent to
	Query    string
	Page     string
	MayWrite bool
}

// viewsOnShelf is how many views a page shows.
const viewsOnShelf = 12

// keepable gives what an address of a page may ask that is kept: not which piece of a long list.
func keepable(page string) []string {
	switch page {
	case "explore":
		return []string{"q", "type", "attribute", "by"}
	case "nodes":
		return []string{"q", "silent", "sort", "desc", "col"}
	}
	return nil
}

// CSRF is what the form on the shelf has to say.
func (s viewShelf) CSRF() string { return s.session.csrf }

func (v *visit) shelf(page string) (viewShelf, error) {
	s := viewShelf{visit: v, All: v.link("views"), Keep: v.link("views"), Query: keptQuery(page, v.URL.Query()), Page: page, MayWrite: v.admin()}
	all, err := v.keptViews()
	if err != nil {
		return s, err
	}
	s.Views = slices.DeleteFunc(all, func(k keptView) bool { return k.Page != page })
	s.More = max(0, len(s.Views)-viewsOnShelf)
	s.Views = s.Views[:len(s.Views)-s.More]
	for i, k := range s.Views {
		s.Views[i].Here = k.Query == s.Query
	}
	return s, nil
}

func (v *visit) keptViews() ([]keptView, error) {
	views, err := v.ui.Fleet.Views(v.caller.Space)
	if err != nil {
		return nil, err
	}
	var kept []keptView
	for _, one := range views {
		asked, _ := url.ParseQuery(one.Query) // it was written by Encode
		k := keptView{View: one, To: v.link(one.Page), Filter: asked.Get("q")}
		if one.Query != "" {
			k.To += "?" + one.Query
		}
		kept = append(kept, k)
	}
	return kept, nil
}

// keptQuery is what an address asks, without what is not kept.
func keptQuery(page string, asked url.Values) string {
	kept := url.Values{}
	for _, key := range keepable(page) {
		values := slices.DeleteFunc(slices.Clone(asked[key]), func(s string) bool { return s == "" })
		if len(values) > 0 {
			kept[key] = values
		}
	}
	return kept.Encode()
}

func (u *UI) views(v *visit) (view, error) {
	kept, err := v.keptViews()
	p := viewsPage{Views: kept, MayWrite: v.admin(), Path: v.link("views/delete")}
	return view{Template: "views.html", Title: "Views", Page: p}, err
}

// keepView keeps what the form says, and shows the page under its new name.
func (u *UI) keepView(v *visit) (string, error) {
	page := v.PostFormValue("page")
	asked, err := url.ParseQuery(v.PostFormValue("query"))
	if err != nil || keepable(page) == nil {
		return "", badForm
	}
	kept := fleet.View{
		Name: strings.TrimSpace(v.PostFormValue("name")), Page: page, Query: keptQuery(page, asked),
		By: v.caller.KeyID, Created: u.Now().UTC(),
	}
	err = u.Fleet.KeepView(v.Context(), v.caller.Space, kept)
	if refused, ok := errors.AsType[fleet.RefusedView](err); ok {
		return "", &problem{Status: http.StatusBadRequest, Title: "The view is not kept", Advice: refused.Error()}
	}
	to := v.link(page)
	if kept.Query != "" {
		to += "?" + kept.Query
	}
	return to, err
}

func (u *UI) dropView(v *visit) (string, error) {
	return v.link("views"), u.Fleet.DropView(v.Context(), v.caller.Space, v.PostFormValue("name"))
}
