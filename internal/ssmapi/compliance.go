package ssmapi

import "muster"

// PutComplianceItemsInput is what is known of a node's compliance of one type.
type PutComplianceItemsInput struct {
	ResourceId       *muster.NodeID              `json:",omitzero" shape:"ComplianceResourceId,required"`
	ResourceType     *string                     `json:",omitzero" shape:"ComplianceResourceType,required"`
	ComplianceType   *string                     `json:",omitzero" shape:"ComplianceTypeName,required"`
	ExecutionSummary *ComplianceExecutionSummary `json:",omitzero" shape:",required"`
	Items            List[ComplianceItemEntry]   `json:",omitzero" shape:"ComplianceItemEntryList,required"`
	ItemContentHash  muster.ContentHash          `json:",omitzero" shape:"ComplianceItemContentHash"`
	UploadType       string                      `json:",omitzero" shape:"ComplianceUploadType"`
}

// Node is the node that the call is about, empty if it names none.
func (in *PutComplianceItemsInput) Node() muster.NodeID { return value(in.ResourceId) }

// ComplianceExecutionSummary is the run that found it out.
type ComplianceExecutionSummary struct {
	ExecutionTime *Timestamp `json:",omitzero" shape:",required"`
	ExecutionId   string     `json:",omitzero" shape:"ComplianceExecutionId"`
	ExecutionType string     `json:",omitzero" shape:"ComplianceExecutionType"`
}

// ComplianceItemEntry is one thing that a node complies with, or does not.
type ComplianceItemEntry struct {
	Id       *string    `json:",omitzero"`
	Title    *string    `json:",omitzero" shape:"ComplianceItemTitle"`
	Severity *string    `json:",omitzero" shape:"ComplianceSeverity,required"`
	Status   *string    `json:",omitzero" shape:"ComplianceStatus,required"`
	Details  Attributes `json:",omitzero" shape:""`
}

// PutComplianceItemsOutput is the answer "{}".
type PutComplianceItemsOutput struct{}

// ComplianceFilter is a condition on compliance. Type is spelled as in the model, EQUAL, or as AWS's samples do, Equal.
type ComplianceFilter struct {
	Key    string       `json:",omitzero" shape:"ComplianceStringFilterKey"`
	Values List[string] `json:",omitzero" shape:"ComplianceStringFilterValueList"`
	Type   string       `json:",omitzero" shape:"ComplianceQueryOperatorType"`
}

// ListComplianceItemsInput asks for the items of nodes.
type ListComplianceItemsInput struct {
	Filters       List[ComplianceFilter] `json:",omitzero" shape:""`
	ResourceIds   List[string]           `json:",omitzero" shape:"ComplianceResourceIdList,of=ComplianceResourceId"`
	ResourceTypes List[string]           `json:",omitzero" shape:"ComplianceResourceTypeList,of=ComplianceResourceType"`
	NextToken     string                 `json:",omitzero"`
	MaxResults    *int32                 `json:",omitzero" shape:"MaxResults"`
}

// ListComplianceItemsOutput is a page of them.
type ListComplianceItemsOutput struct {
	ComplianceItems []ComplianceItem
	NextToken       string `json:",omitzero"`
}

// ComplianceItem is one of them. Title and Status may be empty, and absent.
type ComplianceItem struct {
	ComplianceType   string
	ResourceType     string
	ResourceId       muster.NodeID
	Id               *string `json:",omitzero"`
	Title            *string `json:",omitzero"`
	Status           *string `json:",omitzero"`
	Severity         *string `json:",omitzero"`
	ExecutionSummary ComplianceExecutionSummary
	Details          Attributes `json:",omitzero"`
}

// ComplianceSummariesInput asks for counts, by type or by node and type.
type ComplianceSummariesInput struct {
	Filters    List[ComplianceFilter] `json:",omitzero" shape:""`
	NextToken  string                 `json:",omitzero"`
	MaxResults *int32                 `json:",omitzero" shape:"MaxResults"`
}

// ListComplianceSummariesOutput has an item for each compliance type.
type ListComplianceSummariesOutput struct {
	ComplianceSummaryItems []ComplianceSummaryItem
	NextToken              string `json:",omitzero"`
}

// ComplianceSummaryItem counts nodes.
type ComplianceSummaryItem struct {
	ComplianceType      string
	CompliantSummary    CompliantSummary
	NonCompliantSummary NonCompliantSummary
}

// CompliantSummary counts what complies.
type CompliantSummary struct {
	CompliantCount  int
	SeveritySummary SeveritySummary
}

// NonCompliantSummary counts what does not.
type NonCompliantSummary struct {
	NonCompliantCount int
	SeveritySummary   SeveritySummary
}

// SeveritySummary counts by severity.
type SeveritySummary struct {
	CriticalCount      int
	HighCount          int
	MediumCount        int
	LowCount           int
	InformationalCount int
	UnspecifiedCount   int
}

// ListResourceComplianceSummariesOutput is a page of items, one for each node and compliance type.
type ListResourceComplianceSummariesOutput struct {
	ResourceComplianceSummaryItems []ResourceComplianceSummaryItem
	NextToken                      string `json:",omitzero"`
}

// ResourceComplianceSummaryItem counts the items of one node.
type ResourceComplianceSummaryItem struct {
	ComplianceType      string
	ResourceType        string
	ResourceId          muster.NodeID
	Status              string
	OverallSeverity     string
	ExecutionSummary    ComplianceExecutionSummary
	CompliantSummary    CompliantSummary
	NonCompliantSummary NonCompliantSummary
}
