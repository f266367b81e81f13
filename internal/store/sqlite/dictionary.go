package sqlite

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"

	"muster"
	"muster/internal/store/codec"
)

// dictionary is the rows of a type as the writer knows them.
type dictionary struct {
	typeID int64
	given  muster.RowID // the highest id so far

	// The rest is read when it is first needed, and then kept up.
	loaded  bool
	known   rowSet
	firsts  []muster.RowID // of its blocks, ascending
	changed map[muster.RowID]*block
}

// blockKey is the key of a block in the file.
func blockKey(typeID int64, first muster.RowID) int64 { return typeID<<32 | int64(first) }

func splitBlockKey(key int64) (typeID int64, first muster.RowID) { return key >> 32, muster.RowID(key) }

func (g *group) loadDictionary(d *dictionary) error {
	if d.loaded {
		return nil
	}
	rows, err := g.w.listBlocks.QueryContext(g.ctx, blockKey(d.typeID, 0), blockKey(d.typeID+1, 0))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		var column []byte
		if err := rows.Scan(&key, &column); err != nil {
			return err
		}
		_, first := splitBlockKey(key)
		d.firsts = append(d.firsts, first)
		for i, hash := range decodeHashes(column) {
			if hash != 0 {
				d.known.add(g.w.mix(hash), first+muster.RowID(i))
			}
		}
	}
	d.changed = map[muster.RowID]*block{}
	d.loaded = rows.Err() == nil
	return rows.Err()
}

// mix makes 32 bits of a hash in a way that nobody outside knows, so that nobody can choose entries that crowd the set.
func (w *writer) mix(hash uint64) uint32 { return uint32(maphash.Comparable(w.seed, hash)) }

// intern gives the id of the entry, and whether it is new.
func (g *group) intern(d *dictionary, e muster.Entry) (id muster.RowID, isNew bool, err error) {
	if err := g.loadDictionary(d); err != nil {
		return 0, false, err
	}
	g.w.body = codec.AppendEntry(g.w.body[:0], e)
	body := g.w.body
	hash := rowHash(body)
	for id := range d.known.find(g.w.mix(hash)) {
		b, err := g.block(d, id)
		if err != nil {
			return 0, false, err
		}
		if b.has(id) && bytes.Equal(b.body(id), body) {
			return id, false, nil
		}
	}
	id = d.given + 1
	return id, true, g.addRow(d, id, hash, body)
}

// addRow adds a row with an id that no row has had.
func (g *group) addRow(d *dictionary, id muster.RowID, hash uint64, body []byte) error {
	b, err := g.openBlock(d, id)
	if err != nil {
		return err
	}
	b.add(hash, body)
	d.known.add(g.w.mix(hash), id)
	d.given = max(d.given, id)
	return nil
}

// openBlock gives the block that a new id belongs to: the one before it, if it ends there and has room.
func (g *group) openBlock(d *dictionary, id muster.RowID) (*block, error) {
	at, _ := slices.BinarySearch(d.firsts, id)
	if at > 0 {
		first := d.firsts[at-1]
		b, err := g.block(d, first)
		if err != nil {
			return nil, err
		}
		limit := youngBlock
		if d.changed[first] != nil {
			limit = fullBlock
		}
		if len(b.text) < limit && int(id-first) == len(b.hashes) {
			g.w.blocks.drop(blockKey(d.typeID, first)) // its text is about to grow
			d.changed[first] = b
			return b, nil
		}
	}
	b := &block{first: id}
	d.firsts = slices.Insert(d.firsts, at, id)
	d.changed[id] = b
	return b, nil
}

// block gives the block that has the id, or would have it.
func (g *group) block(d *dictionary, id muster.RowID) (*block, error) {
	at, found := slices.BinarySearch(d.firsts, id)
	if !found {
		at--
	}
	if at < 0 {
		return &block{first: id}, nil
	}
	first := d.firsts[at]
	if b := d.changed[first]; b != nil {
		return b, nil
	}
	key := blockKey(d.typeID, first)
	if b := g.w.blocks.get(key); b != nil {
		g.w.blocks.put(key, b)
		return b, nil
	}
	var hashes, body []byte
	if err := g.queryRow(g.w.getBlock, []any{key}, &hashes, &body); err != nil {
		return nil, err
	}
	b, err := decodeBlock(first, hashes, body, g.w.unzip)
	if err != nil {
		return nil, damaged(fmt.Sprintf("block of rows from %d on of type %d", first, d.typeID), err)
	}
	b.digest = blockDigest(key, body)
	g.w.blocks.put(key, b)
	return b, nil
}

// removeRow takes a row out, if it is there.
func (g *group) removeRow(key muster.RowKey) error {
	t, ok := g.knownType(key.Space, key.Type)
	if !ok {
		return nil
	}
	if err := g.loadDictionary(t); err != nil {
		return err
	}
	b, err := g.block(t, key.ID)
	if err != nil || !b.has(key.ID) {
		return err
	}
	t.known.remove(g.w.mix(b.remove(key.ID)), key.ID)
	t.changed[b.first] = b
	return nil
}

// flushDictionary writes the blocks that have changed, and the highest id.
func (g *group) flushDictionary(d *dictionary) error {
	if len(d.changed) == 0 {
		return nil
	}
	for first, b := range d.changed {
		key := blockKey(d.typeID, first)
		if b.empty() {
			g.digest.replace(&b.digest, 0)
			if err := g.dropBlock(d, key, first); err != nil {
				return err
			}
			continue
		}
		hashes, body := b.encode(g.w.zip)
		g.digest.replace(&b.digest, blockDigest(key, body))
		if err := g.exec(g.w.putBlock, key, hashes, body); err != nil {
			return err
		}
		g.w.blocks.put(key, b)
	}
	clear(d.changed)
	return g.exec(g.w.setGiven, d.given, d.typeID)
}

func (g *group) dropBlock(d *dictionary, key int64, first muster.RowID) error {
	g.w.blocks.drop(key)
	if at, ok := slices.BinarySearch(d.firsts, first); ok {
		d.firsts = slices.Delete(d.firsts, at, at+1)
	}
	return g.exec(g.w.dropBlock, key)
}
