package query

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold gives the one form, in lower case, that all spellings of a text in different letter cases share: Fold(a) == Fold(b)
// exactly when strings.EqualFold(a, b). Filters compare by it and buckets are named by it, so a bucket's name as the value of
// an Equal filter selects exactly the nodes that the bucket counts (F5, A1).
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

// CompareFold orders texts as strings.Compare orders what Fold makes of them. It allocates nothing.
func CompareFold(a, b string) int {
	at := 0
	for ; at < len(a) && at < len(b); at++ {
		c, d := a[at], b[at]
		if c|d >= utf8.RuneSelf {
			break
		}
		if c == d {
			continue
		}
		if c, d = foldByte(c), foldByte(d); c != d {
			return cmp.Compare(c, d)
		}
	}
	for a, b = a[at:], b[at:]; a != "" && b != ""; {
		var r, s rune
		r, a = nextFolded(a)
		s, b = nextFolded(b)
		if r != s {
			return cmp.Compare(r, s)
		}
	}
	return cmp.Compare(len(a), len(b))
}

// IsASCII says whether the text has no letter beyond ASCII.
func IsASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// FoldedASCII gives the first eight letters of an ASCII text, folded, as a number that orders as they do: the first letter counts
// most, and what is not there is 0.
func FoldedASCII(text string) (letters uint64) {
	for i := range min(8, len(text)) {
		letters |= uint64(foldByte(text[i])) << (56 - 8*i)
	}
	return letters
}

func foldByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// HasPrefixFold says whether Fold(s) begins with Fold(prefix).
func HasPrefixFold(s, prefix string) bool {
	for prefix != "" {
		if s == "" {
			return false
		}
		var r, p rune
		r, s = nextFolded(s)
		p, prefix = nextFolded(prefix)
		if r != p {
			return false
		}
	}
	return true
}

func nextFolded(s string) (r rune, rest string) {
	if c := s[0]; c < utf8.RuneSelf {
		return foldRune(rune(c)), s[1:]
	}
	r, size := utf8.DecodeRuneInString(s)
	return foldRune(r), s[size:]
}

// foldRune picks one rune of those that differ in case only: the lower case of the least, or the least itself where that
// lower case is not one of them (İ, whose lower case is a plain i, equals nothing but itself).
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	lower := unicode.ToLower(least)
	for f := unicode.SimpleFold(least); f != least; f = unicode.SimpleFold(f) {
		if f == lower {
			return lower
		}
	}
	return least
}
