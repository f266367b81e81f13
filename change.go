package muster

// Position orders commits. A later commit has a greater one; all changes of one call share theirs.
type Position uint64

// Change sets or removes one durable record. Applied twice it does the same as once.
type Change struct {
	Key   Key
	Value Record // nil: the record is gone
	At    Position
}

// Key names one durable record. Keys are comparable and have no pointers in them.
type Key interface{ key() }

// Record is the value of a key: the type named beside each key below.
type Record interface{ record() }

// The keys and, after the arrow, their records.
type (
	// NodeKey → *Node
	NodeKey struct {
		Space Space
		Node  NodeID
	}

	// ItemKey → *Item. SubType is the ComplianceType of an AWS:ComplianceItem or an AWS:ComplianceSummary and empty for every other
	// type: a put replaces all that has its key.
	ItemKey struct {
		Space   Space
		Node    NodeID
		Type    TypeName
		SubType string
	}

	// HistoryKey → *History: what the last reports changed in the item that has the same names, with which it goes.
	HistoryKey struct {
		Space   Space
		Node    NodeID
		Type    TypeName
		SubType string
	}

	// CustomTypeKey → *CustomType
	CustomTypeKey struct {
		Space Space
		Type  TypeName
	}

	// SplitsKey → *Splits
	SplitsKey struct {
		Space Space
		Type  TypeName
	}

	// DeletionKey → *Deletion. ID is a UUID.
	DeletionKey struct {
		Space Space
		ID    string
	}

	// ClientTokenKey → *ClientToken: which deletion a client's idempotency token has begun.
	ClientTokenKey struct {
		Space Space
		Token string
	}

	// AssociationKey → *Association
	AssociationKey struct {
		Space Space
		ID    AssociationID
	}

	// ExecutionKey → *Execution: one node's last run of an association.
	ExecutionKey struct {
		Space       Space
		Node        NodeID
		Association AssociationID
	}

	// ActivationKey → *Activation. ID is a UUID.
	ActivationKey struct {
		Space Space
		ID    string
	}

	// AccessKeyKey → *AccessKey
	AccessKeyKey struct {
		ID string
	}

	// SettingKey → *Setting: what all servers on one store share, such as the key that authenticates NextTokens.
	SettingKey struct {
		Name string
	}

	// RowKey names a dictionary row. It can only be removed, and only while no item has it: a put that needs the entry again adds
	// a row with a new number.
	RowKey struct {
		Space Space
		Type  TypeName
		ID    RowID
	}

	// CustomTypeCountKey → *Count, derived by the store: how many custom types the space has. It can be read, not written.
	CustomTypeCountKey struct {
		Space Space
	}

	// AssociationsKey → Associations, derived by the store: the associations of the space. It can be read, not written.
	AssociationsKey struct {
		Space Space
	}

	// CensusKey → *Census, derived by the store: the items of a type by schema version. It can be read, not written.
	CensusKey struct {
		Space Space
		Type  TypeName
	}

	// PublicKeyKey → *Holder, derived by a store that several servers share: which node has the public key, also if it was
	// deregistered since. It can be read, not written.
	PublicKeyKey struct {
		Space Space
		ID    PublicKeyID
	}

	// SubTypesKey → *SubTypes, derived by the store: the SubTypes under which a node holds items of a type. It can be read, not
	// written.
	SubTypesKey struct {
		Space Space
		Node  NodeID
		Type  TypeName
	}
)

func (NodeKey) key()            {}
func (ItemKey) key()            {}
func (HistoryKey) key()         {}
func (CustomTypeKey) key()      {}
func (SplitsKey) key()          {}
func (DeletionKey) key()        {}
func (ClientTokenKey) key()     {}
func (AssociationKey) key()     {}
func (ExecutionKey) key()       {}
func (ActivationKey) key()      {}
func (AccessKeyKey) key()       {}
func (SettingKey) key()         {}
func (RowKey) key()             {}
func (CustomTypeCountKey) key() {}
func (AssociationsKey) key()    {}
func (CensusKey) key()          {}
func (PublicKeyKey) key()       {}
func (SubTypesKey) key()        {}

// History is read by the one who asks for it, and never loaded.
type History struct {
	Packed []byte // see internal/history
}

// History is the key of the item's history.
func (k ItemKey) History() HistoryKey { return HistoryKey(k) }

// Splits says which attributes of a type are volatile: they hardly repeat, so their values are kept beside the dictionary rows.
// What was put by an older version stays as it is, so versions are added and never changed. Version 0 has no such attributes,
// version n those of Versions[n-1], sorted; the last is for what is put now.
type Splits struct {
	Versions [][]string `json:"versions"`
}

// At gives the volatile attributes of a version.
func (s *Splits) At(version uint32) []string {
	if version == 0 || s == nil || int(version) > len(s.Versions) {
		return nil
	}
	return s.Versions[version-1]
}

// Newest gives the volatile attributes of the version for what is put now.
func (s *Splits) Newest() []string { return s.At(s.Current()) }

// Current is the version for what is put now.
func (s *Splits) Current() uint32 {
	if s == nil {
		return 0
	}
	return uint32(len(s.Versions))
}

// ClientToken is the deletion that a token stands for, the request that it came with and what was answered.
type ClientToken struct {
	DeletionID string             `json:"deletionId"`
	Type       TypeName           `json:"type"`
	Option     SchemaDeleteOption `json:"option,omitempty"`
	Counts     []VersionCount     `json:"counts"`
}

// Setting is a small opaque value.
type Setting struct {
	Value []byte `json:"value"`
}

// Count is a number of records.
type Count struct {
	N int
}

// Associations is the associations that are stored.
type Associations map[AssociationID]*Association

// Census is the number of items by schema version, ascending.
type Census struct {
	Versions []VersionCount
}

// Holder is the node that has a key, empty if none has it.
type Holder struct {
	Node NodeID
}

// SubTypes is a list of names, ascending.
type SubTypes struct {
	Names []string
}

func (*Node) record()        {}
func (*Item) record()        {}
func (*History) record()     {}
func (*CustomType) record()  {}
func (*Splits) record()      {}
func (*Deletion) record()    {}
func (*ClientToken) record() {}
func (*Association) record() {}
func (*Execution) record()   {}
func (*Activation) record()  {}
func (*AccessKey) record()   {}
func (*Setting) record()     {}
func (*Count) record()       {}
func (Associations) record() {}
func (*Census) record()      {}
func (*Holder) record()      {}
func (*SubTypes) record()    {}
