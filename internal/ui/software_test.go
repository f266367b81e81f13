package ui

import (
	"encoding/csv"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster"
)

const applications = muster.TypeName("AWS:Application")

var listedApplication = regexp.MustCompile(`<a href="/ui/eu-west-1/software/application\?name=[^"]*"><bdi>([^<]*)</bdi>`)

func listed(by *regexp.Regexp, text string) (names []string) {
	for _, found := range by.FindAllStringSubmatch(text, -1) {
		names = append(names, html.UnescapeString(found[1]))
	}
	return names
}

func TestSoftware(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	if text := r.page("/ui/eu-west-1/software", session); !strings.Contains(text, "muster put mi-0123456789abcdef0 AWS:Application Name=openssl") {
		t.Error("the page does not say how to report an application")
	}
	r.put(1, applications, entry("Name", "OpenSSL"), entry("Name", "libssl"), entry("Name", "bash"))
	r.put(2, applications, entry("Name", "openssl"), entry("Name", "ssl-cert"), entry("Name", "libssl"))
	r.put(3, applications, entry("Name", "bash"), entry("Name", "libssl"), entry("Name", "A/B?c=1&d"))
	for query, want := range map[string][]string{
		"":                {"libssl", "bash", "OpenSSL", "A/B?c=1&d", "ssl-cert"},
		"find=SSL":        {"ssl-cert", "libssl", "OpenSSL"},
		"find=ssl&from=1": {"libssl", "OpenSSL"},
		"find=ssl&from=9": nil,
		"find=none":       nil,
		"find=b%3Fc":      {"A/B?c=1&d"},
	} {
		text := r.page("/ui/eu-west-1/software?"+query, session)
		if got := listed(listedApplication, text); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	text := r.page("/ui/eu-west-1/software", session)
	for _, want := range []string{
		`<a href="/ui/eu-west-1/software" aria-current="page">Software</a>`,
		`name=A%2FB%3Fc%3D1%26d`, `<a href="/ui/eu-west-1/nodes?q=name&#43;%3D&#43;libssl">3</a>`, "muster count name --endpoint-url",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s\n%s", want, text)
		}
	}
	got := fetch(r, "GET", "/ui/eu-west-1/software.csv?find=ssl", nil, session)
	if text := body(t, got); text != "Name,Nodes\nssl-cert,1\nlibssl,3\nOpenSSL,2\n" || got.Header.Get("Content-Disposition") != `attachment; filename="software.csv"` {
		t.Errorf("the CSV is %q, %v", text, got.Header)
	}
}

func TestPagesOfSoftware(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var entries []muster.Entry
	for n := range applicationsOnPage + 1 {
		entries = append(entries, entry("Name", fmt.Sprintf("app %03d", n)))
	}
	r.put(1, applications, entries...)
	session := r.signedIn("READ")
	for _, query := range []string{"", "find=app"} {
		first := r.page("/ui/eu-west-1/software?"+query, session)
		next := nextLink.FindStringSubmatch(first)
		if got := listed(listedApplication, first); next == nil || len(got) != applicationsOnPage {
			t.Fatalf("%q: the first page has %d applications, and next %q", query, len(got), next)
		}
		second := r.page(html.UnescapeString(next[1]), session)
		if got := listed(listedApplication, second); !slices.Equal(got, []string{"app 100"}) || nextLink.MatchString(second) {
			t.Errorf("%q: the second page has %q", query, got)
		}
	}
}

var listedVersion = regexp.MustCompile(`<tr><th scope="row"><bdi>([^<]*)</bdi></th><td class="n"><a href="[^"]*">([0-9]+)</a></td><td class="n"><a href="[^"]*">([0-9]+)</a>`)

