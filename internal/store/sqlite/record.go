package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"muster"
)

// The kinds of the record table, which are part of the format.
const (
	kindCustomType  = "custom-type"
	kindSplits      = "splits"
	kindDeletion    = "deletion"
	kindClientToken = "client-token"
	kindAssociation = "association"
	kindExecution   = "execution"
	kindActivation  = "activation"
	kindAccessKey   = "access-key"
	kindSetting     = "setting"
)

// record is a small record as the group sees it.
type record struct {
	value    muster.Record // nil if there is none
	position muster.Position
	changed  bool
}

// place is where in the table the record of a key is. Its space is empty for those outside all spaces.
func place(key muster.Key) (kind string, space muster.Space, name string, err error) {
	switch key := key.(type) {
	case muster.CustomTypeKey:
		return kindCustomType, key.Space, string(key.Type), nil
	case muster.SplitsKey:
		return kindSplits, key.Space, string(key.Type), nil
	case muster.DeletionKey:
		return kindDeletion, key.Space, key.ID, nil
	case muster.ClientTokenKey:
		return kindClientToken, key.Space, key.Token, nil
	case muster.AssociationKey:
		return kindAssociation, key.Space, string(key.ID), nil
	case muster.ExecutionKey:
		return kindExecution, key.Space, string(key.Association) + " " + string(key.Node), nil // a UUID has no space
	case muster.ActivationKey:
		return kindActivation, key.Space, key.ID, nil
	case muster.AccessKeyKey:
		return kindAccessKey, muster.Space{}, key.ID, nil
	case muster.SettingKey:
		return kindSetting, muster.Space{}, key.Name, nil
	}
	return "", muster.Space{}, "", fmt.Errorf("no record has a key like %#v", key)
}

// decodeRecord is the way back: the key that has this place, and the value.
func decodeRecord(kind string, space muster.Space, name string, text []byte) (key muster.Key, value muster.Record, err error) {
	switch kind {
	case kindCustomType:
		key, value = muster.CustomTypeKey{Space: space, Type: muster.TypeName(name)}, &muster.CustomType{}
	case kindSplits:
		key, value = muster.SplitsKey{Space: space, Type: muster.TypeName(name)}, &muster.Splits{}
	case kindDeletion:
		key, value = muster.DeletionKey{Space: space, ID: name}, &muster.Deletion{}
	case kindClientToken:
		key, value = muster.ClientTokenKey{Space: space, Token: name}, &muster.ClientToken{}
	case kindAssociation:
		key, value = muster.AssociationKey{Space: space, ID: muster.AssociationID(name)}, &muster.Association{}
	case kindExecution:
		association, node, _ := strings.Cut(name, " ")
		key, value = muster.ExecutionKey{Space: space, Node: muster.NodeID(node), Association: muster.AssociationID(association)}, &muster.Execution{}
	case kindActivation:
		key, value = muster.ActivationKey{Space: space, ID: name}, &muster.Activation{}
	case kindAccessKey:
		key, value = muster.AccessKeyKey{ID: name}, &muster.AccessKey{}
	case kindSetting:
		key, value = muster.SettingKey{Name: name}, &muster.Setting{}
	default:
		return nil, nil, errors.New("unknown kind of record")
	}
	return key, value, json.Unmarshal(text, value)
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
	kind, space, name, err := place(key)
	if err != nil {
		return nil, err
	}
	spaceID, ok := g.w.spaces[space]
	if !ok {
		return nil, nil
	}
	var text []byte
	err = g.queryRow(g.w.getRecord, []any{kind, spaceID, name}, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, value, err := decodeRecord(kind, space, name, text)
	if err != nil {
		return nil, &DamageError{kind + " " + name, err}
	}
	return value, nil
}

func (g *group) flushRecord(key muster.Key, r *record) error {
	if !r.changed {
		return nil
	}
	r.changed = false
	delete(g.w.custom, key)
	kind, space, name, err := place(key)
	if err != nil {
		return err
	}
	spaceID, err := g.space(space)
	if err != nil {
		return err
	}
	if r.value == nil {
		return g.exec(g.w.dropRecord, kind, spaceID, name)
	}
	text, err := json.Marshal(r.value)
	if err != nil {
		return err
	}
	return g.exec(g.w.putRecord, kind, spaceID, name, r.position, string(text))
}
