package collect

import (
	"slices"
	"strings"
	"unicode/utf8"

	"muster"
)

// maxText is where the AWS agent cuts what package databases say, in bytes.
const maxText = 100

// entry builds an entry from name and value pairs, in that order. A name that ends in "?" is that of an attribute which is
// left out when it is empty.
func entry(pairs ...string) muster.Entry {
	fields := make([]muster.Field, 0, len(pairs)/2)
	for pair := range slices.Chunk(pairs, 2) {
		name, optional := strings.CutSuffix(pair[0], "?")
		if value := pair[1]; value != "" || !optional {
			fields = append(fields, muster.Field{Name: name, Value: value})
		}
	}
	return muster.NewEntry(fields)
}

// text is the first line of s without space around it, as valid UTF-8, in at most maxText bytes.
func text(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(cut(valid(s), maxText))
}

// valid gives s as valid UTF-8 without NUL, which no store takes.
func valid(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// cut shortens s to at most n bytes, between two characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// conform brings the entries within the limits of a report: bytes that are no text are replaced, values that are too long
// are cut, and entries that cannot be helped are skipped.
func (f *found) conform() {
	kept := f.entries[:0]
	for _, e := range f.entries {
		for i := range e {
			e[i].Value = cut(valid(e[i].Value), muster.MaxAttributeValue)
		}
		if !legal(e) {
			f.skipped++
			continue
		}
		kept = append(kept, e)
	}
	f.entries = kept
}

// legal says whether the entry is within the limits of the service. It counts bytes where AWS counts characters, as the
// agent does: what passes here passes there.
func legal(e muster.Entry) bool {
	if len(e) == 0 || len(e) > muster.MaxAttributes {
		return false
	}
	return !slices.ContainsFunc(e, func(f muster.Field) bool {
		return f.Name == "" || len(f.Name) > muster.MaxAttributeName || len(f.Value) > muster.MaxAttributeValue ||
			!utf8.ValidString(f.Name) || !utf8.ValidString(f.Value)
	})
}
