package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster"
	"muster/internal/ask"
)

// drill signs in and drills from a count to its nodes, to one node, to one of its types.
func drill(p *person) {
	p.must(p.visit("/ui/us-east-1/nodes?q=platform+%3D+Linux"))
	p.sees(`location.pathname === "/ui/sign-in"`)
	id, secret := p.server.NewKey("read", "")
	p.must(p.do(chromedp.SetValue(css("#key"), id), chromedp.SetValue(css("#secret"), secret)))
	p.clicks("button.main")
	p.sees(`location.search === "?q=platform+%3D+Linux"`)

	p.clicks("a.mark")
	p.sees(`document.querySelector(".figures a").textContent === "120"`)
	p.must(p.load(chromedp.Click(chromedp.Search(`//tr[th[contains(., "Ubuntu")]]//a`))))
	p.sees(`document.querySelector("h1").textContent.trim() === "Nodes 60" && document.querySelectorAll("tbody tr").length === 60`)
	p.clicks("thead th:nth-child(2) a")
	p.clicks("thead th:nth-child(2) a")
	p.sees(`document.querySelector("tbody td").textContent === "host-119"`)
	p.clicks("tbody a.id")
	p.sees(`document.querySelector("h1").textContent.includes("host-119")`)
	p.must(p.load(chromedp.Click(chromedp.Search(`//nav//a[contains(., "AWS:Application")]`))))
	p.must(p.do(chromedp.SendKeys(css("#words"), "OPENSSL")))
	p.must(p.load(chromedp.Submit(css("#words"))))
	p.sees(`document.querySelectorAll("tbody tr").length === 1 && document.querySelector("tbody a").textContent === "openssl"`)
	p.clicks("tbody a")
	p.sees(`document.querySelector("h1").textContent.trim() === "Nodes 120" && document.querySelectorAll("tbody tr").length === 100`)
	p.clicks("a[rel=next]")
	p.sees(`document.querySelectorAll("tbody tr").length === 20`)

	p.must(p.do(chromedp.Click(css(".menu summary"))))
	p.clicks(`.menu form button`)
	p.sees(`location.pathname === "/ui/sign-in"`)
	p.must(p.visit("/ui/us-east-1/nodes"))
	p.sees(`location.pathname === "/ui/sign-in"`)
}

func filter(p *person) {
	p.as("read")
	p.must(p.visit("/ui/us-east-1/nodes"))
	p.must(p.do(chromedp.SendKeys(css("#q"), `name = openssl and version < 3.0.1 and os = Ubuntu`)))
	p.clicks(".row button.main")
	p.sees(`document.querySelectorAll("tbody tr").length === 20`)
	p.must(p.do(chromedp.Click(css(".row summary")), chromedp.Click(css(`input[name=col][value=PlatformType]`))))
	p.clicks(".row button.main")
	p.sees(`document.querySelectorAll("tbody tr").length === 20 && document.querySelector("thead").textContent.includes("PlatformType")`)
	p.sees(`document.querySelector(".paste code").textContent.startsWith("muster nodes 'name = openssl and version < 3.0.1 and os = Ubuntu' --endpoint-url http://127.0.0.1:")`)
}

func keyboard(p *person) {
	p.as("read")
	p.types(kb.Tab)
	p.sees(`document.activeElement.className === "skip" && document.activeElement.getBoundingClientRect().left >= 0`)
	p.must(p.do(chromedp.KeyEvent(kb.Enter)))
	p.sees(`document.activeElement.id === "content"`)
	p.slash()
	p.sees(`document.activeElement.id === "find" && document.activeElement.value === ""`)
	p.must(p.load(chromedp.KeyEvent("host-01" + kb.Enter)))
	p.sees(`document.querySelectorAll("tbody tr").length === 10`)
	p.slash()
	p.must(p.load(chromedp.KeyEvent(nodeID(7) + kb.Enter)))
	p.sees(`document.querySelector("h1").textContent.includes("host-007")`)
}

func colours(p *person) {
	p.as("read")
	const ground = `getComputedStyle(document.documentElement).backgroundColor`
	p.sees(ground + ` === "rgb(255, 255, 255)"`)
	p.must(p.do(chromedp.Click(css(".menu summary")), chromedp.Click(css(`[data-theme-to=dark]`))))
	p.sees(ground + ` === "rgb(20, 23, 26)"`)
	p.must(p.visit("/ui/us-east-1/types"))
	p.sees(ground + ` === "rgb(20, 23, 26)" && document.querySelector("[data-theme-to=dark]").getAttribute("aria-pressed") === "true"`)
	p.in("dark")
	p.must(p.do(chromedp.Click(css(".menu summary")), chromedp.Click(css(`[data-theme-to=light]`))))
	p.sees(ground + ` === "rgb(255, 255, 255)"`)
	p.must(p.do(chromedp.Click(css(`[data-theme-to=""]`))))
	p.sees(ground + ` === "rgb(20, 23, 26)"`)
}

