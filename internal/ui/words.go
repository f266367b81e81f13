package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// visible gives a text as a person can see it: what prints nothing, or turns the direction of what follows, becomes �. Inventory
// says what it likes.
func visible(text any) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\n' {
			return r
		}
		return '\uFFFD'
	}, fmt.Sprint(text))
}

// number groups the digits by thousands.
func number(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// byteSize gives a size in the unit that leaves few digits.
func byteSize(n int64) string {
	size := float64(n)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if size < 999.5 {
			return fmt.Sprintf("%.3g %s", size, unit)
		}
		size /= 1000
	}
	return fmt.Sprintf("%.4g TB", size)
}

// ago says how long ago something was, in its largest unit.
func ago(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if d >= unit.of {
			return fmt.Sprintf("%d %s ago", d/unit.of, unit.name)
		}
	}
	if d < 0 {
		return "in the future"
	}
	return fmt.Sprintf("%d s ago", d/time.Second)
}

// date gives a moment to the second, in UTC.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
