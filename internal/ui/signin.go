package ui

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// signInPage is what the form shows.
type signInPage struct {
	Next  string // the page to go to
	KeyID string
	Wrong string // what is wrong with what was sent
}

// askToSignIn sends a stranger to the form. A browser that follows a link from elsewhere does not send the cookie of somebody who
// has signed in; so it is asked once to come again of itself, which does.
func (u *UI) askToSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		u.renderBare(w, http.StatusOK, "again.html", r.URL.RequestURI())
		return
	}
	to := "/ui/sign-in"
	if r.Method == http.MethodGet && r.URL.Path != "/ui/" {
		to += "?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (u *UI) showSignIn(w http.ResponseWriter, r *http.Request) {
	u.renderBare(w, http.StatusOK, "sign-in.html", signInPage{Next: nextPage(r.FormValue("next"))})
}

// signIn begins a session for whoever shows an access key and its secret.
func (u *UI) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		u.fail(w, r, nil, badForm)
		return
	}
	page := signInPage{Next: nextPage(r.PostFormValue("next")), KeyID: strings.TrimSpace(r.PostFormValue("key"))}
	if wait := u.failures.wait(r.RemoteAddr); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		page.Wrong = fmt.Sprintf("Too many sign-ins from your address have failed. Try again in %.0f minutes.", math.Ceil(wait.Minutes()))
		u.renderBare(w, http.StatusTooManyRequests, "sign-in.html", page)
		return
	}
	k, shown := u.sessions.shown(page.KeyID, strings.TrimSpace(r.PostFormValue("secret")))
	switch {
	case !shown:
		u.failures.add(r.RemoteAddr)
		u.Log.Warn("a sign-in has failed", "from", r.RemoteAddr)
		page.Wrong = "There is no such access key, or this is not its secret."
	case !maySignIn(k):
		page.Wrong = "This is the key of a node, which may not sign in. Use one of the role read or admin."
	default:
		setCookie(w, r, u.sessions.begin(page.KeyID, k))
		http.Redirect(w, r, page.Next, http.StatusSeeOther)
		return
	}
	u.renderBare(w, http.StatusForbidden, "sign-in.html", page)
}

// signOut has the browser forget its session. Whoever is not signed in has nothing to lose, and needs no token.
func (u *UI) signOut(w http.ResponseWriter, r *http.Request) {
	v, ok := u.visitor(w, r)
	if !ok {
		return
	}
	if err := v.readForm(w); err != nil {
		u.fail(w, r, v, err)
		return
	}
	setCookie(w, r, "")
	http.Redirect(w, r, "/ui/sign-in", http.StatusSeeOther)
}

// nextPage lets a sign-in lead to pages of ours only.
func nextPage(to string) string {
	if u, err := url.Parse(to); err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/ui/") || strings.ContainsAny(to, "\\\r\n") {
		return "/ui/"
	}
	return to
}
