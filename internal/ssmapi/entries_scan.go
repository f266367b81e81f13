package ssmapi

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

// ScanJSON reads a body the way that nodes write it, several times faster than what takes all JSON: members that are known, each
// once, with strings where strings belong, nothing but spaces between them. If the body is anything else, be it good JSON or none
// at all, it says false, has not touched in, and leaves the matter to whoever takes all JSON. FuzzScan holds that the two agree.
//
// The strings of one content share one allocation, so whoever keeps an entry for long has to clone it, or keeps that content.
func (in *PutInventoryInput) ScanJSON(body []byte) bool {
	if len(body) > math.MaxInt32/2 || hasControls(body) || !utf8.Valid(body) {
		return false
	}
	s := scanner{body: body, escape: -1, scratch: takeScratch()}
	defer s.scratch.giveBack()
	read := s.report()
	s.spaces()
	if s.failed || s.at != len(body) {
		return false
	}
	*in = read
	return true
}

// hasControls says whether a byte is below the space.
func hasControls(b []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	low := func(x uint64) uint64 { return (x - ones*' ') &^ x & tops }
	for ; len(b) >= 16; b = b[16:] {
		if low(binary.LittleEndian.Uint64(b))|low(binary.LittleEndian.Uint64(b[8:])) != 0 {
			return true
		}
	}
	return slices.ContainsFunc(b, func(c byte) bool { return c < ' ' })
}

// scanner reads bytes that are known to be UTF-8 without control characters.
type scanner struct {
	body   []byte
	at     int
	failed bool // and at the end, so that nothing more is found
	escape int  // where the next backslash is, unless it is behind

	*scratch
	escapes int // bytes that compact JSON needs to escape what the content has

	texts []itemTexts // that are free
}

// usualItems is about what a node has.
const usualItems = 10

// span is a piece of text between two offsets.
type span struct{ start, end int32 }

func (s *scanner) report() (in PutInventoryInput) {
	s.members(func(name []byte) bool {
		switch string(name) {
		case "InstanceId":
			return scanText(s, &in.InstanceId, new(muster.NodeID))
		case "Items":
			if in.Items != nil {
				return false
			}
			in.Items = make(List[InventoryItem], 0, usualItems)
			s.elements(func() { in.Items = append(in.Items, s.item()) })
			return true
		}
		return false
	})
	return in
}

// item has its texts in one string, because a report by hash is little else.
func (s *scanner) item() (it InventoryItem) {
	it.size = it.Content.Size()
	var name, version, captured, hash span
	s.members(func(member []byte) bool {
		switch string(member) {
		case "TypeName":
			return s.plain(&name)
		case "SchemaVersion":
			return s.plain(&version)
		case "CaptureTime":
			return s.plain(&captured)
		case "ContentHash":
			return s.plain(&hash) && hash.start < hash.end
		case "Content":
			if it.Content != nil {
				return false
			}
			it.Content, it.size = s.content()
			return true
		case "Context":
			if it.Context != nil {
				return false
			}
			it.Context = s.context()
			return true
		}
		return false
	})
	if s.failed {
		return it
	}
	text := s.joined(name, version, captured, hash)
	next := func(of span) (part string) {
		part, text = text[:of.end-of.start], text[of.end-of.start:]
		return part
	}
	t := s.newTexts()
	t.name, t.version, t.captured = muster.TypeName(next(name)), muster.Version(next(version)), muster.CaptureTime(next(captured))
	it.ContentHash = muster.ContentHash(next(hash))
	if name.start > 0 {
		it.TypeName = &t.name
	}
	if version.start > 0 {
		it.SchemaVersion = &t.version
	}
	if captured.start > 0 {
		it.CaptureTime = &t.captured
	}
	return it
}

// itemTexts are what an item points to.
type itemTexts struct {
	name     muster.TypeName
	version  muster.Version
	captured muster.CaptureTime
}

// newTexts makes those of a whole report at once.
func (s *scanner) newTexts() *itemTexts {
	if len(s.texts) == 0 {
		s.texts = make([]itemTexts, usualItems)
	}
	t := &s.texts[0]
	s.texts = s.texts[1:]
	return t
}

// plain reads a string without escapes, and fails if there was one for the member. No string begins where the body does.
func (s *scanner) plain(member *span) bool {
	if member.start > 0 {
		return false
	}
	*member = s.string()
	return int(member.start) < len(s.body)
}

// joined gives pieces of the body as one string.
func (s *scanner) joined(pieces ...span) string {
	n := 0
	for _, p := range pieces {
		n += int(p.end - p.start)
	}
	var b strings.Builder
	b.Grow(n)
	for _, p := range pieces {
		b.Write(s.body[p.start:p.end])
	}
	return b.String()
}

// scanText reads a string into text and has the member, which was not there before, point to it.
func scanText[S ~string](s *scanner, member **S, text *S) bool {
	if *member != nil {
		return false
	}
	*text = S(s.text())
	*member = text
	return true
}

