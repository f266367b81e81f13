package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/index"
)

// route is something that a region has to show or to do. It has one of Show, Do, Make and Send.
type route struct {
	Path  string           // below the region's, in the words of http.ServeMux
	Name  string           // in the navigation; empty for what other pages lead to
	Needs access.Operation // what the caller's key must be allowed to call
	Admin bool             // only an administrator may, though no operation does it

	Show func(*visit) (view, error)              // a page
	Do   func(*visit) (to string, err error)     // a change, and the address of the page that shows it
	Make func(*visit) (view, error)              // a change whose answer is shown this once
	Send func(*visit, http.ResponseWriter) error // a download; before its first byte it may fail
}

func (rt route) pattern() string {
	method, path := "GET", rt.Path
	if rt.changes() {
		method = "POST"
	}
	if path == "" {
		path = "{$}"
	}
	return method + " /ui/{region}/" + path
}

// changes says whether the route is a change, which only a form of the session's may ask for.
func (rt route) changes() bool { return rt.Do != nil || rt.Make != nil }

// What the pages need: the operations that give the same.
const (
	needsNodes      = access.GetInventory
	needsEntries    = access.ListInventoryEntries
	needsChanges    = access.ListInventoryChanges
	needsSchema     = access.GetInventorySchema
	needsDelete     = access.DeleteInventory
	needsTags       = access.AddTagsToResource
	needsRemoveTags = access.RemoveTagsFromResource
	needsDeletions  = access.DescribeInventoryDeletions

	needsActivations      = access.DescribeActivations
	needsNewActivation    = access.CreateActivation
	needsDeleteActivation = access.DeleteActivation

	needsKeys      = access.ListAccessKeys
	needsNewKey    = access.CreateAccessKey
	needsRevokeKey = access.RevokeAccessKey
	needsSystem    = access.ExplainInventory
)

const (
	maxForm   = 64 << 10 // bytes
	pageTakes = 30 * time.Second
)

// visit is one request of somebody who has signed in.
type visit struct {
	*http.Request
	ui       *UI
	session  session
	caller   access.Caller // in the region that the address names
	snapshot *index.Snapshot
	began    time.Time
}

// may says whether the caller's key allows the operation.
func (v *visit) may(o access.Operation) bool { return v.caller.Allowed(o) == nil }

// admin says whether the caller is an administrator.
func (v *visit) admin() bool { return v.caller.Role == muster.RoleAdmin }

// base is the address of the region's pages.
func (v *visit) base() string { return "/ui/" + string(v.caller.Space.Region) }

// link is the address of a page of the region, with the values that are not empty.
func (v *visit) link(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Add(pairs[i], pairs[i+1])
		}
	}
	to := v.base() + "/" + path
	if len(query) > 0 {
		to += "?" + query.Encode()
	}
	return to
}

// visitor finds out who asks. Who has not signed in is asked to, and then comes back.
func (u *UI) visitor(w http.ResponseWriter, r *http.Request) (*visit, bool) {
	s, ok := u.sessions.of(r)
	if !ok {
		u.askToSignIn(w, r)
		return nil, false
	}
	return &visit{Request: r, ui: u, session: s, caller: s.caller, began: time.Now()}, true
}

// serve answers a request for a route.
func (u *UI) serve(w http.ResponseWriter, r *http.Request, rt route) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTakes)
	defer cancel()
	if rt.Send == nil {
		r = r.WithContext(ctx)
	}
	v, ok := u.visitor(w, r)
	if !ok {
		return
	}
	if err := v.answer(w, rt); err != nil {
		u.fail(w, r, v, err)
	}
}

// answer does or shows what the route says.
func (v *visit) answer(w http.ResponseWriter, rt route) error {
	if err := v.enter(rt); err != nil {
		return err
	}
	if rt.changes() {
		if err := v.readForm(w); err != nil {
			return err
		}
	}
	switch {
	case rt.Send != nil:
		return rt.Send(v, w)
	case rt.Do != nil:
		to, err := rt.Do(v)
		if err != nil {
			return err
		}
		http.Redirect(w, v.Request, to, http.StatusSeeOther)
		return nil
	}
	show := rt.Show
	if rt.Make != nil {
		show = rt.Make
	}
	shown, err := show(v)
	if err != nil {
		return err
	}
	v.ui.render(w, v, shown)
	if rt.Show != nil {
		v.tell()
	}
	return nil
}

// tell has the fleet remember the page if it was slow.
func (v *visit) tell() {
	q := fleet.Question{Space: v.caller.Space, Took: time.Since(v.began), Method: pageMethod}
	v.ui.Fleet.Answered(q, v.URL.RequestURI)
}

// enter takes the visitor to the region, if the key may do there what the route needs.
func (v *visit) enter(rt route) error {
	region := muster.Region(v.PathValue("region"))
	if !validRegion(string(region)) {
		return noPage
	}
	v.caller.Space.Region = region
	v.snapshot = v.ui.Fleet.Snapshot(v.caller.Space)
	if rt.Admin && !v.admin() {
		return adminsOnly
	}
	return v.caller.Allowed(rt.Needs)
}

// validRegion is true of what a signature may be scoped to.
func validRegion(region string) bool {
	return 0 < len(region) && len(region) <= 64 && 'a' <= region[0] && region[0] <= 'z' &&
		strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// readForm reads the form of a change, if it is one that this session was given.
func (v *visit) readForm(w http.ResponseWriter) error {
	v.Body = http.MaxBytesReader(w, v.Body, maxForm)
	if err := v.ParseForm(); err != nil {
		return badForm
	}
	if !v.session.mayPost(v.PostFormValue("csrf")) {
		return oldForm
	}
	return nil
}
