package sqlite

import (
	"errors"
	"fmt"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

func (l *loader) loadRows() error {
	z, err := newDecoder()
	if err != nil {
		return err
	}
	defer z.Close()
	blocks, err := l.query(`SELECT id, hashes, body FROM block ORDER BY id`)
	if err != nil {
		return err
	}
	var text []byte
	for blocks.next() {
		if l.mirrors {
			l.digest -= blockDigest(blocks.int(0), blocks.bytes(2))
		}
		typeID, first := splitBlockKey(blocks.int(0))
		hashes := decodeHashes(blocks.bytes(1))
		if text, err = blockText(blocks.bytes(1), blocks.bytes(2), text[:0], z); err == nil {
			err = l.loadBlock(typeID, first, hashes, string(text))
		}
		if err != nil {
			t := l.types[typeID]
			what := fmt.Sprintf("block of rows %d to %d of %s in %s", first, int(first)+len(hashes)-1, t.name, l.spaces[t.space])
			return errors.Join(damaged(what, err), blocks.close())
		}
		if err := l.flushIfFull(); err != nil {
			return errors.Join(err, blocks.close())
		}
	}
	return blocks.close()
}

func (l *loader) loadBlock(typeID int64, first muster.RowID, hashes []uint64, text string) error {
	t := l.types[typeID]
	if t.name == "" || first == 0 || int64(first)+int64(len(hashes))-1 > int64(l.given[typeID]) {
		return errors.New("these ids were not given")
	}
	known := l.known[typeID]
	if known == nil {
		known = codec.NewRowSet(l.given[typeID])
		l.known[typeID] = known
	}
	d := codec.NewDecoder(text)
	for i, hash := range hashes {
		if hash == 0 {
			continue
		}
		from := len(l.fields)
		var err error
		if l.fields, err = codec.DecodeEntry(d.Text(), l.fields); err != nil {
			return err
		}
		id := first + muster.RowID(i)
		known.Add(id)
		entry := muster.Entry(l.fields[from:len(l.fields):len(l.fields)])
		l.Rows = append(l.Rows, muster.Row{Space: l.spaces[t.space], Type: t.name, ID: id, Entry: entry})
	}
	return d.End()
}

func (l *loader) loadRecords() error {
	records, err := l.query(`SELECT CAST(kind AS BLOB), space, CAST(name AS BLOB), position, CAST(value AS BLOB) FROM record`)
	if err != nil {
		return err
	}
	for records.next() {
		kind, name := string(records.bytes(0)), string(records.bytes(2))
		if l.mirrors {
			l.digest -= recordDigest(kind, records.int(1), name, muster.Position(records.int(3)), records.bytes(4))
		}
		key, value, err := store.DecodeRecord(kind, l.spaces[records.int(1)], name, records.bytes(4))
		if err != nil {
			return errors.Join(damaged(kind+" "+name, err), records.close())
		}
		l.Changes = append(l.Changes, muster.Change{Key: key, Value: value, At: muster.Position(records.int(3))})
		if err := l.flushIfFull(); err != nil {
			return errors.Join(err, records.close())
		}
	}
	return records.close()
}
