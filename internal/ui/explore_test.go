package ui

import (
	"encoding/csv"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster"
)

var (
	figure     = regexp.MustCompile(`<dt>(Match|Do not)</dt><dd>(?:<a href="[^"]*">)?([0-9]+)`)
	facetRow   = regexp.MustCompile(`<tr><th scope="row"><a href="([^"]*)"><bdi>([^<]*)</bdi></a></th><td class="n"><a href="([^"]*)">([0-9]+)</a></td>.*<a href="([^"]*)">not<`)
	groupedRow = regexp.MustCompile(`<tr>((?:<td><bdi>[^<]*</bdi></td>)+)<td class="n"><a href="[^"]*">([0-9]+)</a>`)
	chipOn     = regexp.MustCompile(`<li><code><bdi>([^<]*)</bdi></code> · <a href="([^"]*)">not<span class="unseen"> [^<]*</span></a> · <a href="([^"]*)">remove<`)
)

// explored is the address of an exploration.
func explored(pairs ...string) string {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return "/ui/eu-west-1/explore?" + query.Encode()
}

// figuresOn gives how many nodes match and how many do not.
func figuresOn(t *testing.T, text string) (matching, others int) {
	t.Helper()
	found := figure.FindAllStringSubmatch(text, -1)
	if len(found) != 2 {
		t.Fatalf("the figures are %q in\n%s", found, text)
	}
	matching, _ = strconv.Atoi(found[0][2])
	others, _ = strconv.Atoi(found[1][2])
	return matching, others
}

// facetOn gives the values and their counts.
func facetOn(text string) (rows []string) {
	for _, row := range facetRow.FindAllStringSubmatch(text, -1) {
		rows = append(rows, html.UnescapeString(row[2])+" "+row[4])
	}
	return rows
}

// groupsOn gives the rows of the groups.
func groupsOn(text string) (rows []string) {
	for _, row := range groupedRow.FindAllStringSubmatch(text, -1) {
		values := strings.Fields(html.UnescapeString(markup.ReplaceAllString(row[1], " ")))
		rows = append(rows, strings.Join(append(values, row[2]), " "))
	}
	return rows
}

// exploredRig has three nodes of Linux, of which one has no application, and two of Windows.
func exploredRig(t *testing.T) (*rig, string) {
	r := newRig(t)
	for n, os := range map[int]string{1: "Debian", 2: "Debian", 3: "Windows", 4: "Windows", 5: "Debian"} {
		r.put(n, muster.TypeInstanceInformation, entry("PlatformName", os, "PlatformType", map[bool]string{true: "Linux", false: "Windows"}[os == "Debian"]))
	}
	r.put(1, applications, entry("Name", "openssl", "Version", "3.0"), entry("Name", "bash", "Version", "5"))
	r.put(2, applications, entry("Name", "openssl", "Version", "3.1"), entry("Name", "bash", "Version", "5"))
	r.put(3, applications, entry("Name", "OpenSSL", "Version", "3.0"), entry("Name", "zsh", "Version", "5"))
	r.put(4, applications, entry("Name", "bash", "Version", "4"))
	return r, r.signedIn("READ")
}

