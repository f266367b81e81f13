package sqlite

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/zstd"

	"muster"
	"muster/internal/store/codec"
)

const (
	// A block that has so many bytes of text is full: long enough to find what its rows have in common, short enough to be read
	// for one of them.
	fullBlock = 64 << 10

	// A block is added to by later commits until it has so many, so that rows that come one by one do not stay alone.
	youngBlock = 16 << 10
)

// block is neighbouring rows of one dictionary, which the file has as one record. There are few commits for many rows, so to
// write them together costs a small part of writing them one by one, and what they have in common is stored once.
type block struct {
	first  muster.RowID
	hashes []uint64 // of the rows from first on, 0 for one that was removed
	at     []uint32 // where each row is in text
	text   []byte   // of each row the length of its body, and the body
	digest digest   // of a mirror, as the file has it
}

// The forms of a block's text, which are part of the format.
const (
	plainText = iota
	zstdText
)

func (b *block) add(hash uint64, body []byte) {
	b.hashes = append(b.hashes, hash)
	b.at = append(b.at, uint32(len(b.text)))
	b.text = binary.AppendUvarint(b.text, uint64(len(body)))
	b.text = append(b.text, body...)
}

// has says whether the row is in the block, and not removed.
func (b *block) has(id muster.RowID) bool {
	return id >= b.first && int(id-b.first) < len(b.hashes) && b.hashes[id-b.first] != 0
}

// body gives the body of a row that the block has.
func (b *block) body(id muster.RowID) []byte {
	text := b.text[b.at[id-b.first]:]
	n, size := binary.Uvarint(text)
	return text[size:][:n]
}

// remove takes out a row that the block has, and gives its hash.
func (b *block) remove(id muster.RowID) (hash uint64) {
	hash, b.hashes[id-b.first] = b.hashes[id-b.first], 0
	return hash
}

// size is about what it takes as one of the recent blocks, in bytes.
func (b *block) size() int { return len(b.text) }

func (b *block) empty() bool {
	for _, h := range b.hashes {
		if h != 0 {
			return false
		}
	}
	return true
}

// encode gives the two columns of the block's record.
func (b *block) encode(z *zstd.Encoder) (hashes, body []byte) {
	text := make([]byte, 0, len(b.text))
	hashes = make([]byte, 0, 8*len(b.hashes))
	for i, h := range b.hashes {
		hashes = binary.BigEndian.AppendUint64(hashes, h)
		if h != 0 {
			end := len(b.text)
			if i+1 < len(b.at) {
				end = int(b.at[i+1])
			}
			text = append(text, b.text[b.at[i]:end]...)
		}
	}
	return hashes, encodeText(hashes, text, z)
}

// encodeText gives the body of a record, compressed if that is shorter, with a sum of what belongs to it and of itself.
func encodeText(hashes, text []byte, z *zstd.Encoder) (body []byte) {
	body = z.EncodeAll(text, append(make([]byte, 0, 64+len(text)/2), zstdText))
	if len(body) > len(text) {
		body = append(append(body[:0], plainText), text...)
	}
	return binary.LittleEndian.AppendUint32(body, blockSum(hashes, body))
}

// blockSum is the CRC-32C of a block's record but for itself.
func blockSum(hashes, body []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(hashes, table), table, body)
}

// blockText checks a block's record and gives its text, in the memory of into if that is long enough.
func blockText(hashes, body, into []byte, z *zstd.Decoder) ([]byte, error) {
	n := len(body) - 4
	if n < 1 || len(hashes)%8 != 0 || blockSum(hashes, body[:n]) != binary.LittleEndian.Uint32(body[n:]) {
		return nil, codec.ErrDamaged
	}
	switch body[0] {
	case plainText:
		return append(into, body[1:n]...), nil
	case zstdText:
		return z.DecodeAll(body[1:n], into)
	}
	return nil, codec.ErrDamaged
}

func decodeBlock(first muster.RowID, hashes, body []byte, z *zstd.Decoder) (*block, error) {
	text, err := blockText(hashes, body, nil, z)
	if err != nil || len(text) > math.MaxUint32 {
		return nil, codec.ErrDamaged
	}
	b := &block{first: first, text: text, hashes: decodeHashes(hashes)}
	b.at = make([]uint32, len(b.hashes))
	at := 0
	for i, h := range b.hashes {
		b.at[i] = uint32(at)
		if h == 0 {
			continue
		}
		n, size := binary.Uvarint(text[at:])
		if size <= 0 || n > uint64(len(text)-at-size) {
			return nil, codec.ErrDamaged
		}
		at += size + int(n)
	}
	if at != len(text) {
		return nil, codec.ErrDamaged
	}
	return b, nil
}

func decodeHashes(column []byte) []uint64 {
	hashes := make([]uint64, len(column)/8)
	for i := range hashes {
		hashes[i] = binary.BigEndian.Uint64(column[8*i:])
	}
	return hashes
}

func newEncoder() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(2*fullBlock))
}

func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
}
