package ssmapi

import (
	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

// Parameters are what an association gives its document: a list of values by name.
type Parameters map[string][]string

// Target is a choice of nodes.
type Target struct {
	Key    string   `json:",omitzero" shape:"TargetKey"`
	Values []string `json:",omitzero" shape:"TargetValues"`
}

// AssociationSettings are the members that making and changing an association have in common.
type AssociationSettings struct {
	AssociationName         string       `json:",omitzero" shape:"AssociationName"`
	DocumentVersion         string       `json:",omitzero" shape:"DocumentVersion"`
	Parameters              Parameters   `json:",omitzero"`
	Targets                 List[Target] `json:",omitzero" shape:"Targets"`
	ScheduleExpression      string       `json:",omitzero" shape:"ScheduleExpression"`
	ApplyOnlyAtCronInterval bool         `json:",omitzero"`
	ComplianceSeverity      string       `json:",omitzero" shape:"AssociationComplianceSeverity"`
	SyncCompliance          string       `json:",omitzero" shape:"AssociationSyncCompliance"`
	MaxErrors               string       `json:",omitzero" shape:"MaxErrors"`
	MaxConcurrency          string       `json:",omitzero" shape:"MaxConcurrency"`

	// What is not served: it is known so that it can be refused.
	OutputLocation                jsontext.Value `json:",omitzero"`
	AutomationTargetParameterName jsontext.Value `json:",omitzero"`
	CalendarNames                 jsontext.Value `json:",omitzero"`
	TargetLocations               jsontext.Value `json:",omitzero"`
	TargetMaps                    jsontext.Value `json:",omitzero"`
	ScheduleOffset                jsontext.Value `json:",omitzero"`
	Duration                      jsontext.Value `json:",omitzero"`
	AlarmConfiguration            jsontext.Value `json:",omitzero"`
	AssociationDispatchAssumeRole jsontext.Value `json:",omitzero"`
}

// CreateAssociationInput asks for an association. InstanceId is the old way to say for which node.
type CreateAssociationInput struct {
	Name       *string       `json:",omitzero" shape:"DocumentARN,required"`
	InstanceId muster.NodeID `json:",omitzero" shape:"InstanceId"`
	AssociationSettings
}

// UpdateAssociationInput replaces an association. Name and Targets stay if they are left out; anything else does not.
type UpdateAssociationInput struct {
	AssociationId      *muster.AssociationID `json:",omitzero" shape:"AssociationId,required"`
	AssociationVersion string                `json:",omitzero" shape:"AssociationVersion"`
	Name               string                `json:",omitzero" shape:"DocumentARN"`
	AssociationSettings
}

// AssociationOutput is the association as it is now: the answer of making, changing and describing one.
type AssociationOutput struct {
	AssociationDescription AssociationDescription
}

// DescribeAssociationInput names an association by its id, or by its document and the node that it was made for.
type DescribeAssociationInput struct {
	AssociationId      muster.AssociationID `json:",omitzero" shape:"AssociationId"`
	AssociationVersion string               `json:",omitzero" shape:"AssociationVersion"`
	Name               string               `json:",omitzero" shape:"DocumentARN"`
	InstanceId         muster.NodeID        `json:",omitzero" shape:"InstanceId"`
}

// DeleteAssociationInput names an association likewise.
type DeleteAssociationInput struct {
	AssociationId muster.AssociationID `json:",omitzero" shape:"AssociationId"`
	Name          string               `json:",omitzero" shape:"DocumentARN"`
	InstanceId    muster.NodeID        `json:",omitzero" shape:"InstanceId"`
}

// DeleteAssociationOutput is the answer "{}".
type DeleteAssociationOutput struct{}

// StartAssociationsOnceInput names the associations that nodes are to run at once.
type StartAssociationsOnceInput struct {
	AssociationIds List[string] `json:",omitzero" shape:"AssociationIdList,of=AssociationId,required"`
}

// StartAssociationsOnceOutput is the answer "{}".
type StartAssociationsOnceOutput struct{}

// ListAssociationsInput asks for the associations that pass all filters.
type ListAssociationsInput struct {
	AssociationFilterList List[AssociationFilter] `json:",omitzero" shape:"AssociationFilterList"`
	MaxResults            *int32                  `json:",omitzero" shape:"MaxResults"`
	NextToken             string                  `json:",omitzero"`
}

// AssociationFilter is a member that an association must have.
type AssociationFilter struct {
	Key   *string `json:"key,omitzero" shape:"AssociationFilterKey,required"`
	Value *string `json:"value,omitzero" shape:"AssociationFilterValue,required"`
}

// ListAssociationsOutput is a page of associations.
type ListAssociationsOutput struct {
	Associations []Association
	NextToken    string `json:",omitzero"`
}

// Association is an association in short.
type Association struct {
	Name               string
	InstanceId         muster.NodeID `json:",omitzero"`
	AssociationId      muster.AssociationID
	AssociationVersion string
	DocumentVersion    string `json:",omitzero"`
	Targets            []Target
	LastExecutionDate  *Timestamp `json:",omitzero"`
	Overview           AssociationOverview
	ScheduleExpression string `json:",omitzero"`
	AssociationName    string `json:",omitzero"`
}

// AssociationOverview is how the last runs of an association went.
type AssociationOverview struct {
	Status                           string
	DetailedStatus                   string
	AssociationStatusAggregatedCount map[string]int `json:",omitzero"`
}

// AssociationDescription is all there is to know of an association.
type AssociationDescription struct {
	Name                        string
	InstanceId                  muster.NodeID `json:",omitzero"`
	AssociationId               muster.AssociationID
	AssociationName             string `json:",omitzero"`
	AssociationVersion          string
	Date                        Timestamp
	LastUpdateAssociationDate   Timestamp
	Overview                    AssociationOverview
	DocumentVersion             string     `json:",omitzero"`
	Parameters                  Parameters `json:",omitzero"`
	Targets                     []Target
	ScheduleExpression          string     `json:",omitzero"`
	LastExecutionDate           *Timestamp `json:",omitzero"`
	LastSuccessfulExecutionDate *Timestamp `json:",omitzero"`
	MaxErrors                   string     `json:",omitzero"`
	MaxConcurrency              string     `json:",omitzero"`
	ComplianceSeverity          string     `json:",omitzero"`
	SyncCompliance              string     `json:",omitzero"`
	ApplyOnlyAtCronInterval     bool
}
