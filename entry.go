package muster

import (
	"cmp"
	"slices"
	"strings"
)

// Field is one attribute of an entry. Values are always strings, those of NUMBER attributes too.
type Field struct {
	Name, Value string
}

// Entry is one row of an item: its attributes, sorted by name, no name twice. An attribute that was not sent is absent; one
// that was sent empty is there.
type Entry []Field

// NewEntry sorts the fields in place. Of two with one name the last stands, as in a JSON object.
func NewEntry(fields []Field) Entry {
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	kept := fields[:0]
	for i, f := range fields {
		if i+1 == len(fields) || fields[i+1].Name != f.Name {
			kept = append(kept, f)
		}
	}
	return Entry(kept)
}

// Get gives the value of the attribute, and whether the entry has it.
func (e Entry) Get(name string) (value string, ok bool) {
	i, ok := slices.BinarySearchFunc(e, name, func(f Field, n string) int { return strings.Compare(f.Name, n) })
	if !ok {
		return "", false
	}
	return e[i].Value, true
}

// With gives a copy of the entry that has the field.
func (e Entry) With(name, value string) Entry {
	return NewEntry(append(slices.Clone(e), Field{name, value}))
}

// Over gives the entry's attributes and those of below that it lacks. It may share memory with both.
func (e Entry) Over(below Entry) Entry {
	if len(e) == 0 {
		return below
	}
	if len(below) == 0 {
		return e
	}
	return NewEntry(slices.Concat(below, e)) // of two with one name the last stands
}

// Without gives the entry less the attribute. It may share memory with e.
func (e Entry) Without(name string) Entry {
	if _, ok := e.Get(name); !ok {
		return e
	}
	return slices.DeleteFunc(slices.Clone(e), func(f Field) bool { return f.Name == name })
}

// Compare orders entries by their fields, as texts.
func (e Entry) Compare(f Entry) int {
	return slices.CompareFunc(e, f, func(a, b Field) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
}

// Equal says whether two entries have the same attributes with the same values.
func (e Entry) Equal(f Entry) bool { return slices.Equal(e, f) }

// Clone copies the entry and its strings, for keeping one whose strings lie in a request's buffer.
func (e Entry) Clone() Entry {
	c := make(Entry, len(e))
	for i, f := range e {
		c[i] = Field{strings.Clone(f.Name), strings.Clone(f.Value)}
	}
	return c
}
