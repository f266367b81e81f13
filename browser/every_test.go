package main

import (
	"net/url"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// everyPage signs in as an administrator and gives the addresses of all that there is to see then, without what comes once.
func (p *person) everyPage() []string {
	p.t.Helper()
	p.as("admin")
	key, _ := p.server.AccessKey()
	p.keeps("nodes?q=os+%3D+Ubuntu")
	linux, some := url.QueryEscape("platform = Linux"), url.QueryEscape("name = openssl and not os = Ubuntu")
	wrong := []string{"explore?q=platform", "nodes?q=platform", "nodes/none", "compare?a=platform", "software/application?name=none"}
	for _, path := range wrong {
		p.forgive("/ui/us-east-1/" + path)
	}
	return append(wrong,
		"", "explore", "explore?q="+some+"&type=AWS:Application&attribute=Version&by=os&by=name",
		"nodes?sort=heard", "nodes?q="+some, "nodes?q=os+%3D+Nothing",
		"nodes/"+nodeID(7), "nodes/"+nodeID(7)+"?type=AWS:Application", "nodes/"+nodeID(7)+"/changes", "nodes/"+nodeID(8)+"/changes",
		"views", "software", "software?find=ssl", "software?find=nothing", "software/application?name=openssl&below=3.0.2",
		"compare", "compare?a="+linux+"&b="+some, "compare?a="+nodeID(7)+"&b="+nodeID(8),
		"types", "types/Custom:RackInfo", "types/Custom:RackInfo/delete", "types/AWS:Application/values?attribute=Name",
		"enrol", p.activation(), p.activation()+"/delete", "access", "access/"+key+"/revoke", "system",
	)
}

// activation makes one, and gives the address of its page in the region.
func (p *person) activation() string {
	p.t.Helper()
	p.must(p.visit("/ui/us-east-1/enrol"))
	p.clicks("main form button.main")
	id, err := evaluate[string](p.window, `document.querySelector(".facts code").textContent`)
	p.must(err)
	return "enrol/" + id
}

// keeps has a view be there.
func (p *person) keeps(path string) {
	p.t.Helper()
	p.must(p.visit("/ui/us-east-1/views"))
	if kept, err := evaluate[bool](p.window, `document.querySelector("tbody") !== null`); err != nil || kept {
		p.must(err)
		return
	}
	p.must(p.visit("/ui/us-east-1/" + path))
	p.must(p.do(chromedp.Click(chromedp.Search(`//summary[.="Keep this view"]`)), chromedp.SendKeys(css("#view"), "kept")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
}

// in has the system of the person be light or dark.
func (p *person) in(scheme string) {
	p.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(p.window, emulation.SetEmulatedMedia, media); err != nil {
		p.t.Fatal(err)
	}
}

// opens has all of the page be seen.
func (p *person) opens() {
	p.t.Helper()
	p.must(p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("main details").forEach((d) => { d.open = true; })`)))
}

// phone holds that no page is wider than a phone: what is wide has a scroll bar of its own, and can have the focus.
func phone(p *person) {
	pages := p.everyPage()
	p.must(p.do(chromedp.EmulateViewport(390, 844)))
	for _, scheme := range []string{"light", "dark"} {
		p.in(scheme)
		for _, path := range pages {
			p.must(p.visit("/ui/us-east-1/" + path))
			p.opens()
			p.sees(`document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth`)
			p.sees(`[...document.querySelectorAll("main *")].every((e) => e.scrollWidth <= e.clientWidth || getComputedStyle(e).overflowX !== "auto" || e.tabIndex === 0 && e.ariaLabel)`)
		}
	}
}

// onlyKeys holds that all of a page that can be used comes by Tab, and shows that it has the focus.
func onlyKeys(p *person) {
	for _, path := range p.everyPage() {
		p.must(p.visit("/ui/us-east-1/" + path))
		p.opens()
		stops, err := evaluate[int](p.window, `(() => {
			window.stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((e) =>
				e.tabIndex >= 0 && e.checkVisibility() && e.type !== "hidden" && !(e.type === "radio" && !e.checked));
			window.met = new Set();
			window.unseen = new Set();
			document.addEventListener("focusin", (event) => {
				met.add(event.target);
				if (getComputedStyle(event.target).outlineStyle === "none") {
					unseen.add(event.target);
				}
			});
			document.activeElement.blur();
			return stops.length;
		})()`)
		p.must(err)
		for range stops + 4 {
			p.types(kb.Tab)
		}
		missed, err := evaluate[string](p.window, `stops.filter((e) => !met.has(e) || unseen.has(e)).map((e) => e.outerHTML.slice(0, 200)).join("\n")`)
		if err != nil || missed != "" {
			p.t.Errorf("%s: by Tab one does not come to, or does not see, %v:\n%s", path, err, missed)
		}
	}
}
