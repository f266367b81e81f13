package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster"
)

func TestNodeChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	changes := "/ui/eu-west-1/nodes/" + string(nodeID(1)) + "/changes"
	long := "x" + strings.Repeat("y", 500)
	shows := func(who string, wants ...string) {
		t.Helper()
		text := r.page(changes, who)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
	}
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", "db-7", "AgentVersion", "3.1"))
	r.put(1, "AWS:Application", entry("Name", "openssl", "Version", "3.0.6", "Architecture", "amd64"), entry("Name", "zsh", "Version", "5"))
	shows(session, "None yet", `<a href="`+changes+`" aria-current="page">Changes</a>`, "muster node "+string(nodeID(1))+" --changes", "Muster.ListInventoryChanges")
	shows(r.signedIn("ADMIN"), "muster put "+string(nodeID(1))+" Custom:RackInfo Row=C")
	if text := r.page(changes, session); strings.Contains(text, "muster put") {
		t.Error("a reader is told to put")
	}

	r.pass(time.Hour)
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", "db-7", "AgentVersion", "3.2"))
	r.pass(time.Hour)
	after := []muster.Entry{entry("Name", "openssl", "Version", "3.0.7", "Architecture", "amd64", "Publisher", long)}
	for n := range 50 {
		after = append(after, entry("Name", fmt.Sprint("added ", n), "Version", "1"))
	}
	r.put(1, "AWS:Application", after...)
	r.put(1, "AWS:Application", append(after, entry("Name", "zsh", "Version", "6"))...)
	r.pass(2 * time.Hour)
	link := "/ui/eu-west-1/software/application?name="
	shows(session,
		"50 added, 1 removed, 1 changed", "and 20 more, which are counted but not kept", "2 h ago", "3 h ago",
		`<tr><td>Added</td><th scope="row"><a href="`+link+`added&#43;0"><bdi>added 0</bdi></a></th><td><span class="quiet">Version</span> <bdi>1</bdi></td></tr>`,
		`<tr><td>Added</td><th scope="row"><a href="`+link+`zsh"><bdi>zsh</bdi></a></th><td><span class="quiet">Version</span> <bdi>6</bdi></td></tr>`,
		"0 added, 0 removed, 1 changed",
		`<tr><td>Changed</td><th scope="row"></th><td><span class="quiet">AgentVersion</span> <bdi>3.1</bdi> <span aria-hidden="true">→</span><span class="unseen">became</span> <bdi>3.2</bdi></td></tr>`,
	)
	text := r.page(changes, session)
	if first, second := strings.Index(text, "1 added, 0 removed, 0 changed"), strings.Index(text, "0 added, 0 removed, 1 changed"); first < 0 || second < first {
		t.Errorf("the newest change is at %d, an older one at %d", first, second)
	}

	r.put(2, "AWS:Application", entry("Name", "openssl", "Version", "3.0.6", "Architecture", "amd64"), entry("Name", "zsh", "Version", "5", "Epoch", "1"))
	r.put(2, "AWS:Application", entry("Name", "openssl", "Version", "3.0.7", "Architecture", "amd64", "Publisher", long))
	changes = "/ui/eu-west-1/nodes/" + string(nodeID(2)) + "/changes"
	shows(session,
		`<a href="`+link+`openssl"><bdi>openssl</bdi></a><br><span class="quiet">Architecture</span> <bdi>amd64</bdi></th><td><span class="quiet">Version</span> <bdi>3.0.6</bdi> <span aria-hidden="true">→</span><span class="unseen">became</span> <bdi>3.0.7</bdi><br><span class="quiet">Publisher</span> nothing <span aria-hidden="true">→</span><span class="unseen">became</span> <bdi>x`+strings.Repeat("y", 119)+`…</bdi></td>`,
		`<td>Removed</td><th scope="row"><a href="/ui/eu-west-1/nodes?q=name&#43;%3D&#43;zsh"><bdi>zsh</bdi></a></th><td><span class="quiet">Version</span> <bdi>5</bdi> · <span class="quiet">Epoch</span> <bdi>1</bdi></td>`)
	if got := fetch(r, "GET", "/ui/eu-west-1/nodes/"+string(nodeID(9))+"/changes", nil, session); got.StatusCode != http.StatusNotFound {
		t.Errorf("of a node that is not there: %s", got.Status)
	}
}
