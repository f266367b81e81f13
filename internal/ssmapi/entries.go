package ssmapi

import (
	"bytes"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

// Entries is the content of an item: a JSON array of objects with string values. Nil is absent, which is not the same as empty.
//
// It has a codec of its own because it is nearly all of what nodes send: 400 entries make about 10,000 strings, which would be
// as many allocations.
type Entries []muster.Entry

// Attributes is one JSON object with string values. Nil is absent.
type Attributes muster.Entry

// UnmarshalJSONFrom reads an array, or null as absent. A null among the entries or the values is left out, as AWS does, and of
// two attributes with one name the last stands.
//
// All strings of the content share one allocation, so whoever keeps an entry for long has to clone it.
func (e *Entries) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*e = nil
	if ok, err := open(dec, jsontext.KindBeginArray, reflect.TypeFor[Entries]()); !ok {
		return err
	}
	s := newScan()
	for dec.PeekKind() != jsontext.KindEndArray {
		if err := s.entry(dec); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	*e = s.entries()
	return nil
}

// UnmarshalJSONFrom reads an object, or null as absent.
func (a *Attributes) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*a = nil
	if dec.PeekKind() == jsontext.KindNull {
		return dec.SkipValue()
	}
	s := newScan()
	if err := s.entry(dec); err != nil {
		return err
	}
	*a = Attributes(s.entries()[0])
	return nil
}

// scan gathers the strings of entries end to end before it makes them strings at once.
type scan struct {
	text  []byte
	ends  []int // in text, of each name and value in turn
	sizes []int // in fields, of each entry
}

// newScan has room for one entry, for of most types there is no more: a page of nodes has fifty such contents.
func newScan() *scan {
	return &scan{text: make([]byte, 0, 512), ends: make([]int, 0, 64)}
}

// entry reads one object, or skips a null.
func (s *scan) entry(dec *jsontext.Decoder) error {
	if ok, err := open(dec, jsontext.KindBeginObject, reflect.TypeFor[map[string]string]()); !ok {
		return err
	}
	before := len(s.ends)
	for dec.PeekKind() != jsontext.KindEndObject {
		name := len(s.text)
		if err := s.string(dec); err != nil {
			return err
		}
		if dec.PeekKind() == jsontext.KindNull {
			if err := dec.SkipValue(); err != nil {
				return err
			}
			s.text, s.ends = s.text[:name], s.ends[:len(s.ends)-1]
			continue
		}
		if err := s.string(dec); err != nil {
			return err
		}
	}
	s.sizes = append(s.sizes, (len(s.ends)-before)/2)
	_, err := dec.ReadToken()
	return err
}

func (s *scan) string(dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind != jsontext.KindString && kind != jsontext.KindInvalid {
		return &json.SemanticError{JSONKind: kind, GoType: reflect.TypeFor[string]()}
	}
	quoted, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		s.text = append(s.text, quoted[1:len(quoted)-1]...)
	} else if s.text, err = jsontext.AppendUnquote(s.text, quoted); err != nil {
		return err
	}
	s.ends = append(s.ends, len(s.text))
	return nil
}

func (s *scan) entries() Entries {
	text, start := string(s.text), 0
	next := func() (part string) {
		part, start, s.ends = text[start:s.ends[0]], s.ends[0], s.ends[1:]
		return part
	}
	fields := make([]muster.Field, len(s.ends)/2)
	for i := range fields {
		fields[i] = muster.Field{Name: next(), Value: next()}
	}
	entries := make(Entries, len(s.sizes))
	for i, n := range s.sizes {
		entries[i] = muster.NewEntry(fields[:n:n])
		fields = fields[n:]
	}
	return entries
}

// open reads the start of an array or an object, whichever kind says. It is false for null, which it skips, and on errors.
func open(dec *jsontext.Decoder, kind jsontext.Kind, target reflect.Type) (bool, error) {
	switch found := dec.PeekKind(); found {
	case kind, jsontext.KindInvalid: // the reason is ReadToken's to tell
		_, err := dec.ReadToken()
		return err == nil, err
	case jsontext.KindNull:
		return false, dec.SkipValue()
	default:
		return false, &json.SemanticError{JSONKind: found, GoType: target}
	}
}

// MarshalJSONTo writes an array, "[]" for nil too: a member that may be absent says omitzero.
func (e Entries) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, entry := range e {
		if err := Attributes(entry).MarshalJSONTo(enc); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}

// MarshalJSONTo writes an object.
func (a Attributes) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, f := range a {
		if err := enc.WriteToken(jsontext.String(f.Name)); err != nil {
			return err
		}
		if err := enc.WriteToken(jsontext.String(f.Value)); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// Size is the length in bytes of the entries as compact JSON in UTF-8, which is what size limits are held against.
func (e Entries) Size() int64 {
	size := 2 + max(0, len(e)-1)
	for _, entry := range e {
		size += 2 + max(0, len(entry)-1)
		for _, f := range entry {
			size += quotedLen(f.Name) + 1 + quotedLen(f.Value)
		}
	}
	return int64(size)
}

// quotedLen is the length of s as a JSON string with nothing escaped but what has to be.
func quotedLen(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		n += int(escapeLen[s[i]])
	}
	return n
}

// escapeLen is by how much the escape of a byte is longer than the byte. A look at a table costs a third of the comparisons.
var escapeLen = func() (by [256]uint8) {
	for c := range ' ' {
		by[c] = uint8(len(`\u0000`) - 1)
	}
	for _, c := range "\"\\\b\f\n\r\t" {
		by[c] = 1
	}
	return by
}()
