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
	"time"

	"muster"
)

var nodeLink = regexp.MustCompile(`<a class="id" href="/ui/eu-west-1/nodes/mi-0*([0-9]+)">`)

// nodesOn gives the numbers of the nodes that a page lists.
func nodesOn(text string) (nodes []string) {
	for _, found := range nodeLink.FindAllStringSubmatch(text, -1) {
		nodes = append(nodes, found[1])
	}
	return nodes
}

func TestNodes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	for i, name := range []string{"delta", "Alpha", "charlie", "bravo"} {
		r.put(i+1, muster.TypeInstanceInformation, entry("ComputerName", name, "PlatformType", []string{"Linux", "Windows"}[i%2]))
		r.later(time.Hour)
	}
	r.put(5, "AWS:Application", entry("Name", "openssl", "Version", "3"))
	for _, c := range []struct{ query, want string }{
		{"", "1 2 3 4 5"},
		{"q=platform+%3D+linux", "1 3"},
		{"q=has+AWS:Application+or+platform+%3D+windows", "2 4 5"},
		{"sort=ComputerName", "2 4 3 1 5"},
		{"sort=ComputerName&desc=1", "1 3 4 2 5"},
		{"sort=heard", "1 2 3 4 5"},
		{"sort=heard&desc=1&q=platform+%3D+linux", "3 1"},
		{"sort=known&desc=1", "5 4 3 2 1"},
		{"silent=7200-", "1 2 3"},
		{"silent=7200-10801", "2 3"},
		{"silent=7200-&sort=ComputerName&q=platform+%3D+linux", "1 3"},
	} {
		text := r.page("/ui/eu-west-1/nodes?"+c.query, session)
		if got := strings.Join(nodesOn(text), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.query, got, c.want)
		}
		if count := fmt.Sprintf(`<span class="quiet">%d</span>`, len(strings.Fields(c.want))); !strings.Contains(text, count) {
			t.Errorf("%s: the page does not say %s", c.query, count)
		}
	}
	text := r.page("/ui/eu-west-1/nodes?q=platform+%3D+linux&col=PlatformType&col=known", session)
	for _, want := range []string{"<th scope=\"row\"><a class=\"id\"", "<td><bdi>Linux</bdi></td><td><time datetime=\"2026-03-01 12:00:00Z\"", "muster nodes &#39;platform = linux&#39; --endpoint-url http://example.com --region eu-west-1"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestWrongAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	for query, says := range map[string]string{
		"q=platform":                     "an operator is =",
		"q=AWS:Nothing.Name+%3D+a":       "AWS:Nothing",
		"q=AWS:Application.Nothing+%3D1": "has no attribute Nothing",
		"silent=later":                   "in seconds",
		"sort=heard&after=x&from=%3Dx":   "no such page",
	} {
		got := fetch(r, "GET", "/ui/eu-west-1/nodes?"+query, nil, session)
		if text := html.UnescapeString(body(t, got)); got.StatusCode < 400 || got.StatusCode >= 500 || !strings.Contains(text, says) {
			t.Errorf("%s: %s\n%s", query, got.Status, text)
		}
	}
}

var nextLink = regexp.MustCompile(`rel="next" href="([^"]+)"`)

func TestPagesOfNodes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	const nodes = 2*nodesOnPage + 7
	for n := range nodes {
		name := entry("ComputerName", fmt.Sprint("name ", n*7919%31))
		if n%10 == 0 {
			name = entry("PlatformType", "Linux")
		}
		r.put(n, muster.TypeInstanceInformation, name)
		r.pass(time.Second)
	}
	for _, query := range []string{"", "sort=ComputerName", "sort=ComputerName&desc=1", "sort=heard", "sort=known&desc=1"} {
		var all []string
		to, pages := "/ui/eu-west-1/nodes?"+query, 0
		for ; to != ""; pages++ {
			text := r.page(to, session)
			all = append(all, nodesOn(text)...)
			if to = ""; nextLink.MatchString(text) {
				to = html.UnescapeString(nextLink.FindStringSubmatch(text)[1])
			}
		}
		slices.Sort(all)
		if len(slices.Compact(all)) != nodes || pages != 3 {
			t.Errorf("%q: %d nodes on %d pages", query, len(slices.Compact(all)), pages)
		}
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	const nodes = exportAtOnce + 3
	for n := range nodes {
		r.put(n, muster.TypeInstanceInformation, entry("ComputerName", fmt.Sprintf(`"%d", =1+1`, n)))
	}
	for _, query := range []string{"", "&sort=ComputerName", "&sort=heard"} {
		got := fetch(r, "GET", "/ui/eu-west-1/nodes.csv?col=ComputerName&col=heard"+query, nil, session)
		rows, err := csv.NewReader(got.Body).ReadAll()
		if err != nil || len(rows) != nodes+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if got.Header.Get("Content-Disposition") != `attachment; filename="nodes.csv"` {
			t.Errorf("the header is %v", got.Header)
		}
		if !slices.Equal(rows[0], []string{"InstanceId", "ComputerName", "heard"}) {
			t.Errorf("the first row is %q", rows[0])
		}
		if query == "" && !slices.Equal(rows[8], []string{string(nodeID(7)), `"7", =1+1`, "2026-03-01T12:00:00Z"}) {
			t.Errorf("a row is %q", rows[8])
		}
	}
	lines := strings.Split(body(t, fetch(r, "GET", "/ui/eu-west-1/nodes.ndjson?col=ComputerName", nil, session)), "\n")
	if want := `{"InstanceId":"mi-00000000000000003","ComputerName":"\"3\", =1+1"}`; len(lines) != nodes+1 || lines[3] != want {
		t.Errorf("%d lines, %s", len(lines), lines[3])
	}
	if got := fetch(r, "GET", "/ui/eu-west-1/nodes.csv?q=platform", nil, session); got.StatusCode != http.StatusBadRequest {
		t.Errorf("with a wrong filter: %s", got.Status)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", "db-7"))
	for words, to := range map[string]string{
		" " + string(nodeID(1)): "/ui/eu-west-1/nodes/" + string(nodeID(1)),
		"platform = Linux":      "/ui/eu-west-1/nodes?q=platform+%3D+Linux",
		"":                      "/ui/eu-west-1/nodes",
		"db 7":                  "/ui/eu-west-1/nodes?q=computer+begins+with+%22db+7%22+or+node+begins+with+%22db+7%22+or+ip+begins+with+%22db+7%22",
		"db":                    "/ui/eu-west-1/nodes?q=computer+begins+with+db+or+node+begins+with+db+or+ip+begins+with+db",
	} {
		got := fetch(r, "GET", "/ui/eu-west-1/find?"+url.Values{"find": {words}}.Encode(), nil, session)
		if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != to {
			t.Errorf("%q: %s to %s", words, got.Status, got.Header.Get("Location"))
		}
	}
}
