package ssmapi

// QueryInventoryInput is a GetInventory with one more condition on the nodes, in the words of people; this operation is muster's
// own.
type QueryInventoryInput struct {
	Where            string                    `json:",omitzero" shape:"FilterText"`
	Filters          List[InventoryFilter]     `json:",omitzero" shape:"InventoryFilterList"`
	Aggregators      List[InventoryAggregator] `json:",omitzero" shape:"InventoryAggregatorList"`
	ResultAttributes List[ResultAttribute]     `json:",omitzero" shape:"ResultAttributeList"`
	NextToken        string                    `json:",omitzero"`
	MaxResults       *int32                    `json:",omitzero" shape:"MaxResults"`
}

// GetInventory is the input without Where.
func (in *QueryInventoryInput) GetInventory() *GetInventoryInput {
	return &GetInventoryInput{
		Filters: in.Filters, Aggregators: in.Aggregators, ResultAttributes: in.ResultAttributes,
		NextToken: in.NextToken, MaxResults: in.MaxResults,
	}
}
