package query

import (
	"cmp"
	"strings"
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// compareDigits compares two numbers of any length. No digits at all are 0.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// cutDigits takes the digits off the front.
func cutDigits(s string) (digits, rest string) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

// compareDpkg compares versions, or revisions, as deb-version(7) has it: by turns what is before the next digit and then the number. In
// the former a tilde comes before everything, even the end, and letters before all else.
func compareDpkg(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !isDigit(a[0]) || b != "" && !isDigit(b[0]) {
			if c := cmp.Compare(dpkgWeight(a), dpkgWeight(b)); c != 0 {
				return c
			}
			a, b = a[1:], b[1:] // of one weight only if both have a byte there
		}
		var m, n string
		m, a = cutDigits(a)
		n, b = cutDigits(b)
		if c := compareDigits(m, n); c != 0 {
			return c
		}
	}
	return 0
}

// dpkgWeight says where the first byte comes among those that are no digits. A digit counts as the end.
func dpkgWeight(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case isLetter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

// compareRPM compares versions, or releases, as rpm does: segments of digits or of letters, whatever is between them. Digits are newer
// than letters, more segments newer than fewer, but a tilde is older than the end, and a caret newer than it and older than the rest.
func compareRPM(a, b string) int {
	for {
		a, b = skipBetween(a), skipBetween(b)
		if c := cmp.Compare(rpmWeight(a), rpmWeight(b)); c != 0 {
			return c
		}
		switch rpmWeight(a) {
		case rpmEnd:
			return 0
		case rpmTilde, rpmCaret:
			a, b = a[1:], b[1:]
		case rpmDigits:
			var m, n string
			m, a = cutDigits(a)
			n, b = cutDigits(b)
			if c := compareDigits(m, n); c != 0 {
				return c
			}
		case rpmLetters:
			var m, n string
			m, a = cutLetters(a)
			n, b = cutLetters(b)
			if c := strings.Compare(m, n); c != 0 {
				return c
			}
		}
	}
}

// What a rest begins with, the oldest first.
const (
	rpmTilde = iota
	rpmEnd
	rpmCaret
	rpmLetters
	rpmDigits
)

func rpmWeight(s string) int {
	switch {
	case s == "":
		return rpmEnd
	case s[0] == '~':
		return rpmTilde
	case s[0] == '^':
		return rpmCaret
	case isDigit(s[0]):
		return rpmDigits
	}
	return rpmLetters
}

// skipBetween takes off what rpm does not look at.
func skipBetween(s string) string {
	for s != "" && !isDigit(s[0]) && !isLetter(s[0]) && s[0] != '~' && s[0] != '^' {
		s = s[1:]
	}
	return s
}

func cutLetters(s string) (letters, rest string) {
	n := 0
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	return s[:n], s[n:]
}
