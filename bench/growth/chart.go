package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
)

// The measures of the chart, in its own units: two plots beside each other, each with the names of its lines to its right.
const (
	plotWidth, plotHeight = 300, 330
	plotTop, plotBottom   = 70, plotTop + plotHeight
	firstPlot, nextPlot   = 50, 590
	chartWidth            = 1170
	chartHeight           = plotBottom + 50
	nameHeight            = 17
)

// line is one cost in a plot.
type line struct {
	name string
	of   func(*size) float64
}

// perNode are the costs that are level if they are linear, in units in which they lie near each other.
func perNode() []line {
	each := func(f func(*size) float64) func(*size) float64 {
		return func(s *size) float64 { return f(s) / float64(s.Nodes) }
	}
	return []line{
		{"load, ms", each(func(s *size) float64 { return s.Load.Seconds() * 1e3 })},
		{"processor's time, ms", each(func(s *size) float64 { return s.Loaded.CPU.Seconds() * 1e3 })},
		{"start, ms", each(func(s *size) float64 { return s.Ready.Seconds() * 1e3 })},
		{"memory after the load, kB", each(func(s *size) float64 { return float64(s.Loaded.Resident) / 1e3 })},
		{"memory after a restart, kB", each(func(s *size) float64 { return float64(s.Restarted.Resident) / 1e3 })},
		{"disk, kB", each(func(s *size) float64 { return float64(s.Disk) / 1e3 })},
	}
}

// asked are the medians of the answers, in milliseconds.
func (r *result) asked() []line {
	var lines []line
	for i, a := range r.Sizes[0].Answers {
		lines = append(lines, line{a.Question, func(s *size) float64 { return s.Answers[i].Median.Seconds() * 1e3 }})
	}
	return lines
}

// colours are for the lines in their order, on light ground and on dark.
var colours = [...][2]string{
	{"#1d4ed8", "#7aa2ff"}, {"#c2410c", "#fb923c"}, {"#15803d", "#4ade80"}, {"#7e22ce", "#c084fc"}, {"#0e7490", "#22d3ee"}, {"#57534e", "#a8a29e"},
}

// svg draws the costs per node and the times of answers against the size. The colours follow the reader's, light or dark.
func (r *result) svg() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">`+"\n", chartWidth, chartHeight)
	b.WriteString("<title id=\"title\">How muster's costs grow with the fleet</title>\n<desc id=\"desc\">")
	for _, l := range append(perNode(), r.asked()...) {
		fmt.Fprintf(&b, "%s:", html.EscapeString(l.name))
		for _, s := range r.Sizes {
			fmt.Fprintf(&b, " %s at %s;", digits(max(l.of(s), 1e-9)), thousands(s.Nodes))
		}
		b.WriteByte('\n')
	}
	b.WriteString("</desc>\n")
	light, dark := "text { fill: #1f2328 } .grid { stroke: #d1d9e0 }", "text { fill: #e6edf3 } .grid { stroke: #3d444d }"
	for i, c := range colours {
		light += fmt.Sprintf(" .c%d { stroke: %s; fill: %[2]s }", i, c[0])
		dark += fmt.Sprintf(" .c%d { stroke: %s; fill: %[2]s }", i, c[1])
	}
	fmt.Fprintf(&b, "<style>%s polyline { fill: none !important; stroke-width: 2 } @media (prefers-color-scheme: dark) { %s }</style>\n", light, dark)
	r.plot(&b, firstPlot, "Per node: level is linear", perNode())
	r.plot(&b, nextPlot, "Median time of an answer over HTTP, ms", r.asked())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// plot draws lines against the size, both by powers of ten.
func (r *result) plot(b *bytes.Buffer, left float64, title string, lines []line) {
	fmt.Fprintf(b, "<text x=\"%.0f\" y=\"36\" font-size=\"16\" font-weight=\"600\">%s</text>\n", left, title)
	x := newScale(left, left+plotWidth)
	y := newScale(plotBottom, plotTop)
	for _, s := range r.Sizes {
		x.cover(float64(s.Nodes))
		for _, l := range lines {
			y.cover(l.of(s))
		}
	}
	for power := x.from; power <= x.to; power++ {
		at := x.at(math.Pow10(power))
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, at, at, plotTop, plotBottom)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", at, plotBottom+22, thousands(int(math.Pow10(power))))
	}
	for power := y.from; power <= y.to; power++ {
		at := y.at(math.Pow10(power))
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, left, left+plotWidth, at, at)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="end">%g</text>`+"\n", left-8, at+4, math.Pow10(power))
	}
	names := spread(lines, func(l line) float64 { return y.at(l.of(r.end(l))) })
	for i, l := range lines {
		fmt.Fprintf(b, `<polyline class="c%d" points="`, i)
		for _, s := range r.Sizes {
			if l.of(s) > 0 {
				fmt.Fprintf(b, "%.1f,%.1f ", x.at(float64(s.Nodes)), y.at(l.of(s)))
			}
		}
		b.WriteString(`"/>`)
		for _, s := range r.Sizes {
			if l.of(s) > 0 {
				fmt.Fprintf(b, `<circle class="c%d" cx="%.1f" cy="%.1f" r="3"/>`, i, x.at(float64(s.Nodes)), y.at(l.of(s)))
			}
		}
		fmt.Fprintf(b, `<line class="c%d" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke-opacity="0.4"/><text x="%.1f" y="%.1f">%s</text>`+"\n",
			i, x.at(float64(r.end(l).Nodes)), y.at(l.of(r.end(l))), left+plotWidth+12, names[i], left+plotWidth+16, names[i]+4, html.EscapeString(l.name))
	}
}

// end is the largest size that the line has a value of.
func (r *result) end(l line) *size {
	for _, s := range slices.Backward(r.Sizes) {
		if l.of(s) > 0 {
			return s
		}
	}
	return r.Sizes[0]
}