func TestFacets(t *testing.T) {
	t.Parallel()
	r, session := exploredRig(t)
	for _, c := range []struct {
		q, typ, attribute string
		matching          int
		values            []string
		parted            bool // with a value and without it is all that match
	}{
		{"", "", "", 5, []string{"Debian 3", "Windows 2"}, true},
		{"", "AWS:Application", "", 5, []string{"bash 3", "OpenSSL 3", "zsh 1"}, true},
		{"name = openssl", "AWS:Application", "Version", 3, []string{"3.0 2", "3.1 1"}, true},
		{"name = openssl", "AWS:InstanceInformation", "PlatformType", 3, []string{"Linux 2", "Windows 1"}, true},
		{"version > 4", "AWS:Application", "Name", 3, []string{"bash 2", "zsh 1"}, true},
		{"name = bash", "AWS:Application", "Name", 3, []string{"bash 3", "OpenSSL 2"}, true},
		{"name = bash, zsh", "AWS:Application", "Name", 4, []string{"bash 3", "OpenSSL 3", "zsh 1"}, true},
		{"not name = bash", "AWS:Application", "Name", 2, []string{"OpenSSL 1", "zsh 1"}, true},
		{"name = openssl or platform = Linux", "AWS:Application", "Name", 4, []string{"OpenSSL 3", "bash 2", "zsh 1"}, true},
		{"has (name = bash) and os = Debian", "AWS:Application", "Version", 2, []string{"5 2", "3.0 1", "3.1 1"}, true},
		// Beside another condition on the type, != speaks of the entry that has the value.
		{"name != bash", "AWS:Application", "Version", 2, []string{"3.0 2", "3.1 1", "5 1"}, false},
		{"name = none", "AWS:Application", "Name", 0, nil, true},
	} {
		text := r.page(explored("q", c.q, "type", c.typ, "attribute", c.attribute), session)
		matching, others := figuresOn(t, text)
		if got := facetOn(text); matching != c.matching || matching+others != 5 || !slices.EqualFunc(got, c.values, strings.EqualFold) {
			t.Errorf("%s: %d match, %d do not, by %s %q, want %d and %q", c.q, matching, others, c.attribute, got, c.matching, c.values)
		}
		for _, row := range facetRow.FindAllStringSubmatch(text, -1) {
			nodes, _ := strconv.Atoi(row[4])
			having, _ := figuresOn(t, r.page(html.UnescapeString(row[1]), session))
			lacking, _ := figuresOn(t, r.page(html.UnescapeString(row[5]), session))
			listed := len(nodesOn(r.page(html.UnescapeString(row[3]), session)))
			if having != nodes || listed != nodes || c.parted && having+lacking != matching {
				t.Errorf("%s, %s: %d with it and %d listed, want %d; %d without it, of %d", c.q, row[2], having, listed, nodes, lacking, matching)
			}
		}
		rows, err := csv.NewReader(fetch(r, "GET", "/ui/eu-west-1/explore.csv?"+url.Values{"q": {c.q}, "type": {c.typ}, "attribute": {c.attribute}}.Encode(), nil, session).Body).ReadAll()
		if err != nil || len(rows) != 1+len(c.values) {
			t.Errorf("%s: the CSV is %q, %v", c.q, rows, err)
		}
	}
}

