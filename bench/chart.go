package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"time"
)

// The measures of the chart, in its own units.
const (
	chartWidth = 960
	labelWidth = 350 // the questions'
	rowHeight  = 34
	legendRow  = 22
	legendTop  = 62
	rightEdge  = chartWidth - 24
)

// chart draws the times of one trial: a row for each question, in it a mark for each engine, further right by ten times the time.
type chart struct {
	bytes.Buffer
	trial    *trial
	from, to int // powers of ten of a nanosecond
	top      int // of the rows
}

// svg draws the first trial, which has the whole fleet. The colours follow the reader's, light or dark.
func (r *result) svg() []byte {
	c := &chart{trial: r.Trials[0]}
	c.from, c.to = c.decades()
	c.top = legendTop + legendRow*((len(c.trial.engines())+2)/3) + 20
	height := c.top + rowHeight*len(questions) + 50

	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="14">`+"\n", chartWidth, height)
	fmt.Fprintf(c, "<title id=\"title\">Median time of an answer, %s nodes</title>\n", thousands(c.trial.Nodes))
	fmt.Fprintf(c, "<desc id=\"desc\">%s</desc>\n", html.EscapeString(c.inWords()))
	c.style()
	fmt.Fprintf(c, "<text x=\"16\" y=\"28\" font-size=\"18\" font-weight=\"600\">Median time of an answer, %s nodes</text>\n", thousands(c.trial.Nodes))
	fmt.Fprintf(c, "<text x=\"16\" y=\"48\" class=\"faint\">each line to the right is ten times as long; %d × %s</text>\n", r.Machine.Count, html.EscapeString(r.Machine.Processor))
	c.legend()
	c.grid()
	for i, q := range questions {
		c.row(i, q)
	}
	c.WriteString("</svg>\n")
	return c.Bytes()
}

// decades gives the powers of ten between which all medians lie.
func (c *chart) decades() (from, to int) {
	least, most := math.Inf(1), 0.0
	for _, a := range c.trial.Asked {
		for _, t := range a.Times {
			least, most = min(least, float64(t.median())), max(most, float64(t.median()))
		}
	}
	return int(math.Floor(math.Log10(least))), int(math.Ceil(math.Log10(most)))
}

// inWords says for each question what the chart shows.
func (c *chart) inWords() string {
	var words bytes.Buffer
	for _, q := range questions {
		fmt.Fprintf(&words, "%s:", q.title)
		for _, engine := range c.trial.engines() {
			if t := c.trial.Asked[q.id].Times[engine]; len(t) > 0 {
				fmt.Fprintf(&words, " %s %s;", engine, short(t.median()))
			}
		}
		words.WriteByte('\n')
	}
	return words.String()
}

// sign is how an engine is marked: its product has the colour, its form the shape.
type sign struct{ product, shape string }

var signs = map[string]sign{
	"muster":                    {"muster", "disc"},
	"muster, 100 nodes changed": {"muster", "ring"},
	"muster over HTTP":          {"muster", "square"},
	"PostgreSQL, dictionary":    {"postgres", "disc"},
	"PostgreSQL, normalised":    {"postgres", "ring"},
	"PostgreSQL, jsonb":         {"postgres", "square"},
	"SQLite, dictionary":        {"sqlite", "disc"},
	"DuckDB, dictionary":        {"duckdb", "disc"},
	"DuckDB, wide":              {"duckdb", "ring"},
}

// colours are the products', on light ground and on dark.
var colours = []struct{ product, light, dark string }{
	{"muster", "#1d4ed8", "#7aa2ff"}, {"postgres", "#c2410c", "#fb923c"}, {"sqlite", "#15803d", "#4ade80"}, {"duckdb", "#7e22ce", "#d8b4fe"},
}

func (c *chart) style() {
	light, dark := "text { fill: #1f2328 } .faint { fill: #59636e } line { stroke: #d1d9e0 }", "text { fill: #e6edf3 } .faint { fill: #9198a1 } line { stroke: #3d444d }"
	for _, of := range colours {
		light += fmt.Sprintf(" .%s { fill: %s; stroke: %[2]s }", of.product, of.light)
		dark += fmt.Sprintf(" .%s { fill: %s; stroke: %[2]s }", of.product, of.dark)
	}
	fmt.Fprintf(c, "<style>%s @media (prefers-color-scheme: dark) { %s } .ring { fill: none; stroke-width: 2 }</style>\n", light, dark)
}

// mark draws an engine's sign.
func (c *chart) mark(engine string, x, y float64) {
	s := signs[engine]
	switch s.shape {
	case "ring":
		fmt.Fprintf(c, `<circle class="%s ring" cx="%.1f" cy="%.1f" r="5"/>`, s.product, x, y)
	case "square":
		fmt.Fprintf(c, `<rect class="%s" x="%.1f" y="%.1f" width="9" height="9"/>`, s.product, x-4.5, y-4.5)
	default:
		fmt.Fprintf(c, `<circle class="%s" cx="%.1f" cy="%.1f" r="5.5"/>`, s.product, x, y)
	}
}

func (c *chart) legend() {
	for i, engine := range c.trial.engines() {
		x, y := float64(24+300*(i%3)), float64(legendTop+legendRow*(i/3)+10)
		c.mark(engine, x, y)
		fmt.Fprintf(c, "<text x=\"%.0f\" y=\"%.0f\">%s</text>\n", x+14, y+5, engine)
	}
}

// x is where a time lies.
func (c *chart) x(d time.Duration) float64 {
	return labelWidth + (math.Log10(float64(d))-float64(c.from))*float64(rightEdge-labelWidth)/float64(c.to-c.from)
}

func (c *chart) grid() {
	bottom := c.top + rowHeight*len(questions)
	for power := c.from; power <= c.to; power++ {
		d := time.Duration(math.Round(math.Pow10(power)))
		x := c.x(d)
		fmt.Fprintf(c, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, c.top, bottom)
		fmt.Fprintf(c, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" class=\"faint\">%s</text>\n", x, bottom+22, d)
	}
}

func (c *chart) row(i int, q *question) {
	y := float64(c.top + rowHeight*i + rowHeight/2)
	fmt.Fprintf(c, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">%s</text>", labelWidth-18, y+5, html.EscapeString(q.title))
	fmt.Fprintf(c, "<line x1=\"%d\" x2=\"%d\" y1=\"%.0f\" y2=\"%.0f\"/>", labelWidth, rightEdge, y, y)
	for _, engine := range slices.Backward(c.trial.engines()) { // muster on top
		if t := c.trial.Asked[q.id].Times[engine]; len(t) > 0 {
			c.mark(engine, c.x(t.median()), y)
		}
	}
	c.WriteByte('\n')
}
