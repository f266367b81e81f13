package sim

import (
	"strconv"
	"strings"
	"time"
)

// text is the memory of the strings that a report has for itself. Each string is written to its end and then cut off, so that
// all of them take one allocation.
type text struct {
	b    strings.Builder
	days [64]day // by number
}

// begin takes new memory: the strings of the report before keep theirs.
func (t *text) begin() {
	size := t.b.Len() + t.b.Len()/8
	t.b = strings.Builder{}
	t.b.Grow(max(size, 4<<10))
}

// mark is where the next string begins.
func (t *text) mark() int { return t.b.Len() }

// from cuts off the string that began at the mark.
func (t *text) from(mark int) string { return t.b.String()[mark:] }

func (t *text) string(s string) { t.b.WriteString(s) }

func (t *text) int(n int) {
	var digits [20]byte
	t.b.Write(strconv.AppendInt(digits[:0], int64(n), 10))
}

// hex writes the lowest digits of n, at most 16.
func (t *text) hex(n uint64, digits int) {
	var hex [16]byte
	for i := digits - 1; i >= 0; i-- {
		hex[i] = "0123456789abcdef"[n&15]
		n >>= 4
	}
	t.b.Write(hex[:digits])
}

// time writes the second as RFC 3339 does, in UTC. A report has 500 of them, of few days, and time.Time takes five times as long.
func (t *text) time(unix int64) {
	date, within := unix/daySeconds, int(unix%daySeconds)
	d := &t.days[date%int64(len(t.days))]
	if d.number != date {
		d.number = date
		time.Unix(unix, 0).UTC().AppendFormat(d.text[:0], "2006-01-02T")
	}
	t.b.Write(d.text[:])
	hour, minute, second := byte(within/3600), byte(within/60%60), byte(within%60)
	clock := [...]byte{'0' + hour/10, '0' + hour%10, ':', '0' + minute/10, '0' + minute%10, ':', '0' + second/10, '0' + second%10, 'Z'}
	t.b.Write(clock[:])
}

const daySeconds = 24 * 60 * 60

// day is a date as it was written last.
type day struct {
	number int64 // days since 1970; 0 is none
	text   [len("2006-01-02T")]byte
}

// join gives the parts as one string.
func (t *text) join(parts ...string) string {
	mark := t.mark()
	for _, p := range parts {
		t.string(p)
	}
	return t.from(mark)
}

// number gives n in decimal.
func (t *text) number(n int) string {
	mark := t.mark()
	t.int(n)
	return t.from(mark)
}

// moment gives the second as RFC 3339 does.
func (t *text) moment(unix int64) string {
	mark := t.mark()
	t.time(unix)
	return t.from(mark)
}
