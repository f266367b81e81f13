// Package codec is the bytes in which every engine keeps entries, contents and times, as docs/format.md describes them. It is not
// the engines' own records, which are made of these, and adds no checksum: an engine that needs one does.
package codec

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"muster"
)

// ErrDamaged is what every decoder gives for bytes that no encoder has written.
var ErrDamaged = errors.New("the bytes are damaged")

// AppendString writes a uvarint of the length, and the bytes.
func AppendString[S ~string | ~[]byte](b []byte, s S) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// AppendEntry writes nothing but the fields, in their order: so there is one way to write an entry, and entries are equal exactly
// when their bytes are.
func AppendEntry(b []byte, e muster.Entry) []byte {
	for _, f := range e {
		b = AppendString(b, f.Name)
		b = AppendString(b, f.Value)
	}
	return b
}

// DecodeEntry adds the fields of an entry to those that are there. Their strings share the memory of body.
func DecodeEntry(body string, fields []muster.Field) ([]muster.Field, error) {
	d := NewDecoder(body)
	for d.More() {
		if name, value, rest, ok := cutShortField(d.rest); ok {
			fields = append(fields, muster.Field{Name: name, Value: value})
			d.rest = rest
			continue
		}
		fields = append(fields, muster.Field{Name: d.Text(), Value: d.Text()})
	}
	return fields, d.End()
}

// cutShortField takes a field off whose lengths are a byte each, as most are, in less time.
func cutShortField(body string) (name, value, rest string, ok bool) {
	n := int(body[0])
	if n >= 0x80 || n+2 > len(body) {
		return "", "", "", false
	}
	m := int(body[n+1])
	if m >= 0x80 || n+2+m > len(body) {
		return "", "", "", false
	}
	return body[1 : n+1], body[n+2 : n+2+m], body[n+2+m:], true
}

// EntryHash finds rows whose body may be equal. It is the head of a SHA-256: nobody can make the many collisions that would
// turn each look-up into a long search, and two that collide cost one comparison of bodies.
func EntryHash(body []byte) uint64 {
	sum := sha256.Sum256(body)
	return binary.BigEndian.Uint64(sum[:])
}

// noTime is the zero time, which has no UnixNano.
const noTime = math.MinInt64

// Nanoseconds gives a time as nanoseconds since 1970.
func Nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	return t.UnixNano()
}

// Time is the way back from Nanoseconds.
func Time(ns int64) time.Time {
	if ns == noTime {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
