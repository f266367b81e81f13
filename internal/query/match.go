package query

import (
	"cmp"
	"slices"
	"strings"
)

// Match says whether the term is true of an entry that has the value under the term's attribute, or, with present false, that
// lacks the attribute. For more than a few entries make a Matcher.
func (t Term) Match(value string, present bool) bool { return t.Matcher().Match(value, present) }

// Matcher is a term with its values made ready for many entries. It is safe for concurrent use.
type Matcher struct {
	op       Op
	versions bool // are what is compared
	values   []operand
}

// operand is one value of a term, and what it is besides text.
type operand struct {
	text      string
	number    decimal
	isNumber  bool
	isVersion bool
	parts     releaseParts
}

// Matcher prepares the term.
func (t Term) Matcher() Matcher {
	m := Matcher{op: t.Op, versions: t.ordersVersions()}
	for _, v := range t.Values {
		o := operand{text: v}
		if t.Op == LessThan || t.Op == GreaterThan {
			o.number, o.isNumber = parseDecimal(v)
			o.isVersion = isVersion(v)
			o.parts = cutRelease(v)
		}
		m.values = append(m.values, o)
	}
	return m
}

// Match is Term.Match.
//
// Equal, NotEqual and BeginWith fold case, and no character is a wildcard (F5, F7). BeginWith "" is true of every entry that has
// the attribute, Equal "" of those that have it empty (F11, F13). NotEqual is true where the attribute is missing and otherwise
// where none of the values is equal; every other operator is true if any value makes it so, and false where the attribute is
// missing (F4, F6). Exists looks at no values.
//
// LessThan and GreaterThan compare two numbers as numbers, two texts of digit groups with dots between as versions, in which a
// missing group counts as 0, and any other pair as folded text (F6). Under an attribute whose name ends in Version nothing is a
// number, and versions with other parts that begin with a digit compare as dpkg has it (F16). An empty text on either side is neither
// less nor greater.
func (m Matcher) Match(value string, present bool) bool {
	switch {
	case m.op == Exists:
		return present
	case m.op == NotEqual:
		return !present || !m.equals(value)
	case !present:
		return false
	case m.op == Equal:
		return m.equals(value)
	case m.op == BeginWith:
		return slices.ContainsFunc(m.values, func(o operand) bool { return HasPrefixFold(value, o.text) })
	case m.op == LessThan, m.op == GreaterThan:
		return m.orders(value)
	}
	return false
}

// wanted is the sign of a value minus what it is compared with.
func (m Matcher) wanted() int {
	if m.op == LessThan {
		return -1
	}
	return +1
}

func (m Matcher) equals(value string) bool {
	return slices.ContainsFunc(m.values, func(o operand) bool { return strings.EqualFold(value, o.text) })
}

// orders says whether the value compares with any operand as wanted.
func (m Matcher) orders(value string) bool {
	if value == "" {
		return false
	}
	wanted := m.wanted()
	if m.versions {
		return slices.ContainsFunc(m.values, func(o operand) bool { return o.text != "" && compareVersionTexts(value, o.text) == wanted })
	}
	number, isNumber := parseDecimal(value)
	version := isVersion(value)
	return slices.ContainsFunc(m.values, func(o operand) bool {
		switch {
		case o.text == "":
			return false
		case isNumber && o.isNumber:
			return number.compare(o.number) == wanted
		case version && o.isVersion:
			return compareVersions(value, o.text) == wanted
		}
		return CompareFold(value, o.text) == wanted
	})
}

// isVersion is true of digit groups with single dots between them; one group alone is enough.
func isVersion(s string) bool {
	for more := true; more; {
		var group string
		group, s, more = strings.Cut(s, ".")
		if !allDigits(group) {
			return false
		}
	}
	return true
}

func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var g, h string
		g, a, _ = strings.Cut(a, ".")
		h, b, _ = strings.Cut(b, ".")
		g, h = strings.TrimLeft(g, "0"), strings.TrimLeft(h, "0")
		if c := cmp.Or(cmp.Compare(len(g), len(h)), strings.Compare(g, h)); c != 0 {
			return c
		}
	}
	return 0
}
