// Package ui is the pages for people: what the fleet says, rendered on the server, with a little JavaScript that no page needs. It
// has no rules of its own and speaks to no API: pages ask the fleet as the operations do, and access says what a key may see.
//
// To add a page: write a file with a method of UI that asks the fleet for what the page shows, of the type
//
//	func (u *UI) software(v *visit) (view, error)
//
// and a template of the view's name in templates, which defines "content" and finds that as .Page; then give the two a line in
// [UI.routes]. What changes something is a route with Do, behind a form with {{template "csrf" .}}, or with Make, if its answer has a
// secret that is shown once; a download is one with Send.
// A problem says what to do about an error; any error of the fleet's may be returned as it is.
//
// Inventory is hostile: html/template escapes it, and the template function text replaces what could not be seen. No page has an
// inline script or style, which its Content-Security-Policy would refuse.
package ui

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"muster"
	"muster/internal/fleet"
)

// Config says what to show. Fleet is required.
type Config struct {
	Fleet   *fleet.Fleet
	Now     func() time.Time // default time.Now
	Log     *slog.Logger     // default slog.Default
	Version string           // of the program, for the footer

	// Store says what keeps the inventory, and how many bytes its files have, 0 if they are elsewhere. By default nobody knows.
	Store func() (kind string, size int64)
}

// UI serves the pages below /ui/.
type UI struct {
	Config
	sessions  sessions
	failures  failures
	templates templates
	static    static
	handler   http.Handler
	started   time.Time
}

// New makes the pages ready. It needs the store for the key of its sessions.
func New(ctx context.Context, c Config) (*UI, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Store == nil {
		c.Store = func() (string, int64) { return "", 0 }
	}
	c.Log = cmp.Or(c.Log, slog.Default())
	key, err := c.Fleet.BrowserKey(ctx)
	if err != nil {
		return nil, err
	}
	files, err := hashFiles()
	if err != nil {
		return nil, err
	}
	u := &UI{Config: c, sessions: sessions{key, c.Fleet, c.Now}, failures: failures{now: c.Now}, static: files, started: c.Now()}
	if u.templates, err = u.parse(); err != nil {
		return nil, err
	}
	u.handler = u.protect(u.mux())
	return u, nil
}

// ServeHTTP answers a browser.
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) { u.handler.ServeHTTP(w, r) }

// routes is the table of all that there is to see and to do in a region.
func (u *UI) routes() []route {
	return []route{
		{Path: "", Name: "Overview", Needs: needsNodes, Show: u.overview},
		{Path: "explore", Name: "Explore", Needs: needsNodes, Show: u.explore},
		{Path: "explore.csv", Needs: needsNodes, Send: u.exploreCSV},
		{Path: "explore/add", Needs: needsNodes, Send: u.addCondition},
		{Path: "nodes", Name: "Nodes", Needs: needsNodes, Show: u.nodes},
		{Path: "nodes.csv", Needs: needsNodes, Send: u.exportCSV},
		{Path: "nodes.ndjson", Needs: needsNodes, Send: u.exportNDJSON},
		{Path: "nodes/{node}", Needs: needsEntries, Show: u.node},
		{Path: "nodes/{node}/changes", Needs: needsChanges, Show: u.nodeChanges},
		{Path: "nodes/{node}/raw", Needs: needsEntries, Send: u.rawNode},
		{Path: "nodes/{node}/tags", Needs: needsTags, Do: u.setTag},
		{Path: "nodes/{node}/tags/remove", Needs: needsRemoveTags, Do: u.removeTag},
		{Path: "views", Needs: needsNodes, Show: u.views},
		{Path: "views", Needs: needsNodes, Admin: true, Do: u.keepView},
		{Path: "views/delete", Needs: needsNodes, Admin: true, Do: u.dropView},
		{Path: "software", Name: "Software", Needs: needsNodes, Show: u.software},
		{Path: "software.csv", Needs: needsNodes, Send: u.softwareCSV},
		{Path: "software/application", Needs: needsNodes, Show: u.application},
		{Path: "software/application.csv", Needs: needsNodes, Send: u.applicationCSV},
		{Path: "compare", Name: "Compare", Needs: needsNodes, Show: u.compare},
		{Path: "compare.csv", Needs: needsNodes, Send: u.compareCSV},
		{Path: "types", Name: "Types", Needs: needsSchema, Show: u.types},
		{Path: "types/{type}", Needs: needsSchema, Show: u.oneType},
		{Path: "types/{type}/values", Needs: needsNodes, Show: u.values},
		{Path: "types/{type}/delete", Needs: needsDelete, Show: u.askToDelete},
		{Path: "types/{type}/delete", Needs: needsDelete, Do: u.deleteType},
		{Path: "deletions/{deletion}", Needs: needsDeletions, Show: u.deletion},
		{Path: "enrol", Name: "Enrol", Needs: needsActivations, Show: u.enrol},
		{Path: "enrol", Needs: needsNewActivation, Make: u.makeActivation},
		{Path: "enrol/{activation}", Needs: needsActivations, Show: u.activation},
		{Path: "enrol/{activation}/delete", Needs: needsDeleteActivation, Show: u.askToDeleteActivation},
		{Path: "enrol/{activation}/delete", Needs: needsDeleteActivation, Do: u.deleteActivation},
		{Path: "access", Name: "Access", Needs: needsKeys, Show: u.access},
		{Path: "access", Needs: needsNewKey, Make: u.makeKey},
		{Path: "access/{key}/revoke", Needs: needsRevokeKey, Show: u.askToRevoke},
		{Path: "access/{key}/revoke", Needs: needsRevokeKey, Do: u.revokeKey},
		{Path: "system", Name: "System", Needs: needsSystem, Show: u.system},
		{Path: "find", Needs: needsNodes, Send: u.find},
	}
}

// mux finds what a request is for. Files lie beside the regions, whose pages have a path of their own.
func (u *UI) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ui/{$}", u.home)
	mux.HandleFunc("GET /ui/{file}", u.file)
	mux.HandleFunc("GET /ui/sign-in", u.showSignIn)
	mux.HandleFunc("POST /ui/sign-in", u.signIn)
	mux.HandleFunc("POST /ui/sign-out", u.signOut)
	for _, rt := range u.routes() {
		mux.HandleFunc(rt.pattern(), func(w http.ResponseWriter, r *http.Request) { u.serve(w, r, rt) })
	}
	mux.HandleFunc("/ui/", func(w http.ResponseWriter, r *http.Request) { u.fail(w, r, nil, noPage) })
	return mux
}

// home leads to the region that has most nodes.
func (u *UI) home(w http.ResponseWriter, r *http.Request) {
	v, ok := u.visitor(w, r)
	if !ok {
		return
	}
	best, most := muster.Region("us-east-1"), 0
	for _, region := range u.Fleet.Regions(v.caller.Space.Account) {
		nodes := u.Fleet.Snapshot(muster.Space{Account: v.caller.Space.Account, Region: region}).Nodes()
		if nodes > most {
			best, most = region, nodes
		}
	}
	http.Redirect(w, r, "/ui/"+string(best)+"/", http.StatusSeeOther)
}
