package ssmapi

// ExplainInventoryInput is a GetInventory whose answer nobody wants; this operation is muster's own.
type ExplainInventoryInput = GetInventoryInput

// ExplainInventoryOutput is how the question was answered.
type ExplainInventoryOutput struct {
	Plan         []string // the steps, in order, in words that may change
	RowsVisited  int      // distinct entries, and entries of nodes, that were looked at one by one
	NodesVisited int      // nodes whose entries were looked at one by one
	Entities     int      // in the answer's page
	Milliseconds float64  // without decoding the request and encoding the answer
}
