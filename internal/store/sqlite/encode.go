package sqlite

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"

	"muster"
	"muster/internal/store/codec"
)

// This file is the inside of the BLOBs, as docs/format.md has it: what package codec writes, and at the end of nodes, items and
// contents a CRC-32C, because SQLite does not check what it reads back.

// headFormat leads the items of a node. In format 1, which is read as well, every hash is a text.
const headFormat = 2

// A head has a byte of flags: whether it was put when the head before was, which is then not written again, and a hashForm.
const (
	putAsBefore = 1
	formShift   = 1
)

// head is an item without its content.
type head struct {
	typeID   int64
	subType  string
	position muster.Position
	item     muster.Item // Content is nil
	hash     packedHash  // of the item

	slot   slot   // of the content
	pieces int    // how many it has there
	short  string // the content, if slot is 0
}

// putWith says whether both say the same of when they were put.
func (h *head) putWith(g *head) bool {
	return h.position == g.position && h.item.Captured == g.item.Captured && codec.Nanoseconds(h.item.Reported) == codec.Nanoseconds(g.item.Reported)
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

// appendHeads writes the heads of a node, which are in order of type and subtype. Most were put together, so a flag stands for
// what was when.
func appendHeads(b []byte, heads []head) []byte {
	start := len(b)
	b = append(b, headFormat)
	b = binary.AppendUvarint(b, uint64(len(heads)))
	before := &head{}
	for i := range heads {
		h := &heads[i]
		b = binary.AppendUvarint(b, uint64(h.typeID))
		b = codec.AppendString(b, h.subType)
		if flags := byte(h.hash.form) << formShift; h.putWith(before) {
			b = append(b, flags|putAsBefore)
		} else {
			b = append(b, flags)
			b = binary.AppendUvarint(b, uint64(h.position))
			b = codec.AppendString(b, h.item.Captured)
			b = binary.AppendVarint(b, codec.Nanoseconds(h.item.Reported))
		}
		b = codec.AppendString(b, h.item.Version)
		if h.hash.form == hashAsText {
			b = codec.AppendString(b, h.item.Hash)
		} else {
			b = codec.AppendString(b, h.hash.sum)
		}
		b = binary.AppendUvarint(b, uint64(len(h.item.Context)))
		b = codec.AppendEntry(b, h.item.Context)
		b = binary.AppendUvarint(b, uint64(h.slot))
		if h.slot == 0 {
			b = codec.AppendString(b, h.short)
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
	d := codec.NewDecoder(string(summed))
	format := d.Byte()
	if format == 0 || format > headFormat {
		return nil, errors.New("unknown format of items")
	}
	n := d.Count()
	heads := slices.Grow(into[:0], n)[:n]
	before := &head{}
	var hashes []byte // those that are packed, in one piece
	for i := range heads {
		h := &heads[i]
		*h = head{typeID: int64(d.Uvarint()), subType: d.Text()}
		flags := d.Byte()
		h.hash.form = hashForm(flags >> formShift)
		if h.hash.form > hashOfBase64 || format == 1 && h.hash.form != hashAsText {
			return nil, codec.ErrDamaged
		}
		if flags&putAsBefore == 0 {
			h.position = muster.Position(d.Uvarint())
			h.item.Captured = muster.CaptureTime(d.Text())
			h.item.Reported = codec.Time(d.Varint())
		} else {
			h.position, h.item.Captured, h.item.Reported = before.position, before.item.Captured, before.item.Reported
		}
		h.item.Version = muster.Version(d.Text())
		if h.hash.form == hashAsText {
			h.item.Hash = muster.ContentHash(d.Text())
		} else {
			h.hash.sum = d.Text()
			if hashes == nil {
				hashes = make([]byte, 0, 2*min(len(h.hash.sum)*(n-i), len(summed)))
			}
			h.item.Hash, hashes = h.hash.write(hashes)
		}
		h.item.Context = d.Fields(d.Count())
		at := d.Uvarint()
		if at > lastSlot {
			return nil, codec.ErrDamaged
		}
		h.slot = slot(at)
		if at == 0 {
			h.short = d.Text()
		} else {
			h.pieces = int(d.Byte())
		}
		before = h
	}
	return heads, d.End()
}

// rowHash is the hash of a row that is there. It is never 0, which stands for one that was removed.
func rowHash(body []byte) uint64 { return max(1, codec.EntryHash(body)) }

func appendSum(b []byte) []byte { return appendSumFrom(b, 0) }

// appendSumFrom adds the sum of what b has from start on.
func appendSumFrom(b []byte, start int) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], crc32.MakeTable(crc32.Castagnoli)))
}

// checkSum gives what stands before the sum.
func checkSum(blob []byte) (summed []byte, err error) {
	n := len(blob) - 4
	if n < 0 || crc32.Checksum(blob[:n], crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(blob[n:]) {
		return nil, codec.ErrDamaged
	}
	return blob[:n], nil
}
