package ui

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster"
)

const oddType = muster.TypeName("Custom:A/B é.x")

func TestTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	if text := r.page("/ui/eu-west-1/types", session); !strings.Contains(text, "muster put mi-0123456789abcdef0 Custom:RackInfo") {
		t.Error("the page does not say how to make a type")
	}
	for n := range 3 {
		r.put(n, oddType, entry("Row.é", "C", "Rack", fmt.Sprint(n)))
	}
	r.put(7, "AWS:Application", entry("Name", "a"))
	odd := "/ui/eu-west-1/types/" + url.PathEscape(string(oddType))
	for path, wants := range map[string][]string{
		"/ui/eu-west-1/types":                 {`<a href="` + odd + `">Custom:A/B é.x</a></th><td>1.0</td><td class="n">2</td><td class="n"><a href="/ui/eu-west-1/nodes?q=has&#43;%22`, `">3</a></td>`, "AWS:Network"},
		odd:                                   {`<dt>Lacking</dt><dd><a href="/ui/eu-west-1/nodes?q=lacks&#43;`, `<bdi>Row.é</bdi></th><td class="n"><a href="` + odd + `/values?attribute=Row.%C3%A9">1</a>`},
		odd + "/values?attribute=Rack":        {`<bdi>2</bdi>`, `<a href="/ui/eu-west-1/nodes?q=%22Custom%3AA%2FB&#43;%C3%A9.x.Rack%22&#43;%3D&#43;2">1</a>`},
		odd + "/values?attribute=Row.%C3%A9":  {`<bdi>C</bdi>`, `">3</a>`},
		"/ui/eu-west-1/types/AWS:Application": {`<bdi>Publisher</bdi></th><td class="n">0</td>`},
	} {
		text := r.page(path, session)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s\n%s", path, want, text)
			}
		}
		if strings.Contains(text, "Delete this") {
			t.Errorf("%s offers a reader to delete", path)
		}
	}
	for _, path := range []string{"/ui/eu-west-1/types/Custom:None", "/ui/eu-west-1/types/AWS:None/values?attribute=a"} {
		if got := fetch(r, "GET", path, nil, session); got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
}

func TestPagesOfValues(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var entries []muster.Entry
	for n := range valuesOnPage + 1 {
		entries = append(entries, entry("Name", fmt.Sprintf("value %03d", n)))
	}
	r.put(1, "AWS:Application", entries...)
	session := r.signedIn("READ")
	first := r.page("/ui/eu-west-1/types/AWS:Application/values?attribute=Name", session)
	next := nextLink.FindStringSubmatch(first)
	if next == nil || !strings.Contains(first, "value 099") || strings.Contains(first, "value 100") {
		t.Fatal("the first page has others:\n" + first)
	}
	second := r.page(strings.ReplaceAll(next[1], "&amp;", "&"), session)
	if strings.Contains(second, "value 099") || !strings.Contains(second, "value 100") || nextLink.MatchString(second) {
		t.Error("the second page has others:\n" + second)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for n := range 3 {
		r.put(n, oddType, entry("Row", "C"))
	}
	session := r.signedIn("ADMIN")
	odd := "/ui/eu-west-1/types/" + url.PathEscape(string(oddType))
	if text := r.page(odd, session); !strings.Contains(text, `href="`+odd+`/delete"`) {
		t.Error("an administrator is not offered to delete")
	}
	if text := r.page(odd+"/delete", session); !strings.Contains(text, "3 nodes have it") {
		t.Error("the dry run does not say how many:\n" + text)
	}
	for _, form := range []url.Values{{"schema": {""}}, {"schema": {"Other"}, "csrf": {r.csrf(session)}}} {
		if got := fetch(r, "POST", odd+"/delete", form, session); got.StatusCode < 400 {
			t.Errorf("%v: %s", form, got.Status)
		}
	}
	if got := len(r.Fleet.Deletions(space)); got != 0 {
		t.Fatalf("there are %d deletions", got)
	}
	got := fetch(r, "POST", odd+"/delete", url.Values{"schema": {"DisableSchema"}, "csrf": {r.csrf(session)}}, session)
	to := got.Header.Get("Location")
	if got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/ui/eu-west-1/deletions/") {
		t.Fatalf("%s to %s\n%s", got.Status, to, body(t, got))
	}
	r.later(time.Second)
	done := fetch(r, "GET", to, nil, session)
	if text := body(t, done); !strings.Contains(text, "Done: 3 are deleted") || done.Header.Get("Refresh") != "" {
		t.Error("it is not done:\n" + text)
	}
	for path, want := range map[string]string{
		"/ui/eu-west-1/types": `<a href="` + to + `">Custom:A/B é.x</a>`,
		odd:                   "up to 1.0 are ignored",
	} {
		if text := r.page(path, session); !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", path, want)
		}
	}
	for path, status := range map[string]int{
		"/ui/eu-west-1/deletions/none":               http.StatusNotFound,
		"/ui/eu-west-1/types/AWS:Application/delete": http.StatusBadRequest,
		"/ui/eu-west-1/types/Custom:Nothing/delete":  http.StatusNotFound,
	} {
		if got := fetch(r, "GET", path, nil, session); got.StatusCode != status {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
}

func TestReadersChangeNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(1, "Custom:RackInfo", entry("Row", "C"))
	session := r.signedIn("READ")
	form := url.Values{"csrf": {r.csrf(session)}, "schema": {""}}
	for _, rt := range r.routes() {
		if !rt.changes() && !strings.HasSuffix(rt.Path, "/delete") && !strings.HasPrefix(rt.Path, "access") {
			continue
		}
		method, _, _ := strings.Cut(rt.pattern(), " ")
		path := "/ui/eu-west-1/" + strings.NewReplacer("{type}", "Custom:RackInfo").Replace(rt.Path)
		got := fetch(r, method, path, form, session)
		if text := body(t, got); got.StatusCode != http.StatusForbidden || !strings.Contains(text, "Your key may not do this") {
			t.Errorf("%s %s: %s", method, path, got.Status)
		}
	}
	if !r.Fleet.Snapshot(space).Has(nodeID(1)) || len(r.Fleet.Deletions(space)) > 0 {
		t.Error("something was deleted")
	}
}
