package ssmapi

import "muster"

// ListInventoryEntriesInput asks for the rows of one type on one node.
type ListInventoryEntriesInput struct {
	InstanceId *muster.NodeID        `json:",omitzero" shape:"InstanceId,required"`
	TypeName   *muster.TypeName      `json:",omitzero" shape:"InventoryItemTypeName,required"`
	Filters    List[InventoryFilter] `json:",omitzero" shape:"InventoryFilterList"`
	NextToken  string                `json:",omitzero"`
	MaxResults *int32                `json:",omitzero" shape:"MaxResults"`
}

// Node is the node that the call is about, empty if it names none.
func (in *ListInventoryEntriesInput) Node() muster.NodeID { return value(in.InstanceId) }

// ListInventoryEntriesOutput is a page of rows. The members before Entries repeat on each page.
type ListInventoryEntriesOutput struct {
	TypeName      muster.TypeName    `json:",omitzero"`
	InstanceId    muster.NodeID      `json:",omitzero"`
	SchemaVersion muster.Version     `json:",omitzero"`
	CaptureTime   muster.CaptureTime `json:",omitzero"`
	Entries       Entries
	NextToken     string `json:",omitzero"`
}
