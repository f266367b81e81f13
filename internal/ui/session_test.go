package ui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range []struct {
		name, key, secret, next string
		status                  int
		to, says                string
	}{
		{"administrator", "ADMIN", "admin's", "", http.StatusSeeOther, "/ui/", ""},
		{"reader, pasted with blanks", " READ ", "\treader's\n", "", http.StatusSeeOther, "/ui/", ""},
		{"on to a page", "READ", "reader's", "/ui/eu-west-1/nodes?q=a", http.StatusSeeOther, "/ui/eu-west-1/nodes?q=a", ""},
		{"on to somebody else", "READ", "reader's", "//elsewhere/ui/", http.StatusSeeOther, "/ui/", ""},
		{"wrong secret", "ADMIN", "reader's", "", http.StatusForbidden, "", "no such access key"},
		{"no secret", "ADMIN", "", "", http.StatusForbidden, "", "no such access key"},
		{"no such key", "NOBODY", "", "", http.StatusForbidden, "", "no such access key"},
		{"node", "NODE", "node&#39;s", "", http.StatusForbidden, "", "no such access key"},
		{"node with its secret", "NODE", "node's", "", http.StatusForbidden, "", "key of a node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fetch(r, "POST", "/ui/sign-in", url.Values{"key": {c.key}, "secret": {c.secret}, "next": {c.next}}, "")
			if got.StatusCode != c.status || got.Header.Get("Location") != c.to {
				t.Errorf("got %s to %q", got.Status, got.Header.Get("Location"))
			}
			if text := body(t, got); !strings.Contains(text, c.says) {
				t.Errorf("it does not say %q:\n%s", c.says, text)
			}
			if want := c.status == http.StatusSeeOther; (len(got.Cookies()) == 1) != want {
				t.Errorf("the cookies are %v", got.Cookies())
			}
		})
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	form := url.Values{"key": {"READ"}, "secret": {"reader's"}}
	for _, c := range []struct {
		name, proto string
		secure      bool
	}{{"http", "", false}, {"https at a proxy", "https", true}} {
		req := httptest.NewRequest("POST", "/ui/sign-in", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-Proto", c.proto)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		got := w.Result().Cookies()[0]
		if !got.HttpOnly || got.SameSite != http.SameSiteStrictMode || got.Path != "/" || got.MaxAge != 12*3600 || got.Secure != c.secure {
			t.Errorf("%s: the cookie is %s", c.name, got)
		}
	}
}

func TestWhoHasNotSignedIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, to := range map[string]string{
		"/ui/":               "/ui/sign-in",
		"/ui/eu-west-1/":     "/ui/sign-in?next=%2Fui%2Feu-west-1%2F",
		"/ui/eu-west-1/?q=a": "/ui/sign-in?next=%2Fui%2Feu-west-1%2F%3Fq%3Da",
	} {
		for _, session := range []string{"", "nonsense", strings.Repeat("A", 100)} {
			got := fetch(r, "GET", path, nil, session)
			if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != to {
				t.Errorf("%s: got %s to %q", path, got.Status, got.Header.Get("Location"))
			}
		}
	}
}

// TestLinkFromElsewhere: a browser that follows a link of another site does not send the cookie, and does when the page asks again.
func TestLinkFromElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	req := httptest.NewRequest("GET", "/ui/eu-west-1/?q=a&sort=b", nil)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	if text := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(text, `content="0;url=/ui/eu-west-1/?q=a&amp;sort=b"`) {
		t.Errorf("got %d\n%s", w.Code, text)
	}
}

func TestSessionsLast(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	if got := fetch(r.serveWith(r.Fleet), "GET", "/ui/eu-west-1/", nil, session); got.StatusCode != http.StatusOK {
		t.Errorf("another server says %s", got.Status)
	}
	r.pass(sessionFor - time.Second)
	if got := fetch(r, "GET", "/ui/eu-west-1/", nil, session); got.StatusCode != http.StatusOK {
		t.Errorf("just before its end: %s", got.Status)
	}
	r.pass(time.Second)
	if got := fetch(r, "GET", "/ui/eu-west-1/", nil, session); got.StatusCode != http.StatusSeeOther {
		t.Errorf("after its end: %s", got.Status)
	}
}

func TestSessionsEndWithTheirKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session, ctx := r.signedIn("READ"), context.Background()
	key, _ := r.Fleet.Lookup("READ")
	if err := r.Fleet.RevokeAccessKey(ctx, account, "READ"); err != nil {
		t.Fatal(err)
	}
	if got := fetch(r, "GET", "/ui/eu-west-1/", nil, session); got.StatusCode != http.StatusSeeOther {
		t.Errorf("after its key was revoked: %s", got.Status)
	}
	again := key
	again.Secret = "another"
	if err := r.Fleet.SetAccessKey(ctx, "READ", again); err != nil {
		t.Fatal(err)
	}
	if got := fetch(r, "GET", "/ui/eu-west-1/", nil, session); got.StatusCode != http.StatusSeeOther {
		t.Errorf("with a new key of that id: %s", got.Status)
	}
	if err := r.Fleet.SetAccessKey(ctx, "READ", key); err != nil {
		t.Fatal(err)
	}
	if got := fetch(r, "GET", "/ui/eu-west-1/", nil, session); got.StatusCode != http.StatusOK {
		t.Errorf("with the key as it was: %s", got.Status)
	}
}

func TestAlteredSessions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	for at := range session {
		for _, c := range []byte("A-9") {
			altered := session[:at] + string(c) + session[at+1:]
			if altered == session || at == len(session)-1 { // whose last bits are none of the value
				continue
			}
			if got := fetch(r, "GET", "/ui/eu-west-1/", nil, altered); got.StatusCode != http.StatusSeeOther {
				t.Fatalf("with another character at %d: %s", at, got.Status)
			}
		}
	}
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session, other := r.signedIn("ADMIN"), r.signedIn("ADMIN")
	for _, c := range []struct {
		name, csrf string
		status     int
	}{
		{"none", "", http.StatusForbidden},
		{"of another session", r.csrf(other), http.StatusForbidden},
		{"its own", r.csrf(session), http.StatusSeeOther},
	} {
		got := fetch(r, "POST", "/ui/sign-out", url.Values{"csrf": {c.csrf}}, session)
		if got.StatusCode != c.status || (len(got.Cookies()) == 1) != (c.status == http.StatusSeeOther) {
			t.Errorf("a token that is %s: %s, %v", c.name, got.Status, got.Cookies())
		}
	}
}

func TestFormsOfOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
		req := httptest.NewRequest("POST", "/ui/sign-in", strings.NewReader(url.Values{"key": {"READ"}, "secret": {"reader's"}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(header, value)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
			t.Errorf("with %s: got %d, %v", header, w.Code, w.Result().Cookies())
		}
	}
}

func TestFailedSignIns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	signIn := func(from, secret string) int {
		req := httptest.NewRequest("POST", "/ui/sign-in", strings.NewReader(url.Values{"key": {"READ"}, "secret": {secret}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.RemoteAddr = from
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if (w.Code == http.StatusTooManyRequests) != (w.Header().Get("Retry-After") == "600") {
			t.Errorf("%d with Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
		return w.Code
	}
	for range failuresAllowed {
		if got := signIn("[2001:db8::1]:1", "wrong"); got != http.StatusForbidden {
			t.Fatalf("got %d", got)
		}
	}
	for from, want := range map[string]int{
		"[2001:db8::1]:2":   http.StatusTooManyRequests,
		"[2001:db8::2]:2":   http.StatusTooManyRequests, // of one network
		"[2001:db8:1::1]:2": http.StatusSeeOther,
		"192.0.2.1:2":       http.StatusSeeOther,
	} {
		if got := signIn(from, "reader's"); got != want {
			t.Errorf("from %s: got %d", from, got)
		}
	}
	r.pass(failuresFor)
	if got := signIn("[2001:db8::1]:3", "reader's"); got != http.StatusSeeOther {
		t.Errorf("after a while: got %d", got)
	}
}

func TestNextPage(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"":                              "/ui/",
		"/ui/eu-west-1/nodes?q=a%20b#x": "/ui/eu-west-1/nodes?q=a%20b#x",
		"/other":                        "/ui/",
		"https://elsewhere/ui/":         "/ui/",
		"//elsewhere/ui/":               "/ui/",
		`/ui/\elsewhere`:                "/ui/",
		"/ui/\nx":                       "/ui/",
		"javascript:alert(1)":           "/ui/",
	} {
		if got := nextPage(to); got != want {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}
