package sim

import (
	"math"
	"strings"
)

// fix is what is said about a version of a package on all nodes of a release, there or missing.
type fix struct {
	id, title, link, cves      string
	severity, severityCapitals string

	sum uint64 // of all that it says
}

// fixOf gives the row's fix, or makes it. Two goroutines may make the same at once, and either may be kept.
func (r *row) fixOf(m *image, p *pkg) *fix {
	if f := r.fix.Load(); f != nil {
		return f
	}
	f := newFix(m, p, r)
	r.fix.Store(f)
	return f
}

// severities are those of fixes, the common ones more often.
var severities = [...]string{"Critical", "Important", "Important", "Medium", "Medium", "Medium", "Low"}

func newFix(m *image, p *pkg, r *row) *fix {
	var t text
	d := roll(p.key+m.key, aboutCompliance, r.number)
	f := &fix{severity: severities[d.below(len(severities))]}
	f.severityCapitals = strings.ToUpper(f.severity)
	if m.family == windows {
		f.id = t.join("KB", t.number(5000000+d.below(60000)))
		f.title = t.join("2026-02 Cumulative Update for ", p.name, " (", f.id, ")")
	} else {
		f.id = t.join(p.name, ".", p.architecture, ":", r.version, r.release)
		f.title = t.join(p.name, " security update")
	}
	f.link = t.join("https://security.example.com/advisories/", f.id)
	f.cves = t.cves(&d)
	f.sum = sumOf(f.id, f.title, f.cves, f.severity)
	return f
}

// mostCVEs is how many one fix is for at most.
const mostCVEs = 40

var mostCVEsLog = math.Log(mostCVEs + 1)

// cves lists what a fix is for: mostly a few, and many for a browser or a kernel.
func (t *text) cves(d *dice) string {
	mark := t.mark()
	for i := range 1 + d.rank(mostCVEs, mostCVEsLog) {
		if i > 0 {
			t.string(",")
		}
		t.string("CVE-2025-")
		t.int(10000 + d.below(50000))
	}
	return t.from(mark)
}
