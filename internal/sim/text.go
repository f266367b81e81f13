package sim

import (
	"strconv"
	"strings"
	"time"
)

// text is the memory of the strings that a report has for itself. Each string is written to its end and then cut off, so that
// all of them take one allocation.
type text struct {
	b strings.Builder
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

// hex writes the lowest digits of n.
func (t *text) hex(n uint64, digits int) {
	for digits--; digits >= 0; digits-- {
		t.b.WriteByte("0123456789abcdef"[n>>(4*digits)&15])
	}
}

// time writes the second as RFC 3339 does, in UTC.
func (t *text) time(unix int64) {
	var digits [len(time.RFC3339)]byte
	t.b.Write(time.Unix(unix, 0).UTC().AppendFormat(digits[:0], time.RFC3339))
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
