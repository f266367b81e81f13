package ssmapi

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

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

	size int64 // of Content; known when the item was decoded
}

// ContentSize is Content.Size() of an item that was decoded, which measures on the way.
func (it *InventoryItem) ContentSize() int64 { return it.size }

// UnmarshalJSONFrom reads the members as they stand above.
func (it *InventoryItem) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type members InventoryItem
	err := json.UnmarshalDecode(dec, (*members)(it))
	it.size = it.Content.Size()
	return err
}

// PutInventoryOutput is the answer "{}".
type PutInventoryOutput struct {
	Message string `json:",omitzero"`
}

// ReporterHeader is the HTTP header in which muster's collector tells which host it runs on, so that two hosts that report under
// one node id are noticed. AWS has nothing like it.
const ReporterHeader = "X-Muster-Reporter"
