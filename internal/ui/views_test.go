package ui

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster"
	"muster/internal/fleet"
)

// keep sends the form that keeps a view, with a token of the session's.
func (r *rig) keep(session, name, page, query string) *http.Response {
	r.t.Helper()
	form := url.Values{"name": {name}, "page": {page}, "query": {query}, "csrf": {r.csrf(session)}}
	return fetch(r, "POST", "/ui/eu-west-1/views", form, session)
}

func TestViews(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, reader := r.signedIn("ADMIN"), r.signedIn("READ")
	r.put(1, muster.TypeInstanceInformation, entry("PlatformType", "Linux"))
	const hostile = `<script>"'`
	for _, c := range []struct{ name, page, query, to string }{
		{hostile, "nodes", "q=platform+%3D+Linux&after=mi-1&from=%3Dx&sort=&col=heard&col=known&csrf=x", "/ui/eu-west-1/nodes?col=heard&col=known&q=platform+%3D+Linux"},
		{" linux ", "explore", "by=os&by=name&q=platform+%3D+Linux&desc=1", "/ui/eu-west-1/explore?by=os&by=name&q=platform+%3D+Linux"},
		{"all", "nodes", "", "/ui/eu-west-1/nodes"},
	} {
		if got := r.keep(admin, c.name, c.page, c.query); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != c.to {
			t.Errorf("%s: %s to %s", c.name, got.Status, got.Header.Get("Location"))
		}
		for _, session := range []string{admin, reader} {
			text := html.UnescapeString(r.page(c.to, session))
			if want := `<a href="` + c.to + `" aria-current="true"><bdi>` + strings.TrimSpace(c.name); !strings.Contains(text, want) {
				t.Errorf("%s lacks %s", c.to, want)
			}
			if text := html.UnescapeString(r.page("/ui/eu-west-1/views", session)); !strings.Contains(text, `<a href="`+c.to+`"><bdi>`) {
				t.Errorf("the list lacks %s", c.to)
			}
		}
	}
	for _, path := range []string{"nodes", "explore", "views"} {
		if text := r.page("/ui/eu-west-1/"+path, admin); strings.Contains(text, "<script>") || !strings.Contains(text, `name="name"`) {
			t.Errorf("%s has the name as markup, or no form", path)
		}
		if text := r.page("/ui/eu-west-1/"+path, reader); strings.Contains(text, `name="name"`) {
			t.Errorf("%s offers a reader a form", path)
		}
	}
	form := url.Values{"name": {hostile}, "csrf": {r.csrf(admin)}}
	if got := fetch(r, "POST", "/ui/eu-west-1/views/delete", form, admin); got.StatusCode != http.StatusSeeOther {
		t.Errorf("deleted: %s", got.Status)
	}
	if text := r.page("/ui/eu-west-1/views", reader); strings.Contains(text, "script&gt;") || strings.Count(text, "<bdi>") != 4 {
		t.Errorf("one is deleted, and there are\n%s", text)
	}
}

func TestViewsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, reader := r.signedIn("ADMIN"), r.signedIn("READ")
	for n := range viewsOnShelf + 2 {
		if err := r.Fleet.KeepView(context.Background(), space, fleet.View{Name: fmt.Sprintf("v%02d", n), Page: "nodes"}); err != nil {
			t.Fatal(err)
		}
	}
	if text := r.page("/ui/eu-west-1/nodes", reader); strings.Count(text, "<bdi>v") != viewsOnShelf || !strings.Contains(text, "2 more, and all") {
		t.Errorf("the shelf is\n%s", text)
	}
	for _, c := range []struct {
		session, name, page, query string
		status                     int
		says                       string
	}{
		{reader, "mine", "nodes", "", http.StatusForbidden, "ask an administrator"},
		{admin, "", "nodes", "", http.StatusBadRequest, "needs a name"},
		{admin, "v00", "nodes", "", http.StatusBadRequest, "a view of this name"},
		{admin, "long", "nodes", "q=" + strings.Repeat("x", fleet.MaxViewQuery), http.StatusBadRequest, "more than 4096 bytes"},
		{admin, "system", "system", "", http.StatusBadRequest, "cannot be read"},
		{admin, "odd", "nodes", "q=%zz", http.StatusBadRequest, "cannot be read"},
	} {
		got := r.keep(c.session, c.name, c.page, c.query)
		if text := body(t, got); got.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %s\n%s", c.name, got.Status, text)
		}
	}
	for _, form := range []url.Values{{"name": {"v00"}, "csrf": {r.csrf(reader)}}, {"name": {"v00"}}} {
		if got := fetch(r, "POST", "/ui/eu-west-1/views/delete", form, reader); got.StatusCode != http.StatusForbidden {
			t.Errorf("a reader deletes: %s", got.Status)
		}
	}
	if got := fetch(r, "POST", "/ui/eu-west-1/views/delete", url.Values{"name": {"v00"}}, admin); got.StatusCode != http.StatusForbidden {
		t.Errorf("without a token: %s", got.Status)
	}
	if views, err := r.Fleet.Views(space); err != nil || len(views) != viewsOnShelf+2 {
		t.Errorf("there are %d views, %v", len(views), err)
	}
}
