package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"

	"muster"
	"muster/internal/store"
)

// record is a small record as the group sees it.
type record struct {
	value    muster.Record // nil if there is none
	position muster.Position
	changed  bool
}

func (g *group) getRecord(key muster.Key) (muster.Record, error) {
	if r, ok := g.records[key]; ok {
		return r.value, nil
	}
	value, known := g.w.custom[key]
	if !known {
		var err error
		if value, err = g.readRecord(key); err != nil {
			return nil, err
		}
		g.w.know(key, value)
	}
	g.records[key] = &record{value: value}
	return value, nil
}

// know keeps the record of a custom type that was read, until a group changes it: reports ask for theirs each time.
func (w *writer) know(key muster.Key, value muster.Record) {
	if _, ok := key.(muster.CustomTypeKey); ok && value != nil {
		w.custom[key] = value
	}
}

func (g *group) readRecord(key muster.Key) (muster.Record, error) {
	if key, ok := key.(muster.HistoryKey); ok {
		return g.readHistory(key)
	}
	kind, space, name, err := store.Place(key)
	if err != nil {
		return nil, err
	}
	spaceID, ok := g.w.spaces[space]
	if !ok {
		return nil, nil
	}
	var text []byte
	var position muster.Position
	err = g.queryRow(g.w.getRecord, []any{kind, spaceID, name}, &text, &position)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, value, err := store.DecodeRecord(kind, space, name, text)
	if err != nil {
		return nil, damaged(store.NameOf(key), err)
	}
	return value, nil
}

func (g *group) flushRecord(key muster.Key, r *record) error {
	if !r.changed {
		return nil
	}
	r.changed = false
	if key, ok := key.(muster.HistoryKey); ok {
		return g.flushHistory(key, r.value)
	}
	delete(g.w.custom, key)
	kind, space, name, err := store.Place(key)
	if err != nil {
		return err
	}
	spaceID, err := g.space(space)
	if err != nil {
		return err
	}
	if err := g.digestGone(kind, spaceID, name); err != nil {
		return err
	}
	if r.value == nil {
		return g.exec(g.w.dropRecord, kind, spaceID, name)
	}
	text, err := json.Marshal(r.value)
	if err != nil {
		return err
	}
	if g.mirrors {
		g.digest += recordDigest(kind, spaceID, name, r.position, text)
	}
	return g.exec(g.w.putRecord, kind, spaceID, name, r.position, string(text))
}
