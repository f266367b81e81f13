package ssmapi

import "muster"

// PutInventoryInput is what one node reports.
type PutInventoryInput struct {
	InstanceId *muster.NodeID      `json:",omitzero" shape:"InstanceId,required"`
	Items      List[InventoryItem] `json:",omitzero" shape:"InventoryItemList,required"`
}

// Node is the node that the call is about, empty if it names none.
func (in *PutInventoryInput) Node() muster.NodeID { return value(in.InstanceId) }

// InventoryItem is one type's part of a report. Content is nil where only the hash was sent, and empty where the node says that
// it has no entries.
type InventoryItem struct {
	TypeName      *muster.TypeName    `json:",omitzero" shape:"InventoryItemTypeName,required"`
	SchemaVersion *muster.Version     `json:",omitzero" shape:"InventoryItemSchemaVersion,required"`
	CaptureTime   *muster.CaptureTime `json:",omitzero" shape:"InventoryItemCaptureTime,required"`
	ContentHash   muster.ContentHash  `json:",omitzero" shape:"InventoryItemContentHash"`
	Content       Entries             `json:",omitzero" shape:"InventoryItemEntryList"`
	Context       Attributes          `json:",omitzero" shape:"InventoryItemContentContext"`
}

// PutInventoryOutput is the answer "{}".
type PutInventoryOutput struct {
	Message string `json:",omitzero"`
}

// ReporterHeader is the HTTP header in which muster's collector tells which host it runs on, so that two hosts that report under
// one node id are noticed. AWS has nothing like it.
const ReporterHeader = "X-Muster-Reporter"
