package ssmapi

import "muster"

// GetInventoryInput asks about the fleet.
type GetInventoryInput struct {
	Filters          List[InventoryFilter]     `json:",omitzero" shape:"InventoryFilterList"`
	Aggregators      List[InventoryAggregator] `json:",omitzero" shape:"InventoryAggregatorList"`
	ResultAttributes List[ResultAttribute]     `json:",omitzero" shape:"ResultAttributeList"`
	NextToken        string                    `json:",omitzero"`
	MaxResults       *int32                    `json:",omitzero" shape:"MaxResults"`
}

// InventoryFilter is one condition. Type is nil for Equal.
type InventoryFilter struct {
	Key    *string      `json:",omitzero" shape:"InventoryFilterKey,required"`
	Values List[string] `json:",omitzero" shape:"InventoryFilterValueList,required"`
	Type   *string      `json:",omitzero" shape:"InventoryQueryOperatorType"`
}

// InventoryAggregator counts nodes, by an attribute or by groups.
type InventoryAggregator struct {
	Expression  *string                   `json:",omitzero" shape:"InventoryAggregatorExpression"`
	Aggregators List[InventoryAggregator] `json:",omitzero" shape:"InventoryAggregatorList"`
	Groups      List[InventoryGroup]      `json:",omitzero" shape:"InventoryGroupList"`
}

// InventoryGroup is a named condition.
type InventoryGroup struct {
	Name    *string               `json:",omitzero" shape:"InventoryGroupName,required"`
	Filters List[InventoryFilter] `json:",omitzero" shape:"InventoryFilterList,required"`
}

// ResultAttribute names the type that the answer shows of each node.
type ResultAttribute struct {
	TypeName *muster.TypeName `json:",omitzero" shape:"InventoryItemTypeName,required"`
}

// GetInventoryOutput is a page of entities.
type GetInventoryOutput struct {
	Entities  []InventoryResultEntity
	NextToken string `json:",omitzero"`
}

// InventoryResultEntity is a node with its data by type or, without an Id, the counts of an aggregation by type or group.
type InventoryResultEntity struct {
	Id   string `json:",omitzero"`
	Data map[string]InventoryResultItem
}

// InventoryResultItem is one type's data. The model requires TypeName and SchemaVersion, yet counts come without.
type InventoryResultItem struct {
	TypeName      muster.TypeName    `json:",omitzero"`
	SchemaVersion muster.Version     `json:",omitzero"`
	CaptureTime   muster.CaptureTime `json:",omitzero"`
	Content       Entries
}
