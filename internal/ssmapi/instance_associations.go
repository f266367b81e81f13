package ssmapi

import "muster"

// ListInstanceAssociationsInput is a node that asks what it is to run. Only the agent calls it.
type ListInstanceAssociationsInput struct {
	InstanceId *muster.NodeID `json:",omitzero" shape:"InstanceId,required"`
	MaxResults *int32         `json:",omitzero" shape:"MaxResults"`
	NextToken  string         `json:",omitzero"`
}

// Node is the node that the call is about, empty if it names none.
func (in *ListInstanceAssociationsInput) Node() muster.NodeID { return value(in.InstanceId) }

// ListInstanceAssociationsOutput is what it is to run.
type ListInstanceAssociationsOutput struct {
	Associations []InstanceAssociation
}

// InstanceAssociation is an association as a node needs it. Without the members that are always there the agent dies, or never runs
// it, or never notices that it changed.
type InstanceAssociation struct {
	AssociationId      muster.AssociationID
	AssociationName    string `json:",omitzero"`
	AssociationVersion string
	Name               string
	DocumentVersion    string
	InstanceId         muster.NodeID
	Checksum           string
	DetailedStatus     string
	Parameters         Parameters `json:",omitzero"`
	Targets            []Target
	ScheduleExpression string     `json:",omitzero"`
	LastExecutionDate  *Timestamp `json:",omitzero"`
}

// UpdateInstanceAssociationStatusInput is a node that tells how a run goes. Only the agent calls it.
type UpdateInstanceAssociationStatusInput struct {
	AssociationId   *muster.AssociationID `json:",omitzero" shape:"AssociationId,required"`
	InstanceId      *muster.NodeID        `json:",omitzero" shape:"InstanceId,required"`
	ExecutionResult *ExecutionResult      `json:",omitzero" shape:",required"`
}

// Node is the node that the call is about, empty if it names none.
func (in *UpdateInstanceAssociationStatusInput) Node() muster.NodeID { return value(in.InstanceId) }

// ExecutionResult is how far a run is. Empty texts are normal.
type ExecutionResult struct {
	Status           *string    `json:",omitzero" shape:"ExecutionStatus,required"`
	ErrorCode        string     `json:",omitzero" shape:"ExecutionText"`
	ExecutionDate    *Timestamp `json:",omitzero" shape:",required"`
	ExecutionSummary string     `json:",omitzero" shape:"ExecutionText"`
}

// UpdateInstanceAssociationStatusOutput is the answer "{}".
type UpdateInstanceAssociationStatusOutput struct{}

// DescribeInstanceAssociationsStatusInput asks how a node's runs went.
type DescribeInstanceAssociationsStatusInput struct {
	InstanceId *muster.NodeID `json:",omitzero" shape:"InstanceId,required"`
	MaxResults *int32         `json:",omitzero" shape:"MaxResults"`
	NextToken  string         `json:",omitzero"`
}

// DescribeInstanceAssociationsStatusOutput is a page of the associations that target the node.
type DescribeInstanceAssociationsStatusOutput struct {
	InstanceAssociationStatusInfos []InstanceAssociationStatusInfo
	NextToken                      string `json:",omitzero"`
}

// InstanceAssociationStatusInfo is how a node's last run of an association went.
type InstanceAssociationStatusInfo struct {
	AssociationId      muster.AssociationID
	AssociationName    string `json:",omitzero"`
	AssociationVersion string
	Name               string
	DocumentVersion    string
	InstanceId         muster.NodeID
	ExecutionDate      *Timestamp `json:",omitzero"`
	Status             string
	DetailedStatus     string
	ExecutionSummary   string `json:",omitzero"`
	ErrorCode          string `json:",omitzero"`
}
