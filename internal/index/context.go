package index

import (
	"encoding/binary"
	"slices"
	"strings"

	"muster"
)

// packedContext is the attributes that hold for every entry of an item, in their order: of each the number of its name among the
// table's, the length of its value and the value. There is one on each node, and as fields it would be three times as long.
type packedContext string

// packContext gives the context in memory that is used again.
func (t *table) packContext(context muster.Entry) []byte {
	b := t.packing[:0]
	for _, f := range context {
		at := slices.Index(t.contextNames, f.Name)
		if at < 0 {
			at = len(t.contextNames)
			t.contextNames = append(t.contextNames, strings.Clone(f.Name))
		}
		b = binary.AppendUvarint(b, uint64(at))
		b = binary.AppendUvarint(b, uint64(len(f.Value)))
		b = append(b, f.Value...)
	}
	t.packing = b
	return b
}

// unpack gives the attributes. Their strings are the index's.
func (c packedContext) unpack(t *table) (context muster.Entry) {
	for name, value := range c.fields {
		context = append(context, muster.Field{Name: t.contextNames[name], Value: value})
	}
	return context
}

// get gives the value of an attribute.
func (c packedContext) get(t *table, attribute string) (value string, ok bool) {
	for name, value := range c.fields {
		if t.contextNames[name] == attribute {
			return value, true
		}
	}
	return "", false
}

// fields calls yield with the numbers of the names and the values, until it says false.
func (c packedContext) fields(yield func(name int, value string) bool) {
	for rest := string(c); rest != ""; {
		var name, n uint32
		name, rest = cutUvarint(rest)
		n, rest = cutUvarint(rest)
		if !yield(int(name), rest[:n]) {
			return
		}
		rest = rest[n:]
	}
}

// cutUvarint takes a number off the front of a text.
func cutUvarint(text string) (n uint32, rest string) {
	for i := 0; ; i++ {
		n |= uint32(text[i]&0x7f) << (7 * i)
		if text[i] < 0x80 {
			return n, text[i+1:]
		}
	}
}