func TestChips(t *testing.T) {
	t.Parallel()
	r, session := exploredRig(t)
	text := r.page(explored("q", `platform = Linux and not name = bash and (name = a or version < 2)`, "type", "AWS:Application", "attribute", "Version", "by", "name"), session)
	var got [][3]string
	for _, chip := range chipOn.FindAllStringSubmatch(text, -1) {
		var filters [3]string
		filters[0] = html.UnescapeString(chip[1])
		for i, link := range chip[2:] {
			to, err := url.Parse(html.UnescapeString(link))
			if q := to.Query(); err != nil || q.Get("attribute") != "Version" || q.Get("by") != "AWS:Application.Name" {
				t.Errorf("%s loses what is shown: %v", link, err)
			}
			filters[i+1] = to.Query().Get("q")
		}
		got = append(got, filters)
	}
	want := [][3]string{
		{"platform = Linux", "not platform = Linux and not name = bash and (name = a or version < 2)", "not name = bash and (name = a or version < 2)"},
		{"not name = bash", "platform = Linux and name = bash and (name = a or version < 2)", "platform = Linux and (name = a or version < 2)"},
		{"name = a or version < 2", "platform = Linux and not name = bash and not (name = a or version < 2)", "platform = Linux and not name = bash"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestAddCondition(t *testing.T) {
	t.Parallel()
	r, session := exploredRig(t)
	for _, c := range []struct{ key, op, value, not, want string }{
		{"Version", "<", "3.1", "", "platform = Linux and version < 3.1"},
		{"os", "=", "Debian, or not", "", `platform = Linux and os = "Debian, or not"`},
		{" AWS:Network.Name ", "begins with", "eth", "1", `platform = Linux and not AWS:Network.Name begins with eth`},
		{"Custom:Rack.Row", "!=", `say "C"`, "", `platform = Linux and Custom:Rack.Row != "say \"C\""`},
		{"name", ">", "", "1", `platform = Linux and not name > ""`},
		{"Nothing", "=", "", "", ""},
		{"AWS:None.X", "=", "", "", ""},
		{"name", "~", "", "", ""},
	} {
		form := url.Values{
			"q": {"platform = Linux"}, "type": {"AWS:Application"}, "attribute": {"Name"}, "by": {"os"},
			"key": {c.key}, "op": {c.op}, "value": {c.value}, "not": {c.not},
		}
		got := fetch(r, "GET", "/ui/eu-west-1/explore/add?"+form.Encode(), nil, session)
		if c.want == "" {
			if got.StatusCode != http.StatusBadRequest {
				t.Errorf("%s %s: %s", c.key, c.op, got.Status)
			}
			continue
		}
		want := explored("q", c.want, "type", "AWS:Application", "attribute", "Name", "by", "AWS:InstanceInformation.PlatformName")
		if to := got.Header.Get("Location"); got.StatusCode != http.StatusSeeOther || to != want {
			t.Errorf("%s %s: %s to %s\nwant %s", c.key, c.op, got.Status, to, want)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	r, session := exploredRig(t)
	for _, c := range []struct {
		q    string
		by   []string
		want []string
	}{
		{"", []string{"os"}, []string{"Debian 3", "Windows 2"}},
		{"", []string{"os", "name"}, []string{"Debian bash 2", "Debian openssl 2", "Windows bash 1", "Windows openssl 1", "Windows zsh 1"}},
		{"", []string{"Name", "Version"}, []string{"bash 5 2", "bash 4 1", "openssl 3.0 2", "openssl 3.1 1", "zsh 5 1"}},
		{"platform = Linux and version > 3.0", []string{"Name", "", "Version", "name", "os"}, []string{"bash 5 Debian 2", "openssl 3.0 Debian 1", "openssl 3.1 Debian 1"}},
		{"os = none", []string{"os"}, nil},
	} {
		pairs := []string{"q", c.q, "type", "AWS:Application", "attribute", "Name"}
		for _, key := range c.by {
			pairs = append(pairs, "by", key)
		}
		text := r.page(explored(pairs...), session)
		if got := groupsOn(text); !slices.EqualFunc(got, c.want, strings.EqualFold) {
			t.Errorf("%s by %q: %q, want %q", c.q, c.by, got, c.want)
		}
		for _, link := range listLink.FindAllStringSubmatch(text, -1) {
			if got := len(nodesOn(r.page(html.UnescapeString(link[1]), session))); fmt.Sprint(got) != link[2] {
				t.Errorf("%s leads to %d nodes, not to %s", html.UnescapeString(link[1]), got, link[2])
			}
		}
		rows, err := csv.NewReader(fetch(r, "GET", strings.Replace(explored(pairs...), "explore?", "explore.csv?", 1), nil, session).Body).ReadAll()
		if err != nil || len(rows) != 1+len(c.want) {
			t.Fatalf("the CSV is %q, %v", rows, err)
		}
		for i, want := range c.want {
			if got := strings.Join(rows[i+1], " "); !strings.EqualFold(got, want) {
				t.Errorf("row %d of the CSV is %s, want %s", i, got, want)
			}
		}
	}
}

func TestManyGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	var entries []muster.Entry
	for n := range groupsOnPage + 5 {
		entries = append(entries, entry("Name", fmt.Sprintf("app%02d", n), "Version", "1"))
	}
	for n := range rowsInGroup + 2 {
		entries = append(entries, entry("Name", "app00", "Version", fmt.Sprint("2.", n)))
	}
	r.put(1, applications, entries...)
	text := r.page(explored("type", "AWS:Application", "attribute", "Name", "by", "name", "by", "version"), session)
	if got := len(groupsOn(text)); got != groupsOnPage-1+rowsInGroup || !strings.Contains(text, "3 more rows of these groups, and other groups,") {
		t.Errorf("%d rows in\n%s", got, text)
	}
	if got := len(facetOn(text)); got != valuesInFacet || !strings.Contains(text, "Others, which fewer nodes have") {
		t.Errorf("%d values", got)
	}
}

func TestExploredQuestion(t *testing.T) {
	t.Parallel()
	r, session := exploredRig(t)
	for _, c := range []struct {
		pairs []string
		wants []string
		lacks string
	}{
		{
			[]string{"q", "platform = Linux", "by", "os", "by", "name"},
			[]string{
				`muster count AWS:InstanceInformation.PlatformName by AWS:Application.Name where 'platform = Linux' --endpoint-url http://example.com --region eu-west-1`,
				`muster nodes 'platform = Linux' --endpoint-url`,
				`aws ssm get-inventory --filters '[{"Key":"AWS:InstanceInformation.PlatformType","Values":["Linux"],"Type":"Equal"}]' --aggregators '[{"Expression":"AWS:InstanceInformation.PlatformName","Aggregators":[{"Expression":"AWS:Application.Name"}]}]' --endpoint-url http://example.com --region eu-west-1`,
				`<summary>GetInventory</summary>`, "\"Filters\": [\n",
			}, "muster’s own",
		},
		{[]string{}, []string{"muster count --endpoint-url", "aws ssm get-inventory --endpoint-url", "<code>{}</code>"}, "muster’s own"},
		{
			[]string{"q", "platform = Linux or name = bash"},
			[]string{"muster count where 'platform = Linux or name = bash'", "<summary>Muster.QueryInventory</summary>", `"Where": "platform = Linux or name = bash"`},
			"aws ssm",
		},
	} {
		text := html.UnescapeString(r.page(explored(c.pairs...), session))
		for _, want := range c.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q: the page lacks %s\n%s", c.pairs, want, text)
			}
		}
		if strings.Contains(text, c.lacks) {
			t.Errorf("%q: the page has %s", c.pairs, c.lacks)
		}
	}
}

func TestExploreWhatIsNot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	if text := r.page(explored(), session); !strings.Contains(text, "muster put mi-0123456789abcdef0 AWS:Application") {
		t.Error("the page of an empty fleet does not say what fills it")
	}
	long := strings.Repeat("x", 3000)
	r.put(1, applications, entry("Name", long))
	for path, says := range map[string]string{
		explored("q", "platform"):                              "an operator is =",
		explored("q", "AWS:None.X = 1"):                        "AWS:None",
		explored("by", "AWS:None.X"):                           "AWS:None",
		explored("type", "AWS:Application", "attribute", "No"): "no attribute No",
	} {
		got := fetch(r, "GET", path, nil, session)
		if text := html.UnescapeString(body(t, got)); got.StatusCode != http.StatusBadRequest || !strings.Contains(text, says) {
			t.Errorf("%s: %s\n%s", path, got.Status, text)
		}
		if got := fetch(r, "GET", strings.Replace(path, "explore?", "explore.csv?", 1), nil, session); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s as CSV: %s", path, got.Status)
		}
	}
	// The filter with this value could not be read any more.
	text := r.page(explored("q", "name begins with "+long[:2000], "type", "AWS:Application", "attribute", "Name"), session)
	if matching, _ := figuresOn(t, text); matching != 1 || strings.Contains(text, `>not<span class="unseen"> x`) || !strings.Contains(text, "<bdi>"+long) {
		t.Error("a value that is too long to filter by has links, or is not there")
	}
}