func TestApplication(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	for n, version := range []string{"3.0.7", "3.0.10", "3.0.7", "1.1", ""} {
		r.put(n+1, applications, entry("Name", "openssl", "Version", version), entry("Name", "other", "Version", "9"))
	}
	r.put(1, applications, entry("Name", "OpenSSL", "Version", "3.0.7", "Architecture", "arm"), entry("Name", "openssl", "Version", "1.1"))
	r.put(6, applications, entry("Name", "bash", "Version", "5"))
	r.put(7, "AWS:Network", entry("Name", "eth0"))
	text := r.page("/ui/eu-west-1/software/application?name=openssl&below=3.0.8", session)
	var versions []string
	for _, row := range listedVersion.FindAllStringSubmatch(text, -1) {
		versions = append(versions, strings.Join(row[1:], " "))
	}
	if want := []string{"3.0.10 1 3", "3.0.7 2 2", "1.1 2 0", "(empty) 1 0"}; !slices.Equal(versions, want) {
		t.Errorf("the versions are %q, want %q", versions, want)
	}
	for _, want := range []string{
		`<dt>Nodes</dt><dd><a href="/ui/eu-west-1/nodes?q=name&#43;%3D&#43;openssl">5</a>`,
		`<dt>Lack it</dt><dd><a href="/ui/eu-west-1/nodes?q=name&#43;%21%3D&#43;openssl">2</a>`,
		`<bdi>3.0.8</bdi></dt><dd><a href="/ui/eu-west-1/nodes?q=name&#43;%3D&#43;openssl&#43;and&#43;version&#43;%3C&#43;3.0.8">3</a>`,
		`muster query &#39;name = openssl&#39;`, `muster nodes &#39;name = openssl and version &lt; 3.0.8&#39;`,
		`<svg viewBox`, `<title>3.0.10: 1</title>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s\n%s", want, text)
		}
	}
	for _, link := range regexp.MustCompile(`<a href="(/ui/eu-west-1/nodes\?q=[^"]*)">([0-9]+)</a>`).FindAllStringSubmatch(text, -1) {
		if got := len(nodesOn(r.page(html.UnescapeString(link[1]), session))); fmt.Sprint(got) != link[2] {
			t.Errorf("%s leads to %d nodes, not to %s", link[1], got, link[2])
		}
	}
	rows, err := csv.NewReader(fetch(r, "GET", "/ui/eu-west-1/software/application.csv?name=openssl", nil, session).Body).ReadAll()
	if want := [][]string{{"Version", "Nodes"}, {"1.1", "2"}, {"3.0.7", "2"}, {"", "1"}, {"3.0.10", "1"}}; err != nil || fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Errorf("the CSV is %q, %v", rows, err)
	}
	if got := fetch(r, "GET", "/ui/eu-west-1/software/application?"+url.Values{"name": {"openss"}}.Encode(), nil, session); got.StatusCode != http.StatusNotFound {
		t.Errorf("an application that nobody has: %s", got.Status)
	}
}

func TestVersionsOfPackages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	for n, version := range []string{"3.0.2-0ubuntu1.9", "3.0.2-0ubuntu1.10", "3.0.2~rc1-1"} {
		r.put(n, applications, entry("Name", "openssl", "Version", version, "PackageId", "openssl_"+version+"_amd64.deb"))
	}
	text := r.page("/ui/eu-west-1/software/application?name=openssl", session)
	if got, want := listed(listedVersion, text), []string{"3.0.2-0ubuntu1.10", "3.0.2-0ubuntu1.9", "3.0.2~rc1-1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestManyVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	var entries []muster.Entry
	for n := range versionsOnPage + 5 {
		entries = append(entries, entry("Name", "kernel", "Version", fmt.Sprintf("5.%d.0-generic-amd64", n)))
	}
	r.put(1, applications, entries...)
	text := r.page("/ui/eu-west-1/software/application?name=kernel", session)
	if got := len(listedVersion.FindAllString(text, -1)); got != versionsOnPage || !strings.Contains(text, "<p>5 more") {
		t.Errorf("the page has %d versions", got)
	}
	if bars := strings.Count(text, `<g class="bar">`); bars != versionsInChart || !strings.Contains(text, ">5.0.0-…amd64</text>") {
		t.Errorf("the chart has %d bars\n%s", bars, text)
	}
}
