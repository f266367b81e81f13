package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/ssmapi"
)

func TestNode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", "db-7", "PlatformName", "Debian"))
	r.put(1, "AWS:Application", entry("Name", "openssl", "Version", "3", "Publisher", ""), entry("Name", "bash", "Version", "5", "Odd", "x"))
	r.put(1, "Custom:Empty")
	r.put(2, "Custom:RackInfo", entry("Row", "C"))
	r.pass(2 * time.Hour)
	node := "/ui/eu-west-1/nodes/" + string(nodeID(1))
	for _, c := range []struct {
		query string
		wants []string
		lacks string
	}{
		{"", []string{
			"<bdi>db-7</bdi> <code class=\"quiet\">mi-", "<dt>PlatformName</dt><dd><bdi>Debian</bdi>", "2 h ago", "rate(30 minutes)", "Pending",
			`<a href="` + node + `?type=AWS%3AApplication">AWS:Application</a></th><td class="n">2</td><td>1.0</td><td class="fix">2026-03-01T11:00:00Z</td>`,
			"add-tags-to-resource", "muster node " + string(nodeID(1)) + " --endpoint-url",
		}, "Custom:RackInfo"},
		{"?type=AWS:Application", []string{
			`<th scope="col">Name</th><th scope="col">Publisher</th><th scope="col">Version</th><th scope="col">Odd</th>`,
			`<a href="/ui/eu-west-1/nodes?q=name&#43;%3D&#43;bash" title="All nodes with it"><bdi>bash</bdi></a></td><td><bdi></bdi></td><td><bdi>5</bdi></td><td><bdi>x</bdi></td>`,
			"Search in 2 entries", "captured 2026-03-01T11:00:00Z",
		}, "Architecture"},
		{"?type=AWS:Application&find=OPEN", []string{"<bdi>openssl</bdi>", "1 of 2 entries"}, "<bdi>bash</bdi>"},
		{"?type=AWS:Application&find=nothing", []string{"No entry has these words"}, "<bdi>"},
		{"?type=Custom:Empty", []string{"has reported that it has none"}, ""},
		{"?type=Custom:RackInfo", []string{"has not reported this type"}, ""},
	} {
		text := r.page(node+c.query, session)
		for _, want := range c.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q lacks %s", c.query, want)
			}
		}
		_, main, _ := strings.Cut(text, "</ul></nav>\n\n") // after the tabs
		if c.lacks != "" && strings.Contains(main, c.lacks) {
			t.Errorf("%q has %s", c.query, c.lacks)
		}
	}
	if got := fetch(r, "GET", "/ui/eu-west-1/nodes/"+string(nodeID(9)), nil, session); got.StatusCode != http.StatusNotFound {
		t.Errorf("of a node that is not there: %s", got.Status)
	}
}

func TestPagesOfEntries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	var entries []muster.Entry
	for n := range 2*entriesOnPage + 1 {
		entries = append(entries, entry("Name", fmt.Sprint("file ", n)))
	}
	r.put(1, "AWS:File", entries...)
	node := "/ui/eu-west-1/nodes/" + string(nodeID(1)) + "?type=AWS:File&find=file"
	for from, says := range map[string]string{"": "1 to 200", "200": "201 to 400", "400": "401 to 401", "401": "401 to 401", "-5": "1 to 200", "x": "1 to 200"} {
		text := r.page(node+"&from="+from, session)
		if !strings.Contains(text, "these are "+says) && from != "401" {
			t.Errorf("from %q it does not say %s", from, says)
		}
		if more := strings.Contains(text, `rel="next"`); more != strings.HasSuffix(says, "00") {
			t.Errorf("from %q there are more: %v", from, more)
		}
	}
}

func TestRawNode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(1, "AWS:Application", entry("Name", "</script>"))
	r.put(1, "Custom:RackInfo", entry("Row", "C"))
	for query, want := range map[string]string{
		"":                      "AWS:Application AWS:InstanceInformation Custom:RackInfo",
		"?type=Custom:RackInfo": "Custom:RackInfo",
		"?type=AWS:Network":     "",
	} {
		got := fetch(r, "GET", "/ui/eu-west-1/nodes/"+string(nodeID(1))+"/raw"+query, nil, r.signedIn("READ"))
		var all []ssmapi.ListInventoryEntriesOutput
		if err := json.UnmarshalRead(got.Body, &all); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, out := range all {
			names = append(names, string(out.TypeName))
			if len(out.Entries) != 1 || out.SchemaVersion != "1.0" || out.InstanceId != nodeID(1) {
				t.Errorf("%q: %+v", query, out)
			}
		}
		if strings.Join(names, " ") != want || got.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%q: %v as %s", query, names, got.Header.Get("Content-Type"))
		}
	}
}
