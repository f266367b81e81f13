package ssmapi

import "muster"

// CompareInventoryInput names two groups of nodes, each by a condition in the words of people, and empty for all nodes; this
// operation is muster's own.
type CompareInventoryInput struct {
	WhereA     string `json:",omitzero" shape:"FilterText"`
	WhereB     string `json:",omitzero" shape:"FilterText"`
	MaxResults *int32 `json:",omitzero" shape:"MaxDifferences"`
}

// CompareInventoryOutput is what sets them apart, the greatest difference first.
type CompareInventoryOutput struct {
	NodesA, NodesB int // how many nodes each group has
	Differences    []InventoryDifference
	More           bool // there are smaller ones
}

// InventoryDifference is something that the nodes of one group have more often.
type InventoryDifference struct {
	TypeName       muster.TypeName
	Entry          Attributes // those that tell it from other entries; empty for the type as such
	Where          string     // the condition that the nodes which have it pass
	NodesA, NodesB int        // how many of each group
	Points         float64    // the share of A that has it less that of B, in hundredths: from -100 to 100
}
