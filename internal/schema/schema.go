// Package schema knows the built-in inventory types: their attributes, their versions and what may be done with them. Custom
// types are not its business, but for how they may be named: they are learned from what nodes put (muster.CustomType).
package schema

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster"
)

// Builtin gives the schema of a built-in type. Callers may not change its attributes.
func Builtin(t muster.TypeName) (muster.Schema, bool) {
	b := find(t)
	if b == nil {
		return muster.Schema{}, false
	}
	return b.listed, true
}

// All gives the built-in types, sorted by name. Callers may not change their attributes.
func All() []muster.Schema {
	var all []muster.Schema
	for _, b := range catalogue() {
		all = append(all, b.listed)
	}
	return all
}

// Aggregatable gives the types that AWS counts nodes by, each with those of its attributes that it counts by.
func Aggregatable() []muster.Schema {
	var all []muster.Schema
	for _, b := range catalogue() {
		if len(b.aggregatable) == 0 {
			continue
		}
		s := b.listed
		s.Attributes = b.aggregatable
		all = append(all, s)
	}
	return all
}

// CanAggregate says whether AWS counts nodes by the attribute.
func CanAggregate(t muster.TypeName, attribute string) bool {
	b := find(t)
	return b != nil && slices.ContainsFunc(b.aggregatable, func(a muster.Attribute) bool { return a.Name == attribute })
}

// HasAttribute says whether a built-in type has the attribute, listed or only known to be sent.
func HasAttribute(t muster.TypeName, attribute string) bool {
	b := find(t)
	if b == nil {
		return false
	}
	return slices.Contains(b.unlisted, attribute) ||
		slices.ContainsFunc(b.listed.Attributes, func(a muster.Attribute) bool { return a.Name == attribute })
}

// ContextAttributes gives the keys that the Context of an item of the type may have; nil for a type without Context. Callers may
// not change it.
func ContextAttributes(t muster.TypeName) []string {
	b := find(t)
	if b == nil {
		return nil
	}
	return b.context
}

// VolatileAttributes gives the attributes whose values are likely to differ on each node, sorted. Callers may not change it.
func VolatileAttributes(t muster.TypeName) []string {
	b := find(t)
	if b == nil {
		return nil
	}
	return b.volatile
}

// SupportsVersion says whether a built-in type may be put with the version: any that is not above the catalogue's, since AWS
// takes older ones.
func SupportsVersion(t muster.TypeName, v muster.Version) bool {
	b := find(t)
	return b != nil && v.Compare(b.listed.Version) <= 0
}

// ValidTypeName says whether items may be kept under the name: a built-in type, or "Custom:" and an upper-case letter and
// whatever else.
func ValidTypeName(t muster.TypeName) bool {
	if own, custom := strings.CutPrefix(string(t), "Custom:"); custom {
		first, _ := utf8.DecodeRuneInString(own)
		return unicode.IsUpper(first)
	}
	return find(t) != nil
}

func find(t muster.TypeName) *builtin { return byName()[t] }
