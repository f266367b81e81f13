package collect

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
)

// The parts of Berkeley DB's pages that are read, from its source, dbinc/db_page.h. All pages begin with the same 26 bytes.
const (
	bdbMagic    = 0x00061561 // of a hash database
	bdbPageHead = 26

	bdbHashUnsorted = 2 // the types of pages; this one up to version 4.6
	bdbOverflow     = 7
	bdbHashMeta     = 8
	bdbHash         = 13

	bdbOffPage = 3 // a value that is on overflow pages
)

// readRPMBDB reads a hash database of Berkeley DB, which rpm used up to 4.16 (RHEL 8, CentOS 7, Amazon Linux 2), page by page.
// Package headers are the only values so long that they lie on pages of their own; whatever is not, is not a package.
func readRPMBDB(ctx context.Context, r io.ReaderAt, each func(header []byte)) (skipped int, err error) {
	db, last, err := openBDB(r)
	if err != nil {
		return 0, err
	}
	page := make([]byte, db.pageSize)
	for number := uint32(1); number <= last; number++ {
		if err := ctx.Err(); err != nil {
			return skipped, err
		}
		if err := db.read(number, page); err != nil {
			return skipped, err
		}
		if kind := page[25]; kind != bdbHash && kind != bdbHashUnsorted {
			continue
		}
		// The page has the offsets of a key, its value, a key, its value …
		offsets := page[bdbPageHead:]
		for i := 1; i < int(db.order.Uint16(page[20:])) && 2*i+2 <= len(offsets); i += 2 {
			at := int(db.order.Uint16(offsets[2*i:]))
			if at >= len(page) || page[at] != bdbOffPage {
				continue
			}
			if header, ok := db.value(page[at:]); ok {
				each(header)
			} else {
				skipped++
			}
		}
	}
	return skipped, nil
}

type bdb struct {
	file     io.ReaderAt
	order    binary.ByteOrder // that of the machine which wrote the file
	pageSize uint32
	page     []byte // for value
	buffer   []byte // for value
}

// openBDB reads the first page, which tells how to read the others, and gives the number of the last.
func openBDB(r io.ReaderAt) (db *bdb, last uint32, err error) {
	meta := make([]byte, 72)
	if _, err := r.ReadAt(meta, 0); err != nil {
		return nil, 0, err
	}
	db = &bdb{file: r, order: binary.LittleEndian}
	if binary.BigEndian.Uint32(meta[12:]) == bdbMagic {
		db.order = binary.BigEndian
	}
	db.pageSize = db.order.Uint32(meta[20:])
	if db.order.Uint32(meta[12:]) != bdbMagic || meta[25] != bdbHashMeta {
		return nil, 0, errors.New("not a hash database of Berkeley DB")
	}
	if encrypted := meta[24] != 0; encrypted || db.pageSize < 512 || db.pageSize > 64<<10 {
		return nil, 0, errors.New("encrypted, or with pages of an unknown size")
	}
	db.page = make([]byte, db.pageSize)
	return db, db.order.Uint32(meta[32:]), nil
}

func (db *bdb) read(number uint32, page []byte) error {
	_, err := db.file.ReadAt(page, int64(number)*int64(db.pageSize))
	return err
}

// value collects a value from its chain of overflow pages. It is valid until the next call. All pages but the last are full,
// so a chain that has become a circle ends when the value should have.
func (db *bdb) value(offPage []byte) ([]byte, bool) {
	if len(offPage) < 12 {
		return nil, false
	}
	number, size := db.order.Uint32(offPage[4:]), db.order.Uint32(offPage[8:])
	if size > maxHeader {
		return nil, false
	}
	db.buffer = sized(db.buffer, int(size))
	rest := db.buffer
	for number != 0 && len(rest) > 0 {
		if err := db.read(number, db.page); err != nil || db.page[25] != bdbOverflow {
			return nil, false
		}
		rest = rest[copy(rest, db.page[bdbPageHead:]):]
		number = db.order.Uint32(db.page[16:])
	}
	return db.buffer, len(rest) == 0
}
