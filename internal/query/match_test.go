package query

import (
	"cmp"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"
)

var name = Attr{Type: "AWS:Application", Name: "Name"}

func TestMatch(t *testing.T) {
	t.Parallel()
	const missing = "\x00missing"
	for _, c := range []struct {
		op     Op
		values string // separated by |
		value  string
		want   bool
	}{
		{Equal, "bash", "bash", true},
		{Equal, "BASH", "bash", true},
		{Equal, "bash", "bash ", false},
		{Equal, "zsh|bash", "bash", true},
		{Equal, "zsh|fish", "bash", false},
		{Equal, "ba*", "bash", false},
		{Equal, "STRASSE", "straße", false},
		{Equal, "Øre", "øRE", true},
		{Equal, "", "", true},
		{Equal, "", "bash", false},
		{Equal, "", missing, false},

		{NotEqual, "bash", "zsh", true},
		{NotEqual, "bash", "BASH", false},
		{NotEqual, "zsh|bash", "bash", false},
		{NotEqual, "bash", missing, true},
		{NotEqual, "", "", false},

		{BeginWith, "Amazon", "amazon-ssm-agent", true},
		{BeginWith, "agent", "amazon-ssm-agent", false},
		{BeginWith, "x|ama", "amazon-ssm-agent", true},
		{BeginWith, "amazon-ssm-agent2", "amazon-ssm-agent", false},
		{BeginWith, "K", "\u212Aelvin", true},
		{BeginWith, "", "bash", true},
		{BeginWith, "", "", true},
		{BeginWith, "", missing, false},

		{LessThan, "10", "9", true},
		{LessThan, "10", "9.5", true},
		{LessThan, "10", "10.0", false},
		{GreaterThan, "10", "10.0", false},
		{GreaterThan, "60", "61", true},
		{GreaterThan, "-2", "-1.5", true},
		{LessThan, "-2", "-1.5", false},
		{GreaterThan, "99999999999999999999", "100000000000000000000", true},
		{GreaterThan, "12345678901234567890", "12345678901234567891", true},
		{LessThan, "1e3", "999", true},
		{GreaterThan, "1e-3", ".01", true},
		{LessThan, "0.0", "-0", false},
		{LessThan, "10|3", "5", true},
		{LessThan, "3|4", "5", false},

		{LessThan, "1.10.0", "1.9.5", true},
		{GreaterThan, "1.9.5", "1.10.0", true},
		{LessThan, "1.2.3", "1", true},
		{LessThan, "1.2.0", "1.2", false},
		{GreaterThan, "1.2", "1.2.0", false},
		{LessThan, "3.1.1000000000000000000001", "3.1.999999999999999999999", true},
		{GreaterThan, "1.02.3", "1.2.3", false},
		// Both are numbers, and numbers come first: a version of two groups is compared as a decimal.
		{LessThan, "1.9", "1.10", true},

		{LessThan, "2025-02-01T00:00:00Z", "2025-01-31T00:00:00Z", true},
		{GreaterThan, "abc", "ABD", true},
		{LessThan, "b_", "BA", false},
		{LessThan, "1.2.3-4", "1.2.3-10", true},
		{LessThan, "0x10", "9", false},
		{GreaterThan, "Inf", "9", false},
		{LessThan, "5", "", false},
		{GreaterThan, "", "5", false},
		{GreaterThan, "5", missing, false},

		{Exists, "", "", true},
		{Exists, "", "bash", true},
		{Exists, "", missing, false},
	} {
		term := Term{name, c.op, strings.Split(c.values, "|")}
		value, present := c.value, c.value != missing
		if !present {
			value = ""
		}
		if got := term.Match(value, present); got != c.want {
			t.Errorf("op %d %q of %q: %v, want %v", c.op, c.values, c.value, got, c.want)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", ".", "-", "+", "1 ", " 1", "1_0", "0x1", "1e", "1e+", "1e+-2", "1e1.5", "e5", "1e1234567", "--1", "1.2.3", "NaN", "inf", "١"} {
		if _, ok := parseDecimal(s); ok {
			t.Errorf("%q is taken for a number", s)
		}
	}
	for _, s := range []string{"0", "-0", "+1", "1.", ".5", "007", "1e5", "1E-5", "1e+05", "00.00e3"} {
		if _, ok := parseDecimal(s); !ok {
			t.Errorf("%q is not taken for a number", s)
		}
	}
}

// FuzzDecimal: any two numbers compare as they do in math/big.
func FuzzDecimal(f *testing.F) {
	f.Add("1.50", "1.5")
	f.Add("-0.003e5", "300")
	f.Add("1000", "1e3")
	f.Add("0.10", "0.1000001")
	f.Fuzz(func(t *testing.T, a, b string) {
		d, ok := parseDecimal(a)
		e, ok2 := parseDecimal(b)
		if !ok || !ok2 || max(d.point, e.point, -d.point, -e.point) > 100 {
			return
		}
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		if !okX || !okY {
			t.Fatalf("math/big does not know %q or %q as a number", a, b)
		}
		if got, want := d.compare(e), x.Cmp(y); got != want {
			t.Errorf("%q against %q: %d, want %d", a, b, got, want)
		}
	})
}

// FuzzFold: folded texts are equal exactly when strings.EqualFold says so, and order and prefixes agree with the folded form.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Bash", "\u212Aelvin", "ſ", "İ", "ΟΔΟΣ", "οδος", "Ꭰꭰ", "\xff", "ǅ"} {
		f.Add(s, "k"+s)
		f.Add(s, strings.ToUpper(s))
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		foldedA, foldedB := Fold(a), Fold(b)
		if got, want := foldedA == foldedB, strings.EqualFold(a, b); got != want {
			t.Errorf("Fold(%q) = %q, Fold(%q) = %q; EqualFold says %v", a, foldedA, b, foldedB, want)
		}
		if got, want := CompareFold(a, b) == 0, foldedA == foldedB; got != want {
			t.Errorf("CompareFold(%q, %q) is 0: %v, want %v", a, b, got, want)
		}
		if got, want := CompareFold(a, b), strings.Compare(foldedA, foldedB); utf8.ValidString(a+b) && got != want {
			t.Errorf("CompareFold(%q, %q) is %d, want %d", a, b, got, want)
		}
		if IsASCII(a) && IsASCII(b) {
			if c := cmp.Compare(FoldedASCII(a), FoldedASCII(b)); c != 0 && c != CompareFold(a, b) {
				t.Errorf("the first letters of %q and %q compare as %d, the texts as %d", a, b, c, CompareFold(a, b))
			}
		}
		if CompareFold(a, b) != -CompareFold(b, a) {
			t.Errorf("CompareFold(%q, %q) is not the opposite the other way round", a, b)
		}
		if got, want := HasPrefixFold(a, b), strings.HasPrefix(foldedA, foldedB); got != want {
			t.Errorf("HasPrefixFold(%q, %q) = %v, want %v", a, b, got, want)
		}
		if Fold(foldedA) != foldedA {
			t.Errorf("Fold(%q) = %q, which folds on to %q", a, foldedA, Fold(foldedA))
		}
	})
}

