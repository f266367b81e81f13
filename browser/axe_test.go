package main

import (
	"os"
	"strings"

	"github.com/chromedp/chromedp"
)

// accessible holds the pages against the rules of axe-core, in light and in dark, wide and narrow. MUSTER_AXE is its file,
// which ./check gets from npm.
func accessible(p *person) {
	file := os.Getenv("MUSTER_AXE")
	if file == "" {
		p.t.Skip("MUSTER_AXE is not set to the file axe.min.js of axe-core")
	}
	axe, err := os.ReadFile(file)
	p.must(err)
	p.must(p.visit("/ui/sign-in"))
	p.obeys(string(axe), "")
	pages := p.everyPage()
	for _, look := range []struct {
		scheme string
		width  int64
		rules  string // that may be broken here alone; empty is all
	}{{"light", 1280, ""}, {"dark", 1280, `"color-contrast"`}, {"light", 390, `"scrollable-region-focusable", "target-size", "meta-viewport"`}} {
		p.in(look.scheme)
		p.must(p.do(chromedp.EmulateViewport(look.width, 844)))
		for _, path := range pages {
			p.must(p.visit("/ui/us-east-1/" + path))
			p.opens()
			p.obeys(string(axe), look.rules)
		}
	}
}

// obeys runs axe in the page: some of its rules, by name, or all. What it finds is told with the page.
func (p *person) obeys(axe, rules string) {
	p.t.Helper()
	p.must(p.do(chromedp.Evaluate[chromedp.Void](axe + "; void 0")))
	options := "{}"
	if rules != "" {
		options = "{runOnly: [" + rules + "]}"
	}
	found, err := chromedp.Run(p.window, chromedp.Evaluate[[]string](`axe.run(`+options+`).then((r) => r.violations.map((v) => v.impact + " " + v.id + ": " + v.help + "\n" + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join("\n")))`, chromedp.EvalAwaitPromise))
	p.must(err)
	if len(found) > 0 {
		at, _ := evaluate[string](p.window, `location.href`)
		p.t.Errorf("%s:\n%s", at, strings.Join(found, "\n"))
	}
}
