package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"time"

	"muster"
)

// This file is the inside of the BLOBs, as docs/format.md has it. Numbers are varints of encoding/binary, strings are their
// length and their bytes, and items and contents end with a CRC-32C, because SQLite does not check what it reads back.

// headFormat leads the items of a node.
const headFormat = 1

// head is an item without its content.
type head struct {
	typeID   int64
	subType  string
	position muster.Position
	item     muster.Item // Content is nil

	slot   slot   // of the content
	pieces int    // how many it has there
	short  string // the content, if slot is 0
}

// putWith says whether both say the same of when they were put.
func (h *head) putWith(g *head) bool {
	return h.position == g.position && h.item.Captured == g.item.Captured && nanoseconds(h.item.Reported) == nanoseconds(g.item.Reported)
}

func (h *head) compare(typeID int64, subType string) int {
	if h.typeID != typeID {
		if h.typeID < typeID {
			return -1
		}
		return 1
	}
	return strings.Compare(h.subType, subType)
}

// appendHeads writes the heads of a node, which are in order of type and subtype. Most were put together, so a byte stands for
// what was when.
func appendHeads(b []byte, heads []head) []byte {
	start := len(b)
	b = append(b, headFormat)
	b = binary.AppendUvarint(b, uint64(len(heads)))
	before := &head{}
	for i := range heads {
		h := &heads[i]
		b = binary.AppendUvarint(b, uint64(h.typeID))
		b = appendString(b, h.subType)
		if h.putWith(before) {
			b = append(b, 1)
		} else {
			b = append(b, 0)
			b = binary.AppendUvarint(b, uint64(h.position))
			b = appendString(b, string(h.item.Captured))
			b = binary.AppendVarint(b, nanoseconds(h.item.Reported))
		}
		b = appendString(b, string(h.item.Version))
		b = appendString(b, string(h.item.Hash))
		b = binary.AppendUvarint(b, uint64(len(h.item.Context)))
		b = appendFields(b, h.item.Context)
		b = binary.AppendUvarint(b, uint64(h.slot))
		if h.slot == 0 {
			b = appendString(b, h.short)
		} else {
			b = append(b, byte(h.pieces))
		}
		before = h
	}
	return appendSumFrom(b, start)
}

// decodeHeads gives the heads in the memory of into, if that is enough.
func decodeHeads(blob []byte, into []head) ([]head, error) {
	summed, err := checkSum(blob)
	if err != nil {
		return nil, err
	}
	d := decoder{rest: string(summed)}
	if format := d.byte(); format != headFormat {
		return nil, errors.New("unknown format of items")
	}
	n := d.count()
	heads := slices.Grow(into[:0], n)[:n]
	before := &head{}
	for i := range heads {
		h := &heads[i]
		*h = head{typeID: int64(d.uvarint()), subType: d.string()}
		switch d.byte() {
		case 0:
			h.position = muster.Position(d.uvarint())
			h.item.Captured = muster.CaptureTime(d.string())
			h.item.Reported = instant(d.varint())
		case 1:
			h.position, h.item.Captured, h.item.Reported = before.position, before.item.Captured, before.item.Reported
		default:
			return nil, errDamaged
		}
		h.item.Version = muster.Version(d.string())
		h.item.Hash = muster.ContentHash(d.string())
		h.item.Context = d.fields(d.count())
		at := d.uvarint()
		if at > lastSlot {
			return nil, errDamaged
		}
		h.slot = slot(at)
		if at == 0 {
			h.short = d.string()
		} else {
			h.pieces = int(d.byte())
		}
		before = h
	}
	return heads, d.end()
}

// decodeEntry adds the fields of an entry to those that are there. An entry is nothing but its fields, in their order: so there
// is one way to write it, and entries are equal exactly when their bytes are.
func decodeEntry(body string, fields []muster.Field) ([]muster.Field, error) {
	d := decoder{rest: body}
	for d.rest != "" && !d.failed {
		if name, value, rest, ok := cutShortField(d.rest); ok {
			fields = append(fields, muster.Field{Name: name, Value: value})
			d.rest = rest
			continue
		}
		fields = append(fields, muster.Field{Name: d.string(), Value: d.string()})
	}
	return fields, d.end()
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

// entryHash finds rows whose body may be equal. It is the head of a SHA-256: nobody can make the many collisions that would
// turn each look-up into a long search, and two that collide cost one comparison of bodies.
// It is never 0.
func entryHash(body []byte) uint64 {
	sum := sha256.Sum256(body)
	return max(1, binary.BigEndian.Uint64(sum[:]))
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendFields(b []byte, e muster.Entry) []byte {
	for _, f := range e {
		b = appendString(b, f.Name)
		b = appendString(b, f.Value)
	}
	return b
}

// noTime is the zero time, which has no UnixNano.
const noTime = math.MinInt64

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	return t.UnixNano()
}

func instant(ns int64) time.Time {
	if ns == noTime {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

var errDamaged = errors.New("the bytes are damaged")

func appendSum(b []byte) []byte { return appendSumFrom(b, 0) }

// appendSumFrom adds the sum of what b has from start on.
func appendSumFrom(b []byte, start int) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], crc32.MakeTable(crc32.Castagnoli)))
}

// checkSum gives what stands before the sum.
func checkSum(blob []byte) (summed []byte, err error) {
	n := len(blob) - 4
	if n < 0 || crc32.Checksum(blob[:n], crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(blob[n:]) {
		return nil, errDamaged
	}
	return blob[:n], nil
}

// decoder takes values off the front of a text that all strings it gives share. After a failure it gives zeros; end tells.
type decoder struct {
	rest   string
	failed bool
}

func (d *decoder) byte() byte {
	if d.rest == "" {
		d.failed = true
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) uvarint() uint64 {
	if d.rest != "" && d.rest[0] < 0x80 { // as most are
		v := d.rest[0]
		d.rest = d.rest[1:]
		return uint64(v)
	}
	return d.longUvarint()
}

func (d *decoder) longUvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		b := d.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.failed, d.rest = true, ""
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// count is a number of things that take at least a byte each, so that a damaged one cannot ask for all memory.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.failed = true
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n := d.count()
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) fields(n int) muster.Entry {
	if n == 0 {
		return nil
	}
	e := make(muster.Entry, n)
	for i := range e {
		e[i] = muster.Field{Name: d.string(), Value: d.string()}
	}
	return e
}

func (d *decoder) end() error {
	if d.failed || d.rest != "" {
		return errDamaged
	}
	return nil
}
