package query

import (
	"cmp"
	"strconv"
	"strings"
)

// decimal is a number of any length, exactly: 0.DIGITS × 10^point, where DIGITS is whole and then fraction, without zeros at
// either end. Zero has no digits. A float64 would call two long serial numbers equal.
type decimal struct {
	negative        bool
	whole, fraction string
	point           int
}

// parseDecimal takes an optional sign, decimal digits with an optional fraction (digits on at least one side of the point), and
// an optional exponent of up to six digits. Nothing else is a number: no spaces, hexadecimal, underscores, infinities.
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	exponent := 0
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		digits := strings.TrimLeft(s[at+1:], "+-")
		if len(s)-at-1-len(digits) > 1 || len(digits) > 6 || !allDigits(digits) {
			return decimal{}, false
		}
		exponent, _ = strconv.Atoi(s[at+1:])
		s = s[:at]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if whole+fraction == "" || whole != "" && !allDigits(whole) || fraction != "" && !allDigits(fraction) {
		return decimal{}, false
	}

	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	d.point = exponent + len(whole)
	if whole == "" {
		digits := strings.TrimLeft(fraction, "0")
		d.point = exponent - (len(fraction) - len(digits))
		fraction = digits
	}
	if fraction == "" {
		whole = strings.TrimRight(whole, "0")
	}
	if whole == "" && fraction == "" {
		return decimal{}, true
	}
	d.whole, d.fraction = whole, fraction
	return d, true
}

func (d decimal) compare(e decimal) int {
	if c := cmp.Compare(d.sign(), e.sign()); c != 0 || d.sign() == 0 {
		return c
	}
	c := cmp.Or(cmp.Compare(d.point, e.point), d.compareDigits(e))
	if d.negative {
		return -c
	}
	return c
}

func (d decimal) sign() int {
	switch {
	case d.whole == "" && d.fraction == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

func (d decimal) compareDigits(e decimal) int {
	n, m := len(d.whole)+len(d.fraction), len(e.whole)+len(e.fraction)
	for i := range min(n, m) {
		if c := cmp.Compare(d.digit(i), e.digit(i)); c != 0 {
			return c
		}
	}
	return cmp.Compare(n, m)
}

func (d decimal) digit(i int) byte {
	if i < len(d.whole) {
		return d.whole[i]
	}
	return d.fraction[i-len(d.whole)]
}

// allDigits is false for the empty text.
func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || '9' < s[i] {
			return false
		}
	}
	return s != ""
}