// FuzzMatch: an operator against several values is made of itself against each, Match and its opposite never agree, and a
// matcher sees what a term sees.
func FuzzMatch(f *testing.F) {
	f.Add("1.10", "1.9.0", "b", true)
	f.Add("", "", "x", false)
	f.Fuzz(func(t *testing.T, value, v, w string, present bool) {
		if !present {
			value = ""
		}
		match := func(op Op, values ...string) bool { return Term{name, op, values}.Match(value, present) }
		for _, op := range []Op{Equal, BeginWith, LessThan, GreaterThan} {
			if got, want := match(op, v, w), match(op, v) || match(op, w); got != want {
				t.Errorf("op %d, %q against %q, %q: %v, want %v", op, value, v, w, got, want)
			}
			if !present && match(op, v) {
				t.Errorf("op %d is true of a missing attribute", op)
			}
		}
		if match(NotEqual, v, w) == match(Equal, v, w) {
			t.Errorf("%q both equals %q, %q and does not", value, v, w)
		}
		if match(LessThan, v) && match(GreaterThan, v) {
			t.Errorf("%q is both less and greater than %q", value, v)
		}
		if match(Equal, v) && !match(BeginWith, v) {
			t.Errorf("%q equals %q but does not begin with it", value, v)
		}
		if match(Equal, v) && (match(LessThan, v) || match(GreaterThan, v)) {
			t.Errorf("%q equals %q and is less or greater", value, v)
		}
	})
}
