package ui

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster"
)

var shownSecret = regexp.MustCompile(`<dt>Access key id</dt><dd><code>(AKIA[A-Z2-7]{16})</code></dd><dt>Secret access key</dt><dd><code>([A-Z2-7]{40})</code>`)

func TestKeyIsMadeAndItsSecretShownOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var log bytes.Buffer
	r.UI.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	session := r.signedIn("ADMIN")
	r.put(1, muster.TypeInstanceInformation)
	for _, want := range []muster.AccessKey{
		{Role: muster.RoleRead, Comment: `<b>anna</b>`},
		{Role: muster.RoleAdmin},
		{Role: muster.RoleNode, Node: nodeID(1), Region: "eu-west-1"},
	} {
		form := url.Values{"role": {string(want.Role)}, "node": {string(want.Node)}, "comment": {want.Comment}, "csrf": {r.csrf(session)}}
		got := fetch(r, "POST", "/ui/eu-west-1/access", form, session)
		text := body(t, got)
		made := shownSecret.FindStringSubmatch(text)
		if got.StatusCode != http.StatusOK || made == nil || got.Header.Get("Cache-Control") != "no-store" || strings.Contains(text, "<b>") {
			t.Fatalf("%s: %s\n%s", want.Role, got.Status, text)
		}
		id, secret := made[1], made[2]
		want.Secret, want.Account, want.Created = secret, account, r.now()
		if k, _ := r.Fleet.Lookup(id); k != want {
			t.Errorf("the key is %+v, not %+v", k, want)
		}
		list := r.page("/ui/eu-west-1/access", session)
		if !strings.Contains(list, id) || strings.Contains(list, secret) || strings.Contains(list, "<b>") || strings.Contains(log.String(), secret) {
			t.Errorf("%s: the list is\n%s\nand the log\n%s", want.Role, list, &log)
		}
		if text := r.page("/ui/eu-west-1/access/"+id+"/revoke", session); strings.Contains(text, secret) || strings.Contains(text, "that you have signed in with") {
			t.Errorf("%s: the question is\n%s", want.Role, text)
		}
	}
	if list := r.page("/ui/eu-west-1/access", session); strings.Contains(list, "admin&#39;s") || strings.Contains(list, "reader&#39;s") {
		t.Error("the list has secrets of before")
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("ADMIN")
	before := r.Fleet.AccessKeys(account)
	for _, c := range []struct {
		role, node, comment, csrf string
		status                    int
		says                      string
	}{
		{"root", "", "", r.csrf(session), http.StatusBadRequest, "role"},
		{"", "", "", r.csrf(session), http.StatusBadRequest, "role"},
		{"node", "", "", r.csrf(session), http.StatusBadRequest, "needs the InstanceId"},
		{"read", string(nodeID(1)), "", r.csrf(session), http.StatusBadRequest, "role node only"},
		{"node", `"><script>`, "", r.csrf(session), http.StatusBadRequest, "instanceId"},
		{"read", "", strings.Repeat("c", 257), r.csrf(session), http.StatusBadRequest, "comment"},
		{"admin", "", "", "", http.StatusForbidden, "another session"},
		{"admin", "", "", r.csrf(r.signedIn("ADMIN")), http.StatusForbidden, "another session"},
	} {
		form := url.Values{"role": {c.role}, "node": {c.node}, "comment": {c.comment}, "csrf": {c.csrf}}
		got := fetch(r, "POST", "/ui/eu-west-1/access", form, session)
		if text := body(t, got); got.StatusCode != c.status || !strings.Contains(text, c.says) || strings.Contains(text, "<script>") {
			t.Errorf("%+v: %s\n%s", c, got.Status, text)
		}
	}
	if got := r.Fleet.AccessKeys(account); !slices.Equal(got, before) {
		t.Errorf("there are %v", got)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, session := context.Background(), r.signedIn("ADMIN")
	for id, k := range map[string]muster.AccessKey{
		"SECOND":   {Secret: "second's", Account: account, Role: muster.RoleAdmin},
		"STRANGER": {Secret: "stranger's", Account: "444455556666", Role: muster.RoleRead},
	} {
		if err := r.Fleet.SetAccessKey(ctx, id, k); err != nil {
			t.Fatal(err)
		}
	}
	if list := r.page("/ui/eu-west-1/access", session); strings.Contains(list, "STRANGER") {
		t.Error("the list has another account's key")
	}
	reader := r.signedIn("READ")
	revoke := func(id, session string) *http.Response {
		form := url.Values{"csrf": {r.csrf(session)}}
		return fetch(r, "POST", "/ui/eu-west-1/access/"+id+"/revoke", form, session)
	}
	if got := fetch(r, "POST", "/ui/eu-west-1/access/READ/revoke", url.Values{}, session); got.StatusCode != http.StatusForbidden {
		t.Errorf("without a token: %s", got.Status)
	}
	for _, id := range []string{"STRANGER", "NONE"} {
		if got := fetch(r, "GET", "/ui/eu-west-1/access/"+id+"/revoke", nil, session); got.StatusCode != http.StatusNotFound {
			t.Errorf("to ask for %s: %s", id, got.Status)
		}
		if got := revoke(id, session); got.StatusCode < 400 {
			t.Errorf("to revoke %s: %s", id, got.Status)
		}
	}
	if got := revoke("READ", session); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/ui/eu-west-1/access" {
		t.Errorf("the reader's: %s to %s", got.Status, got.Header.Get("Location"))
	}
	if got := fetch(r, "GET", "/ui/eu-west-1/", nil, reader); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the reader sees %s", got.Status)
	}
	if text := r.page("/ui/eu-west-1/access/ADMIN/revoke", session); !strings.Contains(text, "This is the key that you have signed in with") {
		t.Errorf("nothing warns of one's own key:\n%s", text)
	}
	second := r.signedIn("SECOND")
	if got := revoke("ADMIN", session); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/ui/sign-in" {
		t.Errorf("one's own: %s to %s", got.Status, got.Header.Get("Location"))
	}
	if got := revoke("SECOND", second); got.StatusCode != http.StatusBadRequest || !strings.Contains(body(t, got), "the last of an administrator") {
		t.Errorf("the last administrator's: %s", got.Status)
	}
	if _, ok := r.Fleet.Lookup("SECOND"); !ok {
		t.Error("nobody can come back")
	}
}