// content reads an array of objects with string values, and gives its Size, which costs next to nothing here.
func (s *scanner) content() (Entries, int64) {
	s.begin()
	s.elements(func() { s.counts = append(s.counts, s.fields()) })
	if s.failed {
		return nil, 0
	}
	fields := s.end()
	size := s.escapes
	for _, f := range fields {
		size += len(`"":"",`) + len(f.Name) + len(f.Value)
	}
	entries := make(Entries, len(s.counts))
	for i, n := range s.counts {
		entries[i] = s.entry(fields[:n:n])
		fields = fields[n:]
		size += len(`{},`) - min(n, 1) // no comma after the last field
	}
	return entries, int64(size + len(`[]`) - min(len(entries), 1))
}

// context reads one object with string values.
func (s *scanner) context() Attributes {
	s.begin()
	s.fields()
	if s.failed {
		return nil
	}
	return Attributes(s.entry(s.end()))
}

// entry spares what is in order, as nodes send it, the sorting. An attribute that is there twice is for others to refuse.
func (s *scanner) entry(fields []muster.Field) muster.Entry {
	for i := 1; i < len(fields); i++ {
		if fields[i-1].Name >= fields[i].Name {
			e := muster.NewEntry(fields)
			s.failed = s.failed || len(e) < len(fields)
			return e
		}
	}
	return muster.Entry(fields)
}

// fields reads an object with string values and gives their number.
func (s *scanner) fields() (n int) {
	for more := s.open('{', '}'); more; more = s.next('}') {
		name := s.string()
		s.take(':')
		s.spans = append(s.spans, name, s.string())
		n++
	}
	return n
}

// members reads an object, and fails where member does not know the name, which is gone when it returns.
func (s *scanner) members(member func(name []byte) bool) {
	for more := s.open('{', '}'); more; more = s.next('}') {
		name := s.string()
		s.take(':')
		if !member(s.bytes(name)) {
			s.fail()
		}
	}
}

// elements reads an array.
func (s *scanner) elements(element func()) {
	for more := s.open('[', ']'); more; more = s.next(']') {
		element()
	}
}

// open takes the bracket, and the other one if nothing is between them; else there is more.
func (s *scanner) open(bracket, closing byte) (more bool) {
	s.take(bracket)
	s.spaces()
	if s.at < len(s.body) && s.body[s.at] == closing {
		s.at++
		return false
	}
	return !s.failed
}

// next takes a comma, after which there is more, or the closing bracket.
func (s *scanner) next(closing byte) (more bool) {
	s.spaces()
	if s.at < len(s.body) && s.body[s.at] == closing {
		s.at++
		return false
	}
	s.take(',')
	return !s.failed
}

// take takes one byte, with spaces before it.
func (s *scanner) take(c byte) {
	s.spaces()
	if s.at == len(s.body) || s.body[s.at] != c {
		s.fail()
		return
	}
	s.at++
}

func (s *scanner) fail() { s.failed, s.at = true, len(s.body) }

func (s *scanner) spaces() {
	for s.at < len(s.body) && s.body[s.at] == ' ' {
		s.at++
	}
}

// string takes a string and gives what is between its quotes, without escapes.
func (s *scanner) string() span {
	s.take('"')
	start := s.at
	n := bytes.IndexByte(s.body[start:], '"')
	if n < 0 {
		s.fail()
		return span{}
	}
	s.at = start + n + 1
	if s.escape < start {
		s.escape = s.find(start, '\\')
	}
	if s.escape > start+n {
		return span{int32(start), int32(start + n)}
	}
	return s.unquote(start)
}

// unquote takes the rest of a string that has escapes.
func (s *scanner) unquote(start int) span {
	end := s.escape
	for end < len(s.body) && s.body[end] != '"' {
		if s.body[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s.body) {
		s.fail()
		return span{}
	}
	s.at = end + 1
	before := len(s.unquoted)
	var err error
	if s.unquoted, err = jsontext.AppendUnquote(s.unquoted, s.body[start-1:s.at]); err != nil {
		s.fail()
	}
	for _, c := range s.unquoted[before:] {
		s.escapes += int(escapeLen[c])
	}
	return span{int32(len(s.body) + before), int32(len(s.body) + len(s.unquoted))}
}

// find gives the place of the next such byte, the end if there is none.
func (s *scanner) find(from int, c byte) int {
	n := bytes.IndexByte(s.body[from:], c)
	if n < 0 {
		return len(s.body)
	}
	return from + n
}

// text reads a string and gives one of its own.
func (s *scanner) text() string { return string(s.bytes(s.string())) }

// bytes gives what is there until the next string is read.
func (s *scanner) bytes(of span) []byte {
	if int(of.start) < len(s.body) {
		return s.body[of.start:of.end]
	}
	return s.unquoted[int(of.start)-len(s.body) : int(of.end)-len(s.body)]
}
