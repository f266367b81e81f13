package ui

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster"
	"muster/internal/fleet"
	"muster/internal/store"
)

const account = muster.AccountID("111122223333")

// rig is the pages over a fleet in memory, by a clock that stands until it is moved.
type rig struct {
	*UI
	t      testing.TB
	passed atomic.Int64 // by the clock, since start
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t}
	f, err := fleet.Open(context.Background(), fleet.Config{Store: store.NewMemory(), Now: r.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	for id, k := range map[string]muster.AccessKey{
		"ADMIN": {Secret: "admin's", Account: account, Role: muster.RoleAdmin},
		"READ":  {Secret: "reader's", Account: account, Role: muster.RoleRead},
		"NODE":  {Secret: "node's", Account: account, Role: muster.RoleNode, Node: nodeID(1)},
	} {
		if err := f.SetAccessKey(context.Background(), id, k); err != nil {
			t.Fatal(err)
		}
	}
	r.UI = r.serveWith(f)
	return r
}

// start is when the clock of every rig begins.
func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func (r *rig) now() time.Time { return start().Add(time.Duration(r.passed.Load())) }

// pass moves the clock on.
func (r *rig) pass(d time.Duration) { r.passed.Add(int64(d)) }

// later moves the clock, and lets the fleet notice.
func (r *rig) later(d time.Duration) {
	r.t.Helper()
	r.pass(d)
	if err := r.Fleet.Work(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// serveWith is a server of its own over the fleet, as after a restart.
func (r *rig) serveWith(f *fleet.Fleet) *UI {
	r.t.Helper()
	u, err := New(context.Background(), Config{Fleet: f, Now: r.now, Log: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		r.t.Fatal(err)
	}
	return u
}

func nodeID(n int) muster.NodeID { return muster.NodeID(fmt.Sprintf("mi-%017d", n)) }

func entry(pairs ...string) muster.Entry {
	var fields []muster.Field
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, muster.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return muster.NewEntry(fields)
}

var space = muster.Space{Account: account, Region: "eu-west-1"}

// put has a node report entries of one type.
func (r *rig) put(n int, t muster.TypeName, entries ...muster.Entry) {
	r.t.Helper()
	err := r.Fleet.Put(context.Background(), space, &fleet.Put{Node: nodeID(n), Items: []fleet.PutItem{item(t, entries...)}})
	if err != nil {
		r.t.Fatal(err)
	}
}

func item(t muster.TypeName, entries ...muster.Entry) fleet.PutItem {
	return fleet.PutItem{Type: t, Version: "1.0", Captured: "2026-03-01T11:00:00Z", Content: entries}
}

// fetch sends a request to a server: a form, if there is one, and a session, if it is not empty.
func fetch(to http.Handler, method, path string, form url.Values, session string) *http.Response {
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if session != "" {
		req.AddCookie(&http.Cookie{Name: sessionCookie, Value: session})
	}
	w := httptest.NewRecorder()
	to.ServeHTTP(w, req)
	return w.Result()
}

// signedIn gives the session of a key.
func (r *rig) signedIn(keyID string) string {
	r.t.Helper()
	k, _ := r.Fleet.Lookup(keyID)
	for _, c := range fetch(r, "POST", "/ui/sign-in", url.Values{"key": {keyID}, "secret": {k.Secret}}, "").Cookies() {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	r.t.Fatalf("%s is not signed in", keyID)
	return ""
}

// page gives the text of a page, which has to be there.
func (r *rig) page(path, session string) string {
	r.t.Helper()
	got := fetch(r, "GET", path, nil, session)
	if got.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s\n%s", path, got.Status, body(r.t, got))
	}
	return body(r.t, got)
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf gives the token of the forms of a session.
func (r *rig) csrf(session string) string {
	r.t.Helper()
	found := csrfField.FindStringSubmatch(r.page("/ui/eu-west-1/", session))
	if found == nil {
		r.t.Fatal("no form has a token")
	}
	return found[1]
}
