package main

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// explore narrows the fleet down by its values and by conditions, and drills from the number to a node.
func explore(p *person) {
	p.as("read")
	p.follows("Explore")
	p.sees(`document.querySelector("select[name=type]").value === "AWS:InstanceInformation" && document.querySelector(".tabs [aria-current]").textContent === "PlatformName"`)
	p.must(p.load(chromedp.Click(chromedp.Search(`//tbody//a[.="Ubuntu"]`))))
	p.sees(`document.querySelector(".chips").innerText.includes("Ubuntu") && ` + figures("60", "60"))
	p.must(p.load(chromedp.Click(chromedp.Search(`//ul[@class="chips"]//a[starts-with(., "not")]`))))
	p.sees(`document.querySelector(".chips code").textContent.startsWith("not ") && ` + figures("60", "60"))

	p.must(p.do(chromedp.SetValue(css("#type"), "AWS:Application")))
	p.must(p.load(chromedp.Click(chromedp.Search(`//button[.="Choose"]`))))
	p.must(p.do(chromedp.Click(chromedp.Search(`//summary[.="Add a condition"]`)), chromedp.SetValue(css("#key"), "version"), chromedp.SetValue(css("#op"), "<"), chromedp.SendKeys(css("#value"), "3.0.1")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(`document.querySelectorAll(".chips li").length === 2 && ` + figures("20", "100"))
	p.must(p.do(chromedp.SendKeys(css("#by0"), "os"), chromedp.SendKeys(css("#by1"), "name")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(`document.querySelectorAll("[aria-label=Groups] tbody tr").length === 2`)

	p.clicks(".figures a")
	p.sees(`document.querySelector("h1").textContent.trim() === "Nodes 20" && document.querySelectorAll("tbody tr").length === 20`)
	p.clicks("tbody a.id")
	p.sees(`document.querySelector("h1").textContent.includes("host-000")`)
}

// software finds an application by a part of its name, and who has an old version of it.
func software(p *person) {
	p.as("read")
	p.follows("Software")
	p.must(p.do(chromedp.SendKeys(css("#words"), "SSL")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(`document.querySelectorAll("tbody tr").length === 1`)
	p.clicks("tbody a")
	p.sees(`document.querySelectorAll("[aria-label=Versions] tbody tr").length === 3 && document.querySelectorAll("figure.chart").length === 1 && ` + figures("120", "0"))
	p.must(p.do(chromedp.SendKeys(css("#below"), "3.0.2")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(figures("120", "0", "80"))
	p.clicks(".figures div:last-child a")
	p.sees(`document.querySelector("h1").textContent.trim() === "Nodes 80"`)
	p.clicks("tbody a.id")
	p.sees(`document.querySelector("h1").textContent.includes("host-000")`)
}

// compare goes from a node to what sets it apart from another, and compares two groups.
func compare(p *person) {
	p.as("read")
	p.must(p.visit("/ui/us-east-1/nodes/" + nodeID(7)))
	p.must(p.load(chromedp.Click(chromedp.Search(`//a[.="Compare with others"]`))))
	p.sees(fmt.Sprintf(`document.querySelector("#a").value === %q && `, nodeID(7)) + figures("1", "120"))
	p.must(p.do(chromedp.SendKeys(css("#b"), nodeID(9))))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(figures("1", "1") + ` && document.querySelector("tbody").innerText.includes("Custom:RackInfo")`)

	p.follows("Compare")
	p.must(p.do(chromedp.SendKeys(css("#a"), "os = Ubuntu"), chromedp.SendKeys(css("#b"), "not os = Ubuntu")))
	p.must(p.load(chromedp.KeyEvent(kb.Enter)))
	p.sees(figures("60", "60") + ` && document.querySelector("tbody tr th").innerText === "PlatformName Debian GNU/Linux"`)
	p.sees(`document.querySelector("tbody tr td:last-child").textContent === "-100.0"`)
	p.must(p.load(chromedp.Click(css("tbody tr td:nth-child(5) a"))))
	p.sees(`document.querySelector("h1").textContent.trim() === "Nodes 60"`)
}

// changes goes from a node to what its last reports changed, and from there to an application.
func changes(p *person) {
	p.as("read")
	p.must(p.visit("/ui/us-east-1/nodes/" + nodeID(7)))
	p.must(p.load(chromedp.Click(chromedp.Search(`//a[.="Changes"]`))))
	p.sees(`document.querySelectorAll("section").length === 2 && document.querySelector(".tabs [aria-current]").textContent === "Changes"`)
	p.sees(`document.querySelector("section").innerText.includes("1 added, 40 removed, 1 changed") && document.querySelector("section").innerText.includes("and 10 more, which are counted but not kept")`)
	p.sees(`document.querySelectorAll("section")[1].innerText.includes("40 added, 1 removed, 1 changed")`)
	p.must(p.load(chromedp.Click(chromedp.Search(`//a[.="bash"]`))))
	p.sees(`document.querySelector("h1").textContent.includes("bash")`)
}

// follows goes to one of the main pages.
func (p *person) follows(name string) {
	p.t.Helper()
	p.must(p.load(chromedp.Click(chromedp.Search(fmt.Sprintf(`//header//nav//a[.=%q]`, name)))))
}

// figures is that the page's large numbers are these.
func figures(numbers ...string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".figures dd")].map((e) => e.textContent).join(" ") === %q`, strings.Join(numbers, " "))
}
