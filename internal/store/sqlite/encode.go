package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
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

// encodeHeads writes the heads of a node, which are in order of type and subtype.
func encodeHeads(heads []head) []byte {
	b := make([]byte, 0, 16+192*len(heads))
	b = append(b, headFormat)
	b = binary.AppendUvarint(b, uint64(len(heads)))
	for i := range heads {
		h := &heads[i]
		b = binary.AppendUvarint(b, uint64(h.typeID))
		b = appendString(b, h.subType)
		b = binary.AppendUvarint(b, uint64(h.position))
		b = appendString(b, string(h.item.Version))
		b = appendString(b, string(h.item.Captured))
		b = appendString(b, string(h.item.Hash))
		b = binary.AppendVarint(b, nanoseconds(h.item.Reported))
		b = binary.AppendUvarint(b, uint64(len(h.item.Context)))
		b = appendFields(b, h.item.Context)
	}
	return appendSum(b)
}

func decodeHeads(blob []byte) ([]head, error) {
	d, err := checkSum(blob)
	if err != nil {
		return nil, err
	}
	if format := d.byte(); format != headFormat {
		return nil, errors.New("unknown format of items")
	}
	heads := make([]head, d.count())
	for i := range heads {
		h := &heads[i]
		h.typeID = int64(d.uvarint())
		h.subType = d.string()
		h.position = muster.Position(d.uvarint())
		h.item.Version = muster.Version(d.string())
		h.item.Captured = muster.CaptureTime(d.string())
		h.item.Hash = muster.ContentHash(d.string())
		h.item.Reported = instant(d.varint())
		h.item.Context = d.fields(d.count())
	}
	return heads, d.end()
}

// encodeContent writes row ids as differences: an image's packages were numbered in the order they were first reported, so
// most differences are 1 and take a byte. The volatile values follow as they are.
func encodeContent(c *muster.Content) []byte {
	b := make([]byte, 0, 16+2*len(c.Rows)+len(c.Volatile))
	b = binary.AppendUvarint(b, uint64(c.Split))
	b = binary.AppendUvarint(b, uint64(len(c.Rows)))
	last := int64(0)
	for _, id := range c.Rows {
		b = binary.AppendVarint(b, int64(id)-last)
		last = int64(id)
	}
	return appendSum(append(b, c.Volatile...))
}

func decodeContent(blob []byte) (*muster.Content, error) {
	d, err := checkSum(blob)
	if err != nil {
		return nil, err
	}
	split := d.uvarint()
	if split > math.MaxUint32 {
		return nil, errDamaged
	}
	c := &muster.Content{Rows: make([]muster.RowID, d.count()), Split: uint32(split)}
	last := int64(0)
	for i := range c.Rows {
		last += d.varint()
		c.Rows[i] = muster.RowID(last)
		if last < 1 || last > math.MaxUint32 {
			return nil, errDamaged
		}
	}
	if d.failed {
		return nil, errDamaged
	}
	if d.rest != "" {
		c.Volatile = []byte(d.rest)
	}
	return c, nil
}

// encodeEntry gives the one encoding of an entry, so that entries are equal exactly when these bytes are.
func encodeEntry(e muster.Entry) []byte {
	return appendFields(make([]byte, 0, 128), e)
}

func decodeEntry(body []byte) (muster.Entry, error) {
	d := decoder{rest: string(body)}
	var e muster.Entry
	for d.rest != "" && !d.failed {
		e = append(e, muster.Field{Name: d.string(), Value: d.string()})
	}
	return e, d.end()
}

// entryHash finds rows whose body may be equal. It is the head of a SHA-256: nobody can make the many collisions that would
// turn each look-up into a long search, and two that collide cost one comparison of bodies.
func entryHash(body []byte) int64 {
	sum := sha256.Sum256(body)
	return int64(binary.BigEndian.Uint64(sum[:]))
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

func appendSum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// checkSum gives a decoder of what stands before the sum.
func checkSum(blob []byte) (*decoder, error) {
	n := len(blob) - 4
	if n < 0 || crc32.Checksum(blob[:n], crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(blob[n:]) {
		return nil, errDamaged
	}
	return &decoder{rest: string(blob[:n])}, nil
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
