package ui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("ADMIN")
	for _, c := range []struct {
		method, path, session string
		status                int
	}{
		{"GET", "/ui/", session, http.StatusSeeOther},
		{"GET", "/ui/", "", http.StatusSeeOther},
		{"GET", "/ui/eu-west-1/", session, http.StatusOK},
		{"GET", "/ui/sign-in", "", http.StatusOK},
		{"POST", "/ui/sign-in", "", http.StatusForbidden},
		{"GET", "/ui/none", session, http.StatusNotFound},
		{"GET", "/ui/eu-west-1/none", session, http.StatusNotFound},
		{"GET", "/ui/NoRegion/", session, http.StatusNotFound},
		{"DELETE", "/ui/eu-west-1/", session, http.StatusNotFound},
	} {
		got := fetch(r, c.method, c.path, url.Values{}, c.session)
		if got.StatusCode != c.status {
			t.Errorf("%s %s: %s", c.method, c.path, got.Status)
		}
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "same-origin",
			"Cache-Control":           "no-store",
		} {
			if have := got.Header.Get(header); have != want {
				t.Errorf("%s %s: %s is %q", c.method, c.path, header, have)
			}
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	broken := r.protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") }))
	got := fetch(broken, "GET", "/ui/", nil, "")
	if text := body(t, got); got.StatusCode != http.StatusInternalServerError || strings.Contains(text, "secret") || !strings.Contains(text, "in the server’s log") {
		t.Errorf("%s\n%s", got.Status, text)
	}
}

func TestServerTiming(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := fetch(r, "GET", "/ui/eu-west-1/", nil, r.signedIn("READ"))
	foot := regexp.MustCompile(`<span id="took">([0-9.]+)</span>`).FindStringSubmatch(body(t, got))
	if head := got.Header.Get("Server-Timing"); foot == nil || head != "total;dur="+foot[1] {
		t.Errorf("the header says %q, the page %v", head, foot)
	}
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	page := body(t, fetch(r, "GET", "/ui/sign-in", nil, ""))
	files := regexp.MustCompile(`(?:src|href)="(/ui/[a-z]+\.[0-9a-f]{12}\.(css|js|svg))"`).FindAllStringSubmatch(page, -1)
	if len(files) != 3 {
		t.Fatalf("the page loads %v", files)
	}
	for _, f := range files {
		got := fetch(r, "GET", f[1], nil, "")
		if got.StatusCode != http.StatusOK || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") || !strings.Contains(got.Header.Get("Content-Type"), strings.NewReplacer("js", "javascript").Replace(f[2])) {
			t.Errorf("%s: %s, %v", f[1], got.Status, got.Header)
		}
	}
}

// TestNothingInline holds that no template asks for what the policy would refuse.
func TestNothingInline(t *testing.T) {
	t.Parallel()
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script[^>]*>[^<]|javascript:`)
	for name, page := range newRig(t).templates {
		for _, part := range page.Templates() {
			if part.Tree == nil {
				continue
			}
			if found := inline.FindString(part.Tree.Root.String()); found != "" {
				t.Errorf("%s: %s has %s", name, part.Name(), found)
			}
		}
	}
}
