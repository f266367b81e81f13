// Package volatile keeps the values of an item's entries that are different on nearly every node, such as the time a package
// was installed: packed into a few bytes each, beside the numbers of the entries' dictionary rows. It also finds out which
// attributes of a type are like that. It does not know where the bytes are kept, nor the dictionary.
package volatile

import (
	"encoding/binary"
	"errors"
	"slices"

	"muster"
)

// Pack gives the values that the entries have of the attributes, nil when no entry has any.
func Pack(attributes []string, entries []muster.Entry) (packed []byte) {
	columns := make([]column, len(attributes))
	none := true
	for c, name := range attributes {
		columns[c].grow(len(entries))
		for _, e := range entries {
			value, ok := e.Get(name)
			columns[c].add(value, ok)
			none = none && !ok
		}
	}
	if none {
		return nil
	}
	for c := range columns {
		packed = columns[c].append(packed)
	}
	return packed
}

// AppendStable adds the fields of the entry that are of none of the attributes, which is its stable part.
func AppendStable(to muster.Entry, attributes []string, e muster.Entry) muster.Entry {
	for _, f := range e {
		if !slices.Contains(attributes, f.Name) {
			to = append(to, f)
		}
	}
	return to
}

// Column is the values of one attribute, by entry.
type Column struct {
	Name   string
	values []cell
	absent []bool // nil when all are present
	print  func(int64) string
}

// cell is a value: a text, or a number that is written when somebody asks, as most are only compared.
type cell struct {
	text     string
	number   int64
	isNumber bool
}

// Get gives the value that the i-th entry has.
func (c *Column) Get(i int) (value string, ok bool) {
	switch {
	case i >= len(c.values) || c.absent != nil && c.absent[i]:
		return "", false
	case c.values[i].isNumber:
		return c.print(c.values[i].number), true
	}
	return c.values[i].text, true
}

// ErrDamaged is a text of bytes that Pack did not make for these attributes and as many entries.
var ErrDamaged = errors.New("packed volatile values are damaged")

// Open unpacks what Pack packed for n entries. Only the columns that wanted says yes to are unpacked; nil wants all.
func Open(attributes []string, packed []byte, n int, wanted func(name string) bool) ([]Column, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	var columns []Column
	for _, name := range attributes {
		size, k := binary.Uvarint(packed)
		if k <= 0 || size > uint64(len(packed)-k) {
			return nil, ErrDamaged
		}
		body := packed[k : k+int(size)]
		packed = packed[k+int(size):]
		if wanted != nil && !wanted(name) {
			continue
		}
		c := Column{Name: name}
		if err := c.unpack(body, n); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	if len(packed) > 0 {
		return nil, ErrDamaged
	}
	return columns, nil
}

// Merge gives the entry that the i-th stable part is of, in the memory of the stable part if there is room.
func Merge(stable muster.Entry, columns []Column, i int) muster.Entry {
	fields := []muster.Field(stable)
	for c := range columns {
		if value, ok := columns[c].Get(i); ok {
			fields = append(fields, muster.Field{Name: columns[c].Name, Value: value})
		}
	}
	if len(fields) == len(stable) {
		return stable
	}
	return muster.NewEntry(fields)
}
