// Package volatile keeps the values of an item's entries that are different on nearly every node, such as the time a package
// was installed: packed into a few bytes each, beside the numbers of the entries' dictionary rows. It also finds out which
// attributes of a type are like that. It does not know where the bytes are kept, nor the dictionary.
package volatile

import (
	"encoding/binary"
	"errors"

	"muster"
)

// Split takes the values of the attributes out of the entries. What is left of each entry is its stable part, which shares
// memory with it; the packed values are nil when no entry has any of the attributes.
func Split(attributes []string, entries []muster.Entry) (stable []muster.Entry, packed []byte) {
	stable = make([]muster.Entry, len(entries))
	columns := make([]column, len(attributes))
	any := false
	for i, e := range entries {
		stable[i] = e
		for c, name := range attributes {
			value, ok := e.Get(name)
			columns[c].add(value, ok)
			if ok {
				stable[i] = stable[i].Without(name)
				any = true
			}
		}
	}
	if !any {
		return stable, nil
	}
	for c := range columns {
		packed = columns[c].append(packed)
	}
	return stable, packed
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

// ErrDamaged is a text of bytes that Split did not make for these attributes and as many entries.
var ErrDamaged = errors.New("packed volatile values are damaged")

// Open unpacks what Split packed for n entries. Only the columns that wanted says yes to are unpacked; nil wants all.
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

// Merge gives the entry that the i-th stable part was split from, in the memory of the stable part if there is room.
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
