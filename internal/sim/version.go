package sim

import (
	"strconv"
	"strings"
)

// version is a package's version taken apart, so that releases can have older and newer ones: "1:2.36.4-9" has the epoch "1",
// the upstream head "2.", number 36 and tail ".4", and the revision "9".
type version struct {
	epoch, head string
	number      int
	tail        string
	revision    string
	build       string // the revision without what Debian's own updates add to it
}

// parseVersion takes apart what Debian Policy (5.6.12) calls a version. The number is the second of upstream, which grows with
// most releases, else the first.
func parseVersion(s string) version {
	var v version
	if epoch, rest, ok := strings.Cut(s, ":"); ok {
		v.epoch, s = epoch, rest
	}
	if dash := strings.LastIndexByte(s, '-'); dash >= 0 {
		s, v.revision = s[:dash], s[dash+1:]
	}
	if _, end := digits(v.revision, 0); end > 0 {
		v.build = v.revision[:end]
	} else {
		v.build = "1"
	}
	from, to := digits(s, 0)
	if from2, to2 := digits(s, to); to2-from2 > 0 && to2-from2 <= 4 {
		from, to = from2, to2
	}
	v.head, v.tail = s[:from], s[to:]
	number, err := strconv.Atoi(s[from:to])
	if err != nil || number > 1e6 || len(strconv.Itoa(number)) != to-from { // a date, a commit, a zero in front
		v.head, v.number, v.tail = s, -1, ""
		return v
	}
	v.number = number
	return v
}

// digits finds the first run of digits at or after from.
func digits(s string, from int) (start, end int) {
	for start = from; start < len(s) && !digit(s[start]); start++ {
	}
	for end = start; end < len(s) && digit(s[end]); end++ {
	}
	return start, end
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// upstream writes the upstream version that is so many releases newer, or older, than the package's.
func (v *version) upstream(t *text, newer int) {
	t.string(v.head)
	if v.number >= 0 {
		t.int(max(v.number+newer, 0))
		t.string(v.tail)
	}
}
