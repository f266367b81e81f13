package main

import (
	"fmt"

	"github.com/chromedp/chromedp"

	"muster"
)

// enrol makes an activation, and sees a node arrive without asking again.
func enrol(p *person) {
	p.as("admin")
	p.must(p.visit("/ui/us-east-1/enrol"))
	p.clicks("main form button.main")
	p.sees(`document.querySelectorAll(".paste").length === 4 && /-code [A-Z2-7]{26} -id [0-9a-f-]{36} /.test(document.querySelector(".paste code").textContent)`)
	p.must(p.visit("/ui/us-east-1/enrol"))
	put(p.t, p.server, "us-east-1", 600, muster.TypeInstanceInformation, entry("ComputerName", "arrived"))
	p.must(p.do(chromedp.WaitVisible(css(fmt.Sprintf(`#live a[href$="%s"]`, nodeID(600))))))
	p.must(p.do(chromedp.Click(css(".menu summary")))) // what is around it is as it was
	p.sees(`document.querySelector("details.menu").open && document.querySelector("#live tbody a").textContent !== ""`)
}

// keys makes an access key and revokes it.
func keys(p *person) {
	p.as("admin")
	p.must(p.visit("/ui/us-east-1/access"))
	before, err := evaluate[int](p.window, `document.querySelectorAll("tbody tr").length`)
	if err != nil {
		p.t.Fatal(err)
	}
	p.must(p.do(chromedp.SendKeys(css("#comment"), "for a while")))
	p.clicks("main form button.main")
	id, err := evaluate[string](p.window, `document.querySelector("h1 code").textContent`)
	if err != nil {
		p.t.Fatal(err)
	}
	p.must(p.visit("/ui/us-east-1/access"))
	p.clicks(fmt.Sprintf(`a[href$="/%s/revoke"]`, id))
	p.clicks("button.danger")
	p.sees(fmt.Sprintf(`document.querySelectorAll("tbody tr").length === %d && !document.body.textContent.includes("for a while")`, before))
	p.must(p.visit("/ui/us-east-1/system"))
	p.sees(`document.querySelectorAll("figure.chart").length === 2`)
}