// withoutScripts uses the pages in a browser that runs none. What is seen is asked of the page by the tools of the browser.
func withoutScripts(p *person) {
	if _, err := chromedp.Call(p.window, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		p.t.Fatal(err)
	}
	id, secret := p.server.NewKey("read", "")
	p.must(p.visit("/ui/sign-in"))
	p.must(p.do(chromedp.SendKeys(css("#key"), id), chromedp.SendKeys(css("#secret"), secret)))
	p.clicks("button.main")
	p.must(p.do(chromedp.SendKeys(css("#find"), "host-00")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	rows, err := chromedp.Run(p.window, chromedp.Nodes(chromedp.CSSAll("tbody tr")))
	if err != nil || len(rows) != 10 {
		p.t.Errorf("there are %d rows, %v", len(rows), err)
	}
}

func export(p *person) {
	p.as("read")
	dir := p.t.TempDir()
	if _, err := chromedp.Call(p.window, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, EventsEnabled: new(true),
		BrowserContextID: chromedp.FromContext(p.window).BrowserContextID,
	}); err != nil {
		p.t.Fatal(err)
	}
	p.must(p.visit("/ui/us-east-1/nodes?q=os+%3D+Ubuntu"))
	done := func(e browser.EventDownloadProgress) bool { return e.State == browser.DownloadProgressStateCompleted }
	_, err := chromedp.Run(p.window, chromedp.WaitEvent(browser.DownloadProgress, done, chromedp.Click(chromedp.Search(`//a[.="CSV"]`))))
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "nodes.csv"))
	if lines := strings.Count(string(text), "\n"); err != nil || lines != 61 || !strings.Contains(string(text), nodeID(1)+",host-001,Ubuntu,12,") {
		p.t.Errorf("%d lines, %v:\n%s", lines, err, text)
	}
}

func deleteType(p *person) {
	p.as("admin")
	p.must(p.visit("/ui/us-east-1/types"))
	p.must(p.load(chromedp.Click(chromedp.Search(`//a[.="Custom:RackInfo"]`))))
	p.must(p.load(chromedp.Click(chromedp.Search(`//a[contains(., "Delete this type")]`))))
	p.sees(`document.querySelector("main").textContent.includes("1 nodes have it")`)
	p.clicks("button.danger")
	p.must(p.do(chromedp.WaitVisible(chromedp.Search(`//p[contains(., "Done: 1 are deleted")]`))))
	p.must(p.visit("/ui/us-east-1/types/Custom:RackInfo"))
	p.sees(`document.querySelector(".figures a").textContent === "0"`)
}

// hostileFleet looks at a node that says what would be dangerous if it were taken for more than text.
func hostileFleet(p *person) {
	const script, quotes = `<script>alert(1)</script><b>`, `" onmouseover="alert(2)" '><img src=x onerror=alert(3)>`
	put(p.t, p.server, "eu-hostile-1", 500, muster.TypeInstanceInformation, entry("ComputerName", script, "PlatformName", quotes, "PlatformVersion", "abc\u202Ecba", "IpAddress", strings.Repeat("<b>x", 1000)))
	put(p.t, p.server, "eu-hostile-1", 500, "AWS:Application", entry("Name", quotes, "Version", script, "URL", "javascript:alert(4)"))
	put(p.t, p.server, "eu-hostile-1", 500, "AWS:Application", entry("Name", quotes, "Version", "abc\u202Ecba", "URL", "javascript:alert(5)"), entry("Name", script))
	put(p.t, p.server, "eu-hostile-1", 500, muster.TypeName("Custom:X"+script), entry(script, quotes))
	put(p.t, p.server, "eu-hostile-1", 500, muster.TypeName("Custom:X"+script), entry(script, script))
	p.as("admin")
	p.must(p.visit("/ui/eu-hostile-1/enrol"))
	p.must(p.do(chromedp.SetValue(css("#description"), script+quotes)))
	p.clicks("main form button.main")
	activation, err := evaluate[string](p.window, `document.querySelector(".facts code").textContent`)
	p.must(err)
	p.must(p.visit("/ui/eu-hostile-1/access"))
	p.must(p.do(chromedp.SetValue(css("#comment"), quotes)))
	p.clicks("main form button.main")
	named, asked := url.QueryEscape(quotes), url.QueryEscape(ask.Equal("AWS:InstanceInformation.ComputerName", script).String())
	for _, path := range []string{
		"", "nodes?sort=ComputerName", "nodes/" + nodeID(500), "nodes/" + nodeID(500) + "?type=AWS:Application", "nodes/" + nodeID(500) + "/changes",
		"explore", "explore?q=" + asked, "explore?q=" + asked + "&type=AWS:Application&attribute=Name&by=os&by=publisher&by=osversion",
		"explore?type=" + url.QueryEscape("Custom:X"+script) + "&attribute=" + url.QueryEscape(script),
		"software", "software?find=" + url.QueryEscape("<img"), "software/application?name=" + named + "&below=" + named,
		"compare?a=" + nodeID(500) + "&b=platform+%3D+none", "compare?a=" + asked,
		"types", "types/" + url.PathEscape("Custom:X"+script), "types/AWS:Application/values?attribute=Name", "enrol", "enrol/" + activation, "access", "system",
	} {
		p.must(p.visit("/ui/eu-hostile-1/" + path))
		p.opens()
		p.sees(`document.images.length === 0 && document.querySelectorAll("b, [onmouseover], main script").length === 0`)
		p.sees(`!document.body.innerText.includes("\u202E") && document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth`)
		p.sees(`[...document.links].every((a) => a.protocol === "http:" && a.origin === location.origin)`)
	}
	p.must(p.visit("/ui/eu-hostile-1/nodes/" + nodeID(500)))
	p.sees(fmt.Sprintf(`document.querySelector("h1 bdi").textContent === %q`, script))
}
