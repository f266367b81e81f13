package ssmapi

import "muster"

// DeleteInventoryInput asks to delete a custom type's data. SchemaDeleteOption is nil to keep the schema.
type DeleteInventoryInput struct {
	TypeName           *muster.TypeName           `json:",omitzero" shape:"InventoryItemTypeName,required"`
	SchemaDeleteOption *muster.SchemaDeleteOption `json:",omitzero" shape:"InventorySchemaDeleteOption"`
	DryRun             bool                       `json:",omitzero"`
	ClientToken        *string                    `json:",omitzero" shape:"UUID"`
}

// DeleteInventoryOutput says what a deletion will delete. A dry run has no DeletionId.
type DeleteInventoryOutput struct {
	DeletionId      string `json:",omitzero"`
	TypeName        muster.TypeName
	DeletionSummary InventoryDeletionSummary
}

// InventoryDeletionSummary counts items, which is nodes that hold the type. Zeros are written.
type InventoryDeletionSummary struct {
	TotalCount     int
	RemainingCount int
	SummaryItems   []InventoryDeletionSummaryItem
}

// InventoryDeletionSummaryItem counts the items of one schema version.
type InventoryDeletionSummaryItem struct {
	Version        muster.Version
	Count          int
	RemainingCount int
}

// DescribeInventoryDeletionsInput asks for one deletion or, without an id, for those of the last 30 days.
type DescribeInventoryDeletionsInput struct {
	DeletionId *string `json:",omitzero" shape:"UUID"`
	NextToken  string  `json:",omitzero"`
	MaxResults *int32  `json:",omitzero" shape:"MaxResults"`
}

// DescribeInventoryDeletionsOutput is a page of deletions.
type DescribeInventoryDeletionsOutput struct {
	InventoryDeletions []InventoryDeletionStatusItem
	NextToken          string `json:",omitzero"`
}

// InventoryDeletionStatusItem is how far a deletion has come.
type InventoryDeletionStatusItem struct {
	DeletionId           string
	TypeName             muster.TypeName
	DeletionStartTime    Timestamp
	LastStatus           DeletionStatus
	LastStatusMessage    string
	DeletionSummary      InventoryDeletionSummary
	LastStatusUpdateTime Timestamp
}

// DeletionStatus says whether a deletion is done.
type DeletionStatus string

// The statuses of a deletion.
const (
	DeletionInProgress DeletionStatus = "InProgress"
	DeletionComplete   DeletionStatus = "Complete"
)
