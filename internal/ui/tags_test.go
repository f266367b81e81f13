package ui

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster"
)

func TestTagsAreEdited(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, reader := r.signedIn("ADMIN"), r.signedIn("READ")
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", "db-1"))
	node := "/ui/eu-west-1/nodes/" + string(nodeID(1))
	send := func(session, below, key, value string) *http.Response {
		return fetch(r, "POST", node+below, url.Values{"key": {key}, "value": {value}, "csrf": {r.csrf(session)}}, session)
	}
	has := func(want string) {
		t.Helper()
		tags, err := r.Fleet.Tags(space, nodeID(1))
		if got := fmt.Sprint(tags); err != nil || got != want {
			t.Errorf("the tags are %s, %v, not %s", got, err, want)
		}
	}
	for _, tag := range [][2]string{{"site", "north"}, {"role", ""}, {"site", "south"}} {
		if got := send(admin, "/tags", tag[0], tag[1]); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != node {
			t.Errorf("%q: %s to %s", tag, got.Status, got.Header.Get("Location"))
		}
	}
	has("[{role } {site south}]")
	if text := r.page(node, admin); !strings.Contains(text, "<bdi>south</bdi>") || !strings.Contains(text, `action="`+node+`/tags/remove"`) {
		t.Errorf("the page is\n%s", text)
	}
	if text := r.page(node, reader); !strings.Contains(text, "<bdi>south</bdi>") || strings.Contains(text, node+"/tags") {
		t.Error("a reader is offered a form, or sees no tags")
	}
	for _, c := range []struct {
		session, below, key, value string
		status                     int
		says                       string
	}{
		{reader, "/tags", "a", "b", http.StatusForbidden, "may not do this"},
		{reader, "/tags/remove", "site", "", http.StatusForbidden, "may not do this"},
		{admin, "/tags", "", "", http.StatusBadRequest, "cannot be set"},
		{admin, "/tags", "<script>", "", http.StatusBadRequest, "cannot be set"},
		{admin, "/tags", "a", strings.Repeat("v", 257), http.StatusBadRequest, "cannot be set"},
	} {
		got := send(c.session, c.below, c.key, c.value)
		if text := body(t, got); got.StatusCode != c.status || !strings.Contains(text, c.says) || strings.Contains(text, "<script>") {
			t.Errorf("%+v: %s\n%s", c, got.Status, text)
		}
	}
	if got := fetch(r, "POST", node+"/tags", url.Values{"key": {"a"}}, admin); got.StatusCode != http.StatusForbidden {
		t.Errorf("without a token: %s", got.Status)
	}
	if got := send(admin, "9/tags", "a", "b"); got.StatusCode != http.StatusBadRequest {
		t.Errorf("of a node that is not there: %s", got.Status)
	}
	for _, key := range []string{"site", "none"} {
		if got := send(admin, "/tags/remove", key, ""); got.StatusCode != http.StatusSeeOther {
			t.Errorf("without %s: %s", key, got.Status)
		}
	}
	has("[{role }]")
}
