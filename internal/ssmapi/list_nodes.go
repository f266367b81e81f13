package ssmapi

import "muster"

// ListNodesInput asks for nodes.
type ListNodesInput struct {
	SyncName   *string          `json:",omitzero" shape:"ResourceDataSyncName"`
	Filters    List[NodeFilter] `json:",omitzero" shape:"NodeFilterList"`
	NextToken  string           `json:",omitzero"`
	MaxResults *int32           `json:",omitzero" shape:"MaxResults"`
}

// NodeFilter is one condition. Type is nil for Equal.
type NodeFilter struct {
	Key    *string      `json:",omitzero" shape:"NodeFilterKey,required"`
	Values List[string] `json:",omitzero" shape:"NodeFilterValueList,required,of=NodeFilterValue"`
	Type   *string      `json:",omitzero" shape:"NodeFilterOperatorType"`
}

// ListNodesOutput is a page of nodes.
type ListNodesOutput struct {
	Nodes     []Node
	NextToken string `json:",omitzero"`
}

// Node is a node in the words of this operation.
type Node struct {
	CaptureTime Timestamp `json:",omitzero"`
	Id          muster.NodeID
	Owner       NodeOwnerInfo
	Region      muster.Region
	NodeType    NodeType
}

// NodeOwnerInfo says whose the node is.
type NodeOwnerInfo struct {
	AccountId muster.AccountID
}

// NodeType is a union of one.
type NodeType struct {
	Instance InstanceInfo
}

// InstanceInfo is what AWS:InstanceInformation has, and whether the node is managed.
type InstanceInfo struct {
	AgentType       string `json:",omitzero"`
	AgentVersion    string `json:",omitzero"`
	ComputerName    string `json:",omitzero"`
	InstanceStatus  string `json:",omitzero"`
	IpAddress       string `json:",omitzero"`
	ManagedStatus   string `json:",omitzero"`
	PlatformType    string `json:",omitzero"`
	PlatformName    string `json:",omitzero"`
	PlatformVersion string `json:",omitzero"`
	ResourceType    string `json:",omitzero"`
}

// ListNodesSummaryInput asks how many nodes there are.
type ListNodesSummaryInput struct {
	SyncName    *string              `json:",omitzero" shape:"ResourceDataSyncName"`
	Filters     List[NodeFilter]     `json:",omitzero" shape:"NodeFilterList"`
	Aggregators List[NodeAggregator] `json:",omitzero" shape:"NodeAggregatorList,required"`
	NextToken   string               `json:",omitzero"`
	MaxResults  *int32               `json:",omitzero" shape:"MaxResults"`
}

// NodeAggregator counts nodes by an attribute.
type NodeAggregator struct {
	AggregatorType *string              `json:",omitzero" shape:"NodeAggregatorType,required"`
	TypeName       *string              `json:",omitzero" shape:"NodeTypeName,required"`
	AttributeName  *string              `json:",omitzero" shape:"NodeAttributeName,required"`
	Aggregators    List[NodeAggregator] `json:",omitzero" shape:"NodeAggregatorList"`
}

// ListNodesSummaryOutput is a page of rows: the Count, and the values it is of.
type ListNodesSummaryOutput struct {
	Summary   Entries
	NextToken string `json:",omitzero"`
}
