package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"muster"
	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
	"muster/mustertest"
)

// person is somebody in front of a browser, and the server that the browser looks at.
type person struct {
	*window
	t      *testing.T
	server *mustertest.Server
}

// TestPages uses the pages of one server in one browser, each time in a window of its own. Where there is no Chromium it is left out,
// unless MUSTER_NEED_CHROMIUM says that there has to be one.
func TestPages(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("MUSTER_NEED_CHROMIUM") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	server := mustertest.New(t, nil)
	fill(t, server)
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
	defer cancel()
	browser, stop := chromium(ctx)
	defer stop()
	for _, c := range []struct {
		name string
		test func(*person)
	}{
		{"from a number to a node", drill},
		{"filter", filter},
		{"explore", explore},
		{"software", software},
		{"compare", compare},
		{"changes", changes},
		{"views", views},
		{"tags", tags},
		{"keyboard", keyboard},
		{"only keys", onlyKeys},
		{"colours", colours},
		{"without scripts", withoutScripts},
		{"phone", phone},
		{"export", export},
		{"accessible", accessible},
		{"enrol", enrol},
		{"keys", keys},
		{"hostile fleet", hostileFleet},
		{"delete a type", deleteType},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, closeWindow, err := openWindow(browser, server.URL())
			if err != nil {
				t.Fatal(err)
			}
			defer closeWindow()
			c.test(&person{window: w, t: t, server: server})
			for _, fault := range w.faults() {
				t.Error(fault)
			}
		})
	}
}

// fill makes up a fleet of 120 nodes.
func fill(t *testing.T, server *mustertest.Server) {
	t.Helper()
	for n := range 120 {
		os := []string{"Debian GNU/Linux", "Ubuntu"}[n%2]
		put(t, server, "us-east-1", n, muster.TypeInstanceInformation, entry("ComputerName", fmt.Sprintf("host-%03d", n), "PlatformType", "Linux", "PlatformName", os, "PlatformVersion", "12"))
		put(t, server, "us-east-1", n, "AWS:Application", entry("Name", "openssl", "Version", fmt.Sprint("3.0.", n%3)), entry("Name", "bash", "Version", "5.2"))
	}
	before := []muster.Entry{entry("Name", "openssl", "Version", "2.9")}
	for n := range 40 {
		before = append(before, entry("Name", fmt.Sprint("gone-", n), "Version", "1"))
	}
	put(t, server, "us-east-1", 7, "AWS:Application", before...)
	put(t, server, "us-east-1", 7, "AWS:Application", entry("Name", "openssl", "Version", "3.0.1"), entry("Name", "bash", "Version", "5.2"))
	put(t, server, "us-east-1", 7, "Custom:RackInfo", entry("Row", "C", "Rack", "7"))
}

func nodeID(n int) string { return fmt.Sprintf("mi-%017d", n) }

func entry(pairs ...string) muster.Entry {
	var fields []muster.Field
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, muster.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return muster.NewEntry(fields)
}

// put has a node report entries of one type.
func put(t *testing.T, server *mustertest.Server, region string, n int, of muster.TypeName, entries ...muster.Entry) {
	t.Helper()
	id, secret := server.AccessKey()
	c, err := client.New(client.Config{Endpoint: server.URL(), Region: region, Credentials: sigv4.Credentials{AccessKeyID: id, SecretAccessKey: secret}})
	if err != nil {
		t.Fatal(err)
	}
	version, captured := muster.Version("1.0"), muster.CaptureTime("2026-01-02T03:04:05Z")
	_, err = client.Call[ssmapi.PutInventoryInput, ssmapi.PutInventoryOutput](t.Context(), c, "PutInventory", &ssmapi.PutInventoryInput{
		InstanceId: new(muster.NodeID(nodeID(n))),
		Items:      ssmapi.List[ssmapi.InventoryItem]{{TypeName: &of, SchemaVersion: &version, CaptureTime: &captured, Content: entries}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// as signs in with a key of the role.
func (p *person) as(role string) {
	p.t.Helper()
	id, secret := p.server.NewKey(role, "")
	p.must(p.signIn(id, secret))
}

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// clicks clicks on what is there, and waits for the page that it leads to.
func (p *person) clicks(selector string) {
	p.t.Helper()
	p.must(p.load(chromedp.Click(css(selector))))
}

// types presses keys.
func (p *person) types(keys string) {
	p.t.Helper()
	p.must(p.do(chromedp.KeyEvent(keys)))
}

// slash presses that key as a keyboard does: it writes a character only if no script prevents it.
func (p *person) slash() {
	p.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		text := map[input.DispatchKeyEventType]string{input.DispatchKeyEventTypeKeyDown: "/"}[kind]
		if _, err := chromedp.Call(p.window, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "/", Code: "Slash", Text: text}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// sees wants the expression to be true of the page.
func (p *person) sees(expression string) {
	p.t.Helper()
	seen, err := evaluate[bool](p.window, expression)
	if err != nil || !seen {
		at, _ := evaluate[string](p.window, `location.href + "\n" + document.body.innerText.slice(0, 1000)`)
		p.t.Errorf("it is not so that %s, %v; the page is %s", expression, err, at)
	}
}
