package ssmapi

import "muster"

// UpdateInstanceInformationInput is a ping of a node's agent. The operation is not in the public model; the agent sends members
// empty that it knows nothing of. Those of a short ping are AgentName, AgentVersion, InstanceId and PlatformType.
type UpdateInstanceInformationInput struct {
	InstanceId      *muster.NodeID `json:",omitzero" shape:"InstanceId,required"`
	AgentName       string         `json:",omitzero" shape:"PingText"`
	AgentVersion    string         `json:",omitzero" shape:"PingText"`
	ComputerName    string         `json:",omitzero" shape:"PingText"`
	IPAddress       string         `json:",omitzero" shape:"PingText"`
	PlatformName    string         `json:",omitzero" shape:"PingText"`
	PlatformType    string         `json:",omitzero" shape:"PingText"`
	PlatformVersion string         `json:",omitzero" shape:"PingText"`
}

// Node is the node that pings.
func (in *UpdateInstanceInformationInput) Node() muster.NodeID { return value(in.InstanceId) }

// UpdateInstanceInformationOutput is the answer "{}".
type UpdateInstanceInformationOutput struct{}

// DescribeInstanceInformationInput asks for the nodes that are there: neither stopped nor terminated. It has filters of the one or
// of the other form.
type DescribeInstanceInformationInput struct {
	InstanceInformationFilterList List[InstanceInformationFilter]       `json:",omitzero" shape:"InstanceInformationFilterList"`
	Filters                       List[InstanceInformationStringFilter] `json:",omitzero" shape:"InstanceInformationStringFilterList"`
	MaxResults                    *int32                                `json:",omitzero" shape:"MaxResultsEC2Compatible"`
	NextToken                     string                                `json:",omitzero"`
}

// InstanceInformationFilter is the older form. Its members have lower-case names.
type InstanceInformationFilter struct {
	Key      *string      `json:"key,omitzero" shape:"InstanceInformationFilterKey,required"`
	ValueSet List[string] `json:"valueSet,omitzero" shape:"InstanceInformationFilterValueSet,required,of=InstanceInformationFilterValue"`
}

// InstanceInformationStringFilter is the newer form, whose keys are free.
type InstanceInformationStringFilter struct {
	Key    *string      `json:",omitzero" shape:"InstanceInformationStringFilterKey,required"`
	Values List[string] `json:",omitzero" shape:"InstanceInformationFilterValueSet,required,of=InstanceInformationFilterValue"`
}

// DescribeInstanceInformationOutput is a page of nodes.
type DescribeInstanceInformationOutput struct {
	InstanceInformationList []InstanceInformation
	NextToken               string `json:",omitzero"`
}

// InstanceInformation is a node. AWS's IsLatestVersion is left out: muster does not know which version is the latest.
type InstanceInformation struct {
	InstanceId       muster.NodeID
	PingStatus       string
	LastPingDateTime Timestamp `json:",omitzero"`
	AgentVersion     string    `json:",omitzero"`
	PlatformType     string    `json:",omitzero"`
	PlatformName     string    `json:",omitzero"`
	PlatformVersion  string    `json:",omitzero"`
	ActivationId     string    `json:",omitzero"`
	IamRole          string    `json:",omitzero"`
	RegistrationDate Timestamp `json:",omitzero"`
	ResourceType     string
	Name             string `json:",omitzero"`
	IPAddress        string `json:",omitzero"`
	ComputerName     string `json:",omitzero"`
	SourceId         string `json:",omitzero"`
	SourceType       string `json:",omitzero"`
	AssociationState
}

// AssociationState is how a node's associations are, as far as it has any.
type AssociationState struct {
	AssociationStatus                      string                                 `json:",omitzero"`
	LastAssociationExecutionDate           Timestamp                              `json:",omitzero"`
	LastSuccessfulAssociationExecutionDate Timestamp                              `json:",omitzero"`
	AssociationOverview                    *InstanceAggregatedAssociationOverview `json:",omitzero"`
}

// InstanceAggregatedAssociationOverview counts the associations of a node by status.
type InstanceAggregatedAssociationOverview struct {
	DetailedStatus                           string         `json:",omitzero"`
	InstanceAssociationStatusAggregatedCount map[string]int `json:",omitzero"`
}

// DescribeInstancePropertiesInput asks for the same nodes, with filters that may have operators.
type DescribeInstancePropertiesInput struct {
	InstancePropertyFilterList List[InstancePropertyFilter]       `json:",omitzero" shape:"InstancePropertyFilterList"`
	FiltersWithOperator        List[InstancePropertyStringFilter] `json:",omitzero" shape:"InstancePropertyStringFilterList"`
	MaxResults                 *int32                             `json:",omitzero" shape:"DescribeInstancePropertiesMaxResults"`
	NextToken                  string                             `json:",omitzero"`
}

// InstancePropertyFilter is the older form. Its members have lower-case names.
type InstancePropertyFilter struct {
	Key      *string      `json:"key,omitzero" shape:"InstancePropertyFilterKey,required"`
	ValueSet List[string] `json:"valueSet,omitzero" shape:"InstancePropertyFilterValueSet,required,of=InstancePropertyFilterValue"`
}

// InstancePropertyStringFilter is the newer form. Operator is nil for Equal.
type InstancePropertyStringFilter struct {
	Key      *string      `json:",omitzero" shape:"InstancePropertyStringFilterKey,required"`
	Values   List[string] `json:",omitzero" shape:"InstancePropertyFilterValueSet,required,of=InstancePropertyFilterValue"`
	Operator *string      `json:",omitzero" shape:"InstancePropertyFilterOperator"`
}

// DescribeInstancePropertiesOutput is a page of nodes.
type DescribeInstancePropertiesOutput struct {
	InstanceProperties []InstanceInformation // of AWS's InstanceProperty what muster knows, which is the same
	NextToken          string                `json:",omitzero"`
}

// GetConnectionStatusInput asks whether a node is connected.
type GetConnectionStatusInput struct {
	Target *string `json:",omitzero" shape:"SessionTarget,required"`
}

// GetConnectionStatusOutput says "connected" or "notconnected".
type GetConnectionStatusOutput struct {
	Target string
	Status string
}
