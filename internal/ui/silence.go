package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"muster"
	"muster/internal/fleet"
)

// heardColumn and knownColumn are the columns that are the fleet's, not an attribute's.
const (
	heardColumn = "heard"
	knownColumn = "known"
)

// silence is a time without a sign of life: as long as From or longer, and shorter than To. A To of 0 is any time. The zero value is
// no condition.
type silence struct{ From, To time.Duration }

// Param is how an address says it: in seconds, "3600-7200" or "86400-".
func (s silence) Param() string {
	if s == (silence{}) {
		return ""
	}
	text := strconv.Itoa(int(s.From/time.Second)) + "-"
	if s.To > 0 {
		text += strconv.Itoa(int(s.To / time.Second))
	}
	return text
}

// readSilence reads a Param.
func readSilence(text string) (silence, error) {
	if text == "" {
		return silence{}, nil
	}
	from, to, ranged := strings.Cut(text, "-")
	var s silence
	for _, end := range []struct {
		text string
		to   *time.Duration
	}{{from, &s.From}, {to, &s.To}} {
		if end.text == "" {
			continue
		}
		seconds, err := strconv.ParseUint(end.text, 10, 32)
		if err != nil {
			return s, badSilence
		}
		*end.to = time.Duration(seconds) * time.Second
	}
	if !ranged || s.To > 0 && s.To <= s.From {
		return s, badSilence
	}
	return s, nil
}

// includes gives what says whether a node has been silent for so long. One that is gone is expected to be.
func (s silence) includes(now time.Time) func(fleet.Sign) bool {
	if s == (silence{}) {
		return func(fleet.Sign) bool { return true }
	}
	since, before := muster.Nanos(math.MinInt64), muster.NanosOf(now.Add(-s.From))
	if s.To > 0 {
		since = muster.NanosOf(now.Add(-s.To))
	}
	return func(n fleet.Sign) bool { return !n.Gone && since < n.Heard && n.Heard <= before }
}

func (s silence) String() string {
	switch {
	case s.To == 0:
		return "for " + span(s.From) + " or longer"
	case s.From == 0:
		return "for less than " + span(s.To)
	}
	return fmt.Sprintf("for %s to %s", span(s.From), span(s.To))
}

// span gives a time in its largest unit that is whole.
func span(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if d >= unit.of && d%unit.of == 0 {
			return fmt.Sprintf("%d %s", d/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%d s", d/time.Second)
}
