package ui

import (
	"math"
	"strconv"
)

// point is one bar of a chart.
type point struct {
	Label string // what it counts, in the table
	Tick  string // on the axis below, at the end of the bar; empty for none
	Minor bool   // the tick is left out where there is little room
	Value int
	To    string // the list behind it; empty for none
}

// chart is a bar for each point, over an axis with round numbers. A template draws it; the table behind it says the same in words.
type chart struct {
	Title         string
	Of, Values    string // what the points and their values are: the heads of the table
	Width, Height float64
	Base, Left    float64 // where the axes are
	Bars          []bar
	Marks         []mark
}

type bar struct {
	point
	X, Y, W, H float64
	End        float64
}

// mark is a number on the axis to the left.
type mark struct {
	Y    float64
	Text string
}

// The chart's measures, in the units of its view box: it scales with the page.
const (
	chartWidth  = 640.0
	chartHeight = 180.0
	chartLeft   = 60.0 // room for the numbers
	chartBelow  = 24.0 // and for the ticks
	chartAbove  = 10.0
)

func newChart(title, of, values string, points []point) chart {
	c := chart{Title: title, Of: of, Values: values, Width: chartWidth, Height: chartHeight, Base: chartHeight - chartBelow, Left: chartLeft}
	most := 0
	for _, p := range points {
		most = max(most, p.Value)
	}
	step := roundStep(most)
	top := step * max(1, (most+step-1)/step)
	scale := (c.Base - chartAbove) / float64(top)
	for n := 0; n <= top; n += step {
		c.Marks = append(c.Marks, mark{round(c.Base - float64(n)*scale), number(n)})
	}
	slot := (chartWidth - chartLeft) / float64(max(1, len(points)))
	gap := min(6, slot/5)
	for i, p := range points {
		h := float64(p.Value) * scale
		if p.Value > 0 {
			h = max(h, 1) // one node among thousands is seen, too
		}
		x := chartLeft + float64(i)*slot
		c.Bars = append(c.Bars, bar{p, round(x + gap/2), round(c.Base - h), round(slot - gap), round(h), round(x + slot)})
	}
	return c
}

// roundStep is 1, 2 or 5 times a power of ten, of which 3 to 6 reach the number.
func roundStep(most int) int {
	for step := 1; ; step *= 10 {
		for _, s := range []int{step, 2 * step, 5 * step} {
			if most <= 5*s {
				return s
			}
		}
	}
}

// round keeps the markup short.
func round(x float64) float64 { return math.Round(x*10) / 10 }

// ViewBox is the chart's, for the svg element.
func (c chart) ViewBox() string {
	return "0 0 " + strconv.Itoa(int(c.Width)) + " " + strconv.Itoa(int(c.Height))
}
