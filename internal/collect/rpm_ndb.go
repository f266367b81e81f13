package collect

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
)

// readRPMNDB reads rpm's "new database", which SUSE uses: a header, pages of slots that say where in the file a package's
// header is, and the headers in blocks of 16 bytes, each after 16 bytes that repeat whose it is. All is little-endian. The
// format is described by rpm's source alone, lib/backend/ndb/rpmpkg.c.
func readRPMNDB(ctx context.Context, r io.ReaderAt, each func(header []byte)) (skipped int, err error) {
	const (
		block    = 16      // bytes of a slot, and of what blocks are counted in
		page     = 4096    // of slots
		maxPages = 1 << 14 // four million packages
	)
	head := make([]byte, 2*block)
	if _, err := r.ReadAt(head, 0); err != nil {
		return 0, err
	}
	pages := binary.LittleEndian.Uint32(head[12:])
	if string(head[:4]) != "RpmP" || binary.LittleEndian.Uint32(head[4:]) != 0 || pages == 0 || pages > maxPages {
		return 0, errors.New("not a database of packages of version 0")
	}
	slots := make([]byte, page)
	var blob []byte
	for p := range int64(pages) {
		if _, err := r.ReadAt(slots, p*page); err != nil {
			return skipped, err
		}
		for at := 0; at < page; at += block {
			slot := slots[at:][:block]
			owner := binary.LittleEndian.Uint32(slot[4:])
			if p == 0 && at < len(head) || owner == 0 {
				continue // the database's own header, or a free slot
			}
			if err := ctx.Err(); err != nil {
				return skipped, err
			}
			start := int64(binary.LittleEndian.Uint32(slot[8:])) * block
			var ok bool
			if blob, ok = readNDBBlob(r, start, owner, blob); !ok || string(slot[:4]) != "Slot" {
				skipped++
				continue
			}
			each(blob)
		}
	}
	return skipped, nil
}

// readNDBBlob reads the header of a package into buffer, or a larger one.
func readNDBBlob(r io.ReaderAt, start int64, owner uint32, buffer []byte) ([]byte, bool) {
	head := make([]byte, 16)
	if _, err := r.ReadAt(head, start); err != nil {
		return buffer, false
	}
	size := binary.LittleEndian.Uint32(head[12:])
	if string(head[:4]) != "BlbS" || binary.LittleEndian.Uint32(head[4:]) != owner || size > maxHeader {
		return buffer, false
	}
	buffer = sized(buffer, int(size))
	_, err := r.ReadAt(buffer, start+int64(len(head)))
	return buffer, err == nil
}

// sized gives a buffer of n bytes, the same if it is large enough.
func sized(buffer []byte, n int) []byte {
	if cap(buffer) < n {
		return make([]byte, n)
	}
	return buffer[:n]
}
