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

var (
	markup   = regexp.MustCompile(`<[^>]*>`)
	listLink = regexp.MustCompile(`<a href="(/ui/eu-west-1/nodes\?q=[^"]*)">([0-9]+)</a>`)
)

// differencesOn gives the rows of a page of differences as text.
func differencesOn(text string) (rows []string) {
	_, body, _ := strings.Cut(text, "<tbody>")
	body, _, _ = strings.Cut(body, "</tbody>")
	for row := range strings.SplitSeq(strings.TrimSpace(body), "\n") {
		rows = append(rows, strings.Join(strings.Fields(html.UnescapeString(markup.ReplaceAllString(row, " "))), " "))
	}
	return rows
}

func TestCompare(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	for n := range 20 {
		linux := n < 8
		r.put(n, muster.TypeInstanceInformation, entry("PlatformType", map[bool]string{true: "Linux", false: "Windows"}[linux], "ComputerName", fmt.Sprint("host ", n)))
		apps := []muster.Entry{entry("Name", "bash", "Version", "5", "Publisher", "GNU"), entry("Name", fmt.Sprint("noise ", n%3), "Version", "1")}
		if linux {
			apps = append(apps, entry("Name", "openssl", "Version", fmt.Sprint("3.", n%2), "Publisher", "OpenSSL"))
		}
		r.put(n, applications, apps...)
	}
	r.put(1, "Custom:Rack", entry("Row", "C"))
	text := r.page("/ui/eu-west-1/compare?a=platform+%3D+Linux&b=platform+%3D+Windows", session)
	rows := differencesOn(text)
	for i, want := range []string{
		"AWS:Application Name openssl Publisher OpenSSL 8 100.0 % 0 0.0 % +100.0",
		"AWS:InstanceInformation PlatformType Linux 8 100.0 % 0 0.0 % +100.0",
		"AWS:InstanceInformation PlatformType Windows 0 0.0 % 12 100.0 % -100.0",
		"AWS:Application Name openssl Version 3.0 4 50.0 % 0 0.0 % +50.0",
		"AWS:Application Name openssl Version 3.1 4 50.0 % 0 0.0 % +50.0",
	} {
		if i >= len(rows) || rows[i] != want {
			t.Errorf("row %d of %q, want %s", i, rows, want)
		}
	}
	if want := "Custom:Rack has any 1 12.5 % 0 0.0 % +12.5"; !slices.Contains(rows, want) {
		t.Errorf("%q lacks %s", rows, want)
	}
	links := listLink.FindAllStringSubmatch(text, -1)
	if len(links) < 2*len(rows) {
		t.Errorf("%d links for %d rows", len(links), len(rows))
	}
	for _, link := range links {
		if got := len(nodesOn(r.page(html.UnescapeString(link[1]), session))); fmt.Sprint(got) != link[2] {
			t.Errorf("%s leads to %d nodes, not to %s", html.UnescapeString(link[1]), got, link[2])
		}
	}
	if want := `muster diff --where &#39;platform = Linux&#39; --where`; !strings.Contains(text, want) {
		t.Errorf("the page lacks %s", want)
	}
	got, err := csv.NewReader(fetch(r, "GET", "/ui/eu-west-1/compare.csv?a=platform+%3D+Linux&b=platform+%3D+Windows", nil, session).Body).ReadAll()
	if err != nil || len(got) != len(rows)+1 || fmt.Sprint(got[4]) != "[AWS:Application has (name = openssl and version = 3.0) 4 0 +50.0]" {
		t.Errorf("the CSV is %q, %v", got, err)
	}
}

func TestCompareNodes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	if text := r.page("/ui/eu-west-1/compare", session); strings.Contains(text, "apart") {
		t.Error("nothing was asked and something is compared")
	}
	r.put(1, applications, entry("Name", "bash", "Version", "5.1"), entry("Name", "zsh", "Version", "1"))
	r.put(2, applications, entry("Name", "bash", "Version", "5.2"), entry("Name", "zsh", "Version", "1"))
	text := r.page("/ui/eu-west-1/compare?"+url.Values{"a": {string(nodeID(1))}, "b": {string(nodeID(2))}}.Encode(), session)
	if got, want := fmt.Sprint(differencesOn(text)), "[AWS:Application Name bash Version 5.1 1 100.0 % 0 0.0 % +100.0 AWS:Application Name bash Version 5.2 0 0.0 % 1 100.0 % -100.0]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := fmt.Sprintf("muster diff %s %s ", nodeID(1), nodeID(2)); !strings.Contains(text, want) {
		t.Errorf("the page lacks %s", want)
	}
	if text := r.page("/ui/eu-west-1/compare?"+url.Values{"a": {string(nodeID(1))}, "b": {"node = " + string(nodeID(1))}}.Encode(), session); !strings.Contains(text, "Nothing sets them apart") {
		t.Error("a node differs from itself")
	}
	for query, says := range map[string]string{"a=platform": "an operator is =", "b=AWS:None.X+%3D+1": "AWS:None"} {
		got := fetch(r, "GET", "/ui/eu-west-1/compare?"+query, nil, session)
		if text := html.UnescapeString(body(t, got)); got.StatusCode != http.StatusBadRequest || !strings.Contains(text, says) {
			t.Errorf("%s: %s\n%s", query, got.Status, text)
		}
		if got := fetch(r, "GET", "/ui/eu-west-1/compare.csv?"+query, nil, session); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s as CSV: %s", query, got.Status)
		}
	}
}

// TestCompareBeside compares nodes that were chosen by an application: what is asked of the sides is not what is asked of differences.
func TestCompareBeside(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	r.put(1, applications, entry("Name", "nginx", "Version", "1"), entry("Name", "openssl", "Version", "3"))
	r.put(2, applications, entry("Name", "apache", "Version", "2"), entry("Name", "openssl", "Version", "1"))
	text := r.page("/ui/eu-west-1/compare?a=name+%3D+nginx&b=name+%3D+apache+or+name+%3D+lighttpd", session)
	for _, link := range listLink.FindAllStringSubmatch(text, -1) {
		if got := len(nodesOn(r.page(html.UnescapeString(link[1]), session))); fmt.Sprint(got) != link[2] {
			t.Errorf("%s leads to %d nodes, not to %s", html.UnescapeString(link[1]), got, link[2])
		}
	}
	if rows := differencesOn(text); len(rows) != 4 {
		t.Errorf("the differences are %q", rows)
	}
}

func TestPagesOfDifferences(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	var entries []muster.Entry
	for n := range differencesOnPage + 7 {
		entries = append(entries, entry("Name", fmt.Sprintf("app %03d", n)))
	}
	r.put(1, applications, entries...)
	r.put(2, applications, entry("Name", "other"))
	to := "/ui/eu-west-1/compare?" + url.Values{"a": {string(nodeID(1))}, "b": {string(nodeID(2))}}.Encode()
	all := map[string]bool{}
	for pages := 1; ; pages++ {
		text := r.page(to, session)
		for _, row := range differencesOn(text) {
			all[row] = true
		}
		next := nextLink.FindStringSubmatch(text)
		if next == nil {
			if want := differencesOnPage + 8; pages != 2 || len(all) != want {
				t.Errorf("%d differences on %d pages, want %d on 2", len(all), pages, want)
			}
			return
		}
		to = html.UnescapeString(next[1])
	}
}
