package ui

import (
	"testing"
	"time"

	"muster"
	"muster/internal/fleet"
)

func TestWords(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, c := range []struct{ got, want string }{
		{visible("plain, ünï 日本"), "plain, ünï 日本"},
		{visible("a\u202eb\x00c\u200bd\x1b[1m"), "a\uFFFDb\uFFFDc\uFFFDd\uFFFD[1m"},
		{number(0), "0"}, {number(999), "999"}, {number(1000), "1,000"}, {number(1234567), "1,234,567"}, {number(-123456), "-123,456"},
		{byteSize(0), "0 B"}, {byteSize(999), "999 B"}, {byteSize(1500), "1.5 kB"}, {byteSize(999_700), "1 MB"}, {byteSize(12_345_678_901), "12.3 GB"}, {byteSize(3e15), "3000 TB"},
		{ago(0), "0 s ago"}, {ago(59 * time.Second), "59 s ago"}, {ago(90 * time.Second), "1 min ago"}, {ago(47 * time.Hour), "1 d ago"},
		{ago(-time.Minute), "in the future"},
		{span(90 * time.Second), "90 s"}, {span(2 * time.Hour), "2 h"}, {span(36 * time.Hour), "36 h"}, {span(7 * day), "7 d"},
		{date(time.Time{}), ""}, {date(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)), "2026-01-02 03:04:05Z"},
		{shellQuoted("mi-0123"), "mi-0123"}, {shellQuoted(""), "''"}, {shellQuoted("name = 'x'"), `'name = '\''x'\'''`}, {shellQuoted("$(x)"), "'$(x)'"},
		{silence{}.Param(), ""}, {silence{0, time.Minute}.Param(), "0-60"}, {silence{day, 0}.Param(), "86400-"},
		{silence{0, time.Minute}.String(), "for less than 1 min"}, {silence{day, 0}.String(), "for 1 d or longer"},
		{silence{time.Hour, 2 * time.Hour}.String(), "for 1 h to 2 h"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"1", "-", "x-", "-5-", "5-4", "5-5", "1-99999999999"} {
		if s, err := readSilence(wrong); err == nil && s != (silence{}) {
			t.Errorf("%q is read as %v", wrong, s)
		}
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		param string
		heard time.Duration
		gone  bool
		want  bool
	}{
		{"", time.Hour, true, true},
		{"0-60", 0, false, true},
		{"0-60", time.Minute, false, false},
		{"60-120", time.Minute, false, true},
		{"60-120", 2 * time.Minute, false, false},
		{"60-", 1000 * time.Hour, false, true},
		{"60-", 1000 * time.Hour, true, false},
	} {
		s, err := readSilence(c.param)
		if err != nil || s.Param() != c.param {
			t.Errorf("%q is read as %v, %v", c.param, s, err)
		}
		if got := s.includes(now)(fleet.Sign{Heard: muster.NanosOf(now.Add(-c.heard)), Gone: c.gone}); got != c.want {
			t.Errorf("%q of a node heard of %s ago: %v", c.param, c.heard, got)
		}
	}
}
