package sqlite

import (
	"encoding/base64"
	"encoding/hex"
	"unsafe"

	"muster"
)

// packedHash is the sum that a hash was written from. It is shorter.
type packedHash struct {
	form hashForm
	sum  string // empty if the hash is a text
}

// hashForm is the way in which a sum is written.
type hashForm byte

const (
	hashAsText   hashForm = iota // which is not how a sum is written, or not letter for letter
	hashOfHex                    // lower-case digits, as Patch Manager has them
	hashOfBase64                 // as the agents have it
)

// usualHash is as long as the longest hash that is usual, a SHA-256 in digits.
const usualHash = 64

func packHash(hash muster.ContentHash) packedHash {
	var read, written [usualHash]byte
	sum, err := hex.AppendDecode(read[:0], []byte(hash))
	if err == nil && string(hex.AppendEncode(written[:0], sum)) == string(hash) {
		return packedHash{hashOfHex, string(sum)}
	}
	sum, err = base64.StdEncoding.AppendDecode(read[:0], []byte(hash))
	if err == nil && string(base64.StdEncoding.AppendEncode(written[:0], sum)) == string(hash) {
		return packedHash{hashOfBase64, string(sum)}
	}
	return packedHash{}
}

// write gives the hash, in memory behind other hashes, and those with it.
func (p packedHash) write(others []byte) (muster.ContentHash, []byte) {
	at := len(others)
	if p.form == hashOfHex {
		others = hex.AppendEncode(others, []byte(p.sum))
	} else {
		others = base64.StdEncoding.AppendEncode(others, []byte(p.sum))
	}
	written := others[at:] // to which nobody writes again
	return muster.ContentHash(unsafe.String(unsafe.SliceData(written), len(written))), others
}
