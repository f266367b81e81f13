package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"muster"
)

// The kinds of small records, which are part of every format.
const (
	KindCustomType  = "custom-type"
	kindSplits      = "splits"
	kindDeletion    = "deletion"
	kindClientToken = "client-token"
	KindAssociation = "association"
	kindExecution   = "execution"
	kindActivation  = "activation"
	kindAccessKey   = "access-key"
	kindSetting     = "setting"
)

// Place is where engines keep the small record of a key, one that is neither a node nor an item: its value is JSON. The space is
// empty for those outside all spaces.
func Place(key muster.Key) (kind string, space muster.Space, name string, err error) {
	switch key := key.(type) {
	case muster.CustomTypeKey:
		return KindCustomType, key.Space, string(key.Type), nil
	case muster.SplitsKey:
		return kindSplits, key.Space, string(key.Type), nil
	case muster.DeletionKey:
		return kindDeletion, key.Space, key.ID, nil
	case muster.ClientTokenKey:
		return kindClientToken, key.Space, key.Token, nil
	case muster.AssociationKey:
		return KindAssociation, key.Space, string(key.ID), nil
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

// DecodeRecord is the way back: the key that has this place, and the value.
func DecodeRecord(kind string, space muster.Space, name string, text []byte) (key muster.Key, value muster.Record, err error) {
	switch kind {
	case KindCustomType:
		key, value = muster.CustomTypeKey{Space: space, Type: muster.TypeName(name)}, &muster.CustomType{}
	case kindSplits:
		key, value = muster.SplitsKey{Space: space, Type: muster.TypeName(name)}, &muster.Splits{}
	case kindDeletion:
		key, value = muster.DeletionKey{Space: space, ID: name}, &muster.Deletion{}
	case kindClientToken:
		key, value = muster.ClientTokenKey{Space: space, Token: name}, &muster.ClientToken{}
	case KindAssociation:
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
