package ui

import (
	"net/url"
	"strings"
	"testing"

	"muster"
)

// TestHostileFleet has a node say what would be dangerous if any page took it for more than text.
func TestHostileFleet(t *testing.T) {
	t.Parallel()
	const (
		script = `<script src=//evil.example></script>`
		quotes = `" onmouseover="x" '><img src=x onerror=x>`
		turned = "abc\u202Ecba\x1b[31m\x00"
	)
	hostile := muster.TypeName("Custom:X" + script)
	r := newRig(t)
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", script, "PlatformName", quotes, "PlatformVersion", turned, "IpAddress", strings.Repeat("<b>", 1300)))
	r.put(1, "AWS:Application", entry("Name", script, "Version", quotes, "Publisher", turned), entry("Name", "javascript:alert(1)", "URL", "javascript:alert(1)"))
	r.put(1, hostile, entry(script, quotes, `q"><b>`, script))
	r.put(1, muster.TypeTag, entry("Key", script, "Value", quotes))
	r.put(1, "AWS:Application", entry("Name", script, "Version", turned, "URL", "javascript:alert(1)"), entry(script, quotes))
	r.put(1, hostile, entry(script, turned, `q"><b>`, quotes))
	session := r.signedIn("ADMIN")
	of := "/ui/eu-west-1/types/" + url.PathEscape(string(hostile))
	node := "/ui/eu-west-1/nodes/" + string(nodeID(1))
	for _, path := range []string{
		"/ui/eu-west-1/", "/ui/eu-west-1/nodes", "/ui/eu-west-1/types", node, of, of + "/delete",
		"/ui/eu-west-1/nodes?q=" + url.QueryEscape("computer = "+`"`+script+`"`),
		"/ui/eu-west-1/nodes?col=" + url.QueryEscape(script),
		node + "?type=AWS:Application", node + "?type=" + url.QueryEscape(string(hostile)),
		node + "/changes",
		node + "?type=AWS:Application&find=" + url.QueryEscape(script),
		of + "/values?attribute=" + url.QueryEscape(script),
		"/ui/eu-west-1/types/AWS:Application/values?attribute=Name",
		"/ui/eu-west-1/compare?a=" + string(nodeID(1)) + "&b=platform+%3D+none", "/ui/eu-west-1/compare?b=" + url.QueryEscape("computer = "+`"`+script+`"`),
		explored(), explored("type", string(hostile), "attribute", script, "by", string(hostile)+"."+script), explored("attribute", "PlatformVersion", "by", "osversion", "by", "publisher"),
		explored("q", "computer = "+`"`+script+`" and not name = '`+script+`'`, "type", "AWS:Application", "attribute", "Version"),
		"/ui/eu-west-1/software", "/ui/eu-west-1/software?find=" + url.QueryEscape(script),
		"/ui/eu-west-1/software/application?name=" + url.QueryEscape(script) + "&below=" + url.QueryEscape(quotes),
		"/ui/eu-west-1/types/AWS:InstanceInformation/values?attribute=PlatformVersion",
	} {
		text := r.page(path, session)
		for _, bad := range []string{"<script src=//", "<img", "<b>", "onmouseover=\"", "onerror=x>", "\u202E", "\x1b", "\x00", `href="javascript:`} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", path, bad)
			}
		}
	}
}
