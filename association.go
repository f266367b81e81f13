package muster

import "time"

// AssociationID is a UUID.
type AssociationID string

// Association is a standing order: the nodes that it targets run its document, by its schedule. Text that clients alone give a
// meaning to is kept as they wrote it.
type Association struct {
	Document        string              `json:"document"`
	DocumentVersion string              `json:"documentVersion,omitempty"`
	Name            string              `json:"name,omitempty"`
	Node            NodeID              `json:"node,omitempty"` // if it was made for one node, in the old way; Targets has it, too
	Targets         []Target            `json:"targets"`
	Parameters      map[string][]string `json:"parameters,omitempty"`
	Schedule        string              `json:"schedule,omitempty"`       // rate(…) or cron(…); without one it runs once
	OnlyAtSchedule  bool                `json:"onlyAtSchedule,omitempty"` // and not when it is made or changed
	Severity        string              `json:"severity,omitempty"`       // of a node's non-compliance
	Sync            string              `json:"sync,omitempty"`           // AUTO or MANUAL: whose business its compliance is
	MaxErrors       string              `json:"maxErrors,omitempty"`
	MaxConcurrency  string              `json:"maxConcurrency,omitempty"`
	Version         int                 `json:"version"` // counts its changes from 1
	Created         time.Time           `json:"created"`
	Updated         time.Time           `json:"updated"`

	// Due is when it was last ordered to run at once: a node that has not begun a run since then does so at its next poll.
	Due time.Time `json:"due,omitzero"`

	// Deleted is the default association's alone, which would else come back.
	Deleted bool `json:"deleted,omitempty"`
}

// Touch notes that the association was made or changed.
func (a *Association) Touch(now time.Time) {
	a.Updated = now
	if !a.OnlyAtSchedule {
		a.Due = now
	}
}

// Target is a choice of nodes: those that have one of the values. An association's targets must all hold.
type Target struct {
	Key    string   `json:"key"` // "InstanceIds", "tag-key", or "tag:" and a tag's key
	Values []string `json:"values"`
}

// The statuses of a run that the server itself has to know. AssociationUnrun is a node's that has not run it and is not to at once.
const (
	ExecutionPending    = "Pending"
	ExecutionInProgress = "InProgress"
	ExecutionSuccess    = "Success"
	ExecutionFailed     = "Failed"
	AssociationUnrun    = "Associated"
)

// DetailedStatus is what the node that told e is to think of the association, nil if it told nothing: by Pending it runs at once.
func (a *Association) DetailedStatus(e *Execution) string {
	switch {
	case e == nil && a.OnlyAtSchedule && !a.Due.After(a.Updated):
		return AssociationUnrun
	case e == nil, a.Since(e.Begun):
		return ExecutionPending
	}
	return e.Status
}

// Since says whether the association was ordered to run after a run that began then.
func (a *Association) Since(begun Nanos) bool { return begun < NanosOf(a.Due) }

// LastExecution is when the node that told e is to think that it last ran the association, zero for never, upon which it runs at
// once: so an association that is to wait for its schedule counts as run when it was made.
func (a *Association) LastExecution(e *Execution) time.Time {
	switch {
	case e != nil:
		return e.Executed.Time()
	case a.OnlyAtSchedule:
		return a.Updated
	}
	return time.Time{}
}

// Execution is a node's last run of an association, as the node tells it.
type Execution struct {
	Status    string `json:"status"`
	Code      string `json:"code,omitempty"`
	Summary   string `json:"summary,omitempty"`
	Executed  Nanos  `json:"executed"`            // what the node called the date of the execution
	Begun     Nanos  `json:"begun"`               // by the server's clock, when the first report of the run came
	Succeeded Nanos  `json:"succeeded,omitempty"` // the Executed of the last run with the status Success
}

// Running says whether the run is not over yet.
func (e *Execution) Running() bool {
	return e.Status == ExecutionPending || e.Status == ExecutionInProgress
}
