package ssmapi

import (
	"sync"

	"muster"
)

// scratch is what a scanner makes notes in. It is used again, by other calls: nothing that a scanner gives lies in it.
type scratch struct {
	spans    []span // of the names and values of the content that is being read, in turn
	unquoted []byte // the strings among them that have escapes; spans continue here behind the body
	counts   []int  // of the fields of its entries

	gathered   []byte // what the spans tell of, once they were gathered
	attributes []attribute
}

// attribute is one that the content has had: its name and the value that it had last, as they are gathered.
type attribute struct{ name, value span }

const (
	// maxAttributes is how many are looked through for a name. Types of nodes have a dozen.
	maxAttributes = 32

	// keptSpans and keptBytes are the most that waits for another call: what a report of 3,000 entries or so takes.
	keptSpans = 1 << 16
	keptBytes = 1 << 20
)

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func takeScratch() *scratch {
	s := scratches.Get().(*scratch)
	s.reset()
	return s
}

func (s *scratch) giveBack() {
	if s.small() {
		scratches.Put(s)
	}
}

func (s *scratch) small() bool {
	return max(cap(s.spans), cap(s.counts)) <= keptSpans && max(cap(s.unquoted), cap(s.gathered)) <= keptBytes
}

func (s *scratch) reset() {
	s.spans, s.unquoted, s.counts = s.spans[:0], s.unquoted[:0], s.counts[:0]
}

// begin says that the spans of what comes next belong together.
func (s *scanner) begin() {
	s.reset()
	s.escapes = 0
}

// end makes fields of the spans since begin. Their strings share one allocation.
func (s *scanner) end() []muster.Field {
	s.gather()
	text := string(s.gathered)
	fields := make([]muster.Field, len(s.spans)/2)
	for i := range fields {
		name, value := s.spans[2*i], s.spans[2*i+1]
		fields[i] = muster.Field{Name: text[name.start:name.end], Value: text[value.start:value.end]}
	}
	return fields
}

// gather brings the texts together that the spans are of, and has the spans tell where they are now. Entries of one content have the same
// attributes, in the same order, and many a value is that of the entry before: what they share is there once.
func (s *scanner) gather() {
	s.gathered, s.attributes = s.gathered[:0], s.attributes[:0]
	next := 0
	for i := 0; i < len(s.spans); i += 2 {
		name, value := s.bytes(s.spans[i]), s.bytes(s.spans[i+1])
		at := s.attribute(name, next)
		if at < 0 {
			s.spans[i], s.spans[i+1] = s.add(name), s.add(value)
			if len(s.attributes) < maxAttributes {
				s.attributes = append(s.attributes, attribute{s.spans[i], s.spans[i+1]})
			}
			next = len(s.attributes)
			continue
		}
		a := &s.attributes[at]
		if string(s.gathered[a.value.start:a.value.end]) != string(value) {
			a.value = s.add(value)
		}
		s.spans[i], s.spans[i+1] = a.name, a.value
		next = at + 1
	}
}

// attribute gives the place of the attribute of the name, which is mostly the next one, and -1 if there is none.
func (s *scratch) attribute(name []byte, next int) int {
	for i := range s.attributes {
		at := next + i
		if at >= len(s.attributes) {
			at -= len(s.attributes)
		}
		if have := s.attributes[at].name; string(s.gathered[have.start:have.end]) == string(name) {
			return at
		}
	}
	return -1
}

func (s *scratch) add(text []byte) span {
	start := len(s.gathered)
	s.gathered = append(s.gathered, text...)
	return span{int32(start), int32(len(s.gathered))}
}
