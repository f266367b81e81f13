package ssmapi

import "muster"

// GetInventorySchemaInput asks for the attributes of types; an empty TypeName means all.
type GetInventorySchemaInput struct {
	TypeName   muster.TypeName `json:",omitzero" shape:"InventoryItemTypeNameFilter"`
	NextToken  string          `json:",omitzero"`
	MaxResults *int32          `json:",omitzero" shape:"GetInventorySchemaMaxResults"`
	Aggregator bool            `json:",omitzero"`
	SubType    bool            `json:",omitzero"`
}

// GetInventorySchemaOutput is a page of schemas.
type GetInventorySchemaOutput struct {
	Schemas   []InventoryItemSchema
	NextToken string `json:",omitzero"`
}

// InventoryItemSchema is one version of a type.
type InventoryItemSchema struct {
	TypeName    muster.TypeName
	Version     muster.Version `json:",omitzero"`
	Attributes  []InventoryItemAttribute
	DisplayName string `json:",omitzero"`
}

// InventoryItemAttribute is an attribute of a schema.
type InventoryItemAttribute struct {
	Name     string
	DataType DataType
}

// DataType is the kind of an attribute's values.
type DataType string

// The data types, in capitals as AWS answers them; its model has them in lower case.
const (
	DataTypeString DataType = "STRING"
	DataTypeNumber DataType = "NUMBER"
)
