package ssmapi

import "muster"

// ListInventoryChangesInput asks for what the last reports of a node changed, of one type or of all; this operation is muster's own.
type ListInventoryChangesInput struct {
	InstanceId *muster.NodeID   `json:",omitzero" shape:"InstanceId,required"`
	TypeName   *muster.TypeName `json:",omitzero" shape:"InventoryItemTypeName"`
}

// Node is the node that the call is about, empty if it names none.
func (in *ListInventoryChangesInput) Node() muster.NodeID { return value(in.InstanceId) }

// ListInventoryChangesOutput is the changes, the newest first.
type ListInventoryChangesOutput struct {
	InstanceId muster.NodeID
	Changes    []InventoryChange
}

// InventoryChange is what one report changed in the entries of a type.
type InventoryChange struct {
	TypeName       muster.TypeName
	ComplianceType string             `json:",omitzero"` // of AWS:ComplianceItem
	ReportedTime   Timestamp          // by the server's clock
	CaptureTime    muster.CaptureTime `json:",omitzero"`

	Added, Removed, Changed int           // entries, in all
	Entries                 []EntryChange // as many of them as are kept
	Unknown                 bool          `json:",omitzero"` // it is not known what the report changed, if anything
}

// EntryChange is an entry before and after the report. One that was added has no Before, one that was removed no After.
type EntryChange struct {
	Before Attributes `json:",omitzero"`
	After  Attributes `json:",omitzero"`
}
