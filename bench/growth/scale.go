package main

import (
	"cmp"
	"math"
	"slices"
)

// scale maps what it covers, in whole powers of ten, to a stretch of the chart.
type scale struct {
	start, end float64
	from, to   int // powers of ten
}

func newScale(start, end float64) *scale {
	return &scale{start, end, math.MaxInt, math.MinInt}
}

// cover makes room for a value. Of nothing there is nothing to show.
func (s *scale) cover(value float64) {
	if value > 0 {
		s.from = min(s.from, int(math.Floor(math.Log10(value))))
		s.to = max(s.to, int(math.Ceil(math.Log10(value))))
	}
}

// at is where a value lies; one of nothing at the start.
func (s *scale) at(value float64) float64 {
	if value <= 0 || s.from == s.to {
		return s.start
	}
	return s.start + (s.end-s.start)*(math.Log10(value)-float64(s.from))/float64(s.to-s.from)
}

// spread gives the heights of the lines' names: beside their ends, but none upon another.
func spread(lines []line, height func(line) float64) []float64 {
	order := make([]int, len(lines))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(height(lines[a]), height(lines[b])) })
	names := make([]float64, len(lines))
	above := math.Inf(-1)
	for _, i := range order {
		names[i] = max(height(lines[i]), above+nameHeight)
		above = names[i]
	}
	below := float64(plotBottom + nameHeight)
	for _, i := range slices.Backward(order) {
		names[i] = min(names[i], below-nameHeight)
		below = names[i]
	}
	return names
}
