package sqlite

import (
	"encoding/binary"
	"math"
	"slices"

	"muster"
)

// shortContent is how many bytes a content may have to be kept with its head. Half of a node's items are a row or two: a record
// of its own would be longer than they are, and has to be found and read.
const shortContent = 64

// slot is the place of a content among those of its node, from 1.
type slot uint32

// A content is stored in pieces of about so many bytes. SQLite does not part a record between pages, unless it is longer than
// one: two packages lists of 2 kB would be alone on a page of 4 kB each, and half of the file would be empty.
const pieceBytes = 1000

const (
	slotBits   = 20
	lastSlot   = 1<<slotBits - 1
	pieceBits  = 4
	mostPieces = 1 << pieceBits
)

// contentID is the key of a piece of a content in the file.
func contentID(node int64, at slot, piece int) int64 {
	return node<<(slotBits+pieceBits) | int64(at)<<pieceBits | int64(piece)
}

func splitContentID(id int64) (node int64, at slot) {
	return id >> (slotBits + pieceBits), slot(id >> pieceBits & lastSlot)
}

// piecesOf gives into how many pieces so many bytes are parted.
func piecesOf(size int) int { return min(mostPieces, (size+pieceBytes-1)/pieceBytes) }

// piece gives one of n equal pieces, but for what the last has less.
func piece(body []byte, i, n int) []byte {
	size := (len(body) + n - 1) / n
	return body[min(i*size, len(body)):min((i+1)*size, len(body))]
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
	return append(b, c.Volatile...)
}

// decodeContent adds the content's rows to those that are there. The volatile values are the end of body.
func decodeContent(body []byte, rows []muster.RowID) (all []muster.RowID, split uint32, volatile []byte, err error) {
	version, size := binary.Uvarint(body)
	if size <= 0 || version > math.MaxUint32 {
		return rows, 0, nil, errDamaged
	}
	body = body[size:]
	n, size := binary.Uvarint(body)
	if size <= 0 || n > uint64(len(body)) {
		return rows, 0, nil, errDamaged
	}
	body = body[size:]
	last := int64(0)
	rows = slices.Grow(rows, int(n))
	at := 0
	for range n { // the longest part of a start, so in one loop
		step := uint64(0)
		for shift := 0; ; shift += 7 {
			if at == len(body) || shift > 4*7 {
				return rows, 0, nil, errDamaged
			}
			c := body[at]
			at++
			step |= uint64(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
		last += int64(step>>1) ^ -int64(step&1)
		if last < 1 || last > math.MaxUint32 {
			return rows, 0, nil, errDamaged
		}
		rows = append(rows, muster.RowID(last))
	}
	return rows, uint32(version), body[at:], nil
}
