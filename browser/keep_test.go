package main

import (
	"fmt"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// views keeps what Explore shows under a name, finds it again as somebody else, and deletes it.
func views(p *person) {
	const hostile = `<b>"Ubuntu" & co.`
	p.as("admin")
	p.must(p.visit("/ui/us-east-1/explore?q=os+%3D+Ubuntu&by=os"))
	p.must(p.do(chromedp.Click(chromedp.Search(`//summary[.="Keep this view"]`)), chromedp.SendKeys(css("#view"), hostile)))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(fmt.Sprintf(`location.search === "?by=os&q=os+%%3D+Ubuntu" && document.querySelector(".shelf [aria-current]").innerText === %q`, hostile))
	p.must(p.load(chromedp.Click(chromedp.Search(`//a[.="All views"]`))))

	p.as("read")
	p.follows("Explore")
	p.must(p.load(chromedp.Click(css(".shelf a"))))
	p.sees(figures("60", "60") + ` && document.querySelectorAll("[aria-label=Groups] tbody tr").length === 1`)
	p.must(p.visit("/ui/us-east-1/views"))
	p.sees(`document.querySelectorAll("tbody tr").length === 1 && document.querySelectorAll("main form").length === 0`)

	p.as("admin")
	p.must(p.visit("/ui/us-east-1/views"))
	p.clicks("tbody button")
	p.sees(`document.querySelectorAll("tbody tr, b").length === 0`)
}

// tags gives a node a tag, finds it by that, and takes it away.
func tags(p *person) {
	p.as("admin")
	p.must(p.visit("/ui/us-east-1/nodes/" + nodeID(8)))
	p.must(p.do(chromedp.SendKeys(css("#key"), "site"), chromedp.SendKeys(css("#value"), "north")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(`document.querySelector("[aria-label=Tags] tbody").innerText.includes("north")`)
	p.slash()
	p.must(p.load(chromedp.KeyEvent("AWS:Tag.Key = site and AWS:Tag.Value = north" + kb.Enter)))
	p.sees(`document.querySelectorAll("tbody tr").length === 1`)
	p.clicks("tbody a.id")
	p.clicks("[aria-label=Tags] button")
	p.sees(`document.querySelector("[aria-label=Tags]") === null`)
}
