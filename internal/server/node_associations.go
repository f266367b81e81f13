package server

import (
	"muster"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// association is the one that the node is to run, and what it told of it. It is handed no others, so that only this one counts.
func (n *managedNode) association() (a fleet.AssociationRecord, told *muster.Execution, ok bool) {
	if n.record.Gone() {
		return a, nil, false
	}
	for a := range n.orders.Of(n.id) {
		if e, has := n.fleet.Execution(n.space, n.id, a.ID); has {
			told = &e
		}
		return a, told, true
	}
	return a, nil, false
}

// documentName is the document of the node's association.
func (n *managedNode) documentName() string {
	if a, _, ok := n.association(); ok {
		return a.Document
	}
	return ""
}

// associationStatus is Success, Failed or, for all that is neither yet, Pending; empty without an association.
func (n *managedNode) associationStatus() string {
	a, told, ok := n.association()
	if !ok {
		return ""
	}
	switch status := a.DetailedStatus(told); status {
	case muster.ExecutionSuccess:
		return status
	case muster.ExecutionPending, muster.ExecutionInProgress, muster.AssociationUnrun:
		return muster.ExecutionPending
	}
	return muster.ExecutionFailed
}

// associationState is how the node's association is.
func (n *managedNode) associationState() (out ssmapi.AssociationState) {
	a, told, ok := n.association()
	if !ok {
		return out
	}
	detailed := a.DetailedStatus(told)
	out.AssociationStatus = n.associationStatus()
	out.AssociationOverview = &ssmapi.InstanceAggregatedAssociationOverview{
		DetailedStatus: detailed, InstanceAssociationStatusAggregatedCount: map[string]int{detailed: 1},
	}
	if told != nil {
		out.LastAssociationExecutionDate = ssmapi.Timestamp{Time: told.Executed.Time()}
		out.LastSuccessfulAssociationExecutionDate = ssmapi.Timestamp{Time: told.Succeeded.Time()}
	}
	return out
}
