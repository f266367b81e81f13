package agent

import (
	"fmt"
	"io/fs"
	"os"
	"time"

	"muster"
	"muster/internal/collect"
	"muster/internal/document"
	"muster/internal/ssmapi"
)

// order is the association that a host has to follow, as far as it is not asked for anew each time.
type order struct {
	id       muster.AssociationID
	checksum string // of document and parameters, by the server's reckoning
	schedule string

	inputs map[string]string
	times  document.Schedule
	broken bool // it cannot be followed, and the server was told
	next   time.Time
}

// current says whether the association is the one that the order was made of.
func (o *order) current(a ssmapi.InstanceAssociation) bool {
	return o != nil && o.id == a.AssociationId && o.checksum == a.Checksum && o.schedule == a.ScheduleExpression
}

// due says when the host runs the association, which it last ran by itself then; zero is never.
//
// A run that is said to be in progress is not, for there is one at a time and it is not now: it was cut off, and begins again.
func (o *order) due(a ssmapi.InstanceAssociation, ran, now time.Time) time.Time {
	if o.broken {
		return time.Time{}
	}
	switch a.DetailedStatus {
	case muster.ExecutionPending, muster.ExecutionInProgress:
		return now
	}
	if o.schedule == "" {
		if a.DetailedStatus == muster.AssociationUnrun {
			return now
		}
		return time.Time{}
	}
	if a.LastExecutionDate != nil && a.LastExecutionDate.After(ran) {
		ran = a.LastExecutionDate.Time
	}
	if ran.IsZero() || ran.After(now) { // the clock was put back
		return now
	}
	return o.times.Next(ran)
}

// enabled is the value of an input that turns something on.
const enabled = "Enabled"

// chosen are the inputs that turn built-in types on, among those that can be gathered.
var chosen = map[string]muster.TypeName{
	"applications":                collect.TypeApplication,
	"networkconfig":               collect.TypeNetwork,
	"instancedetailedinformation": collect.TypeDetailedInformation,
	"services":                    collect.TypeService,
}

// options are what the order wants to be gathered. AWS:InstanceInformation is never among it: the server makes that of the pings.
func (o *order) options(node muster.NodeID, version string, custom fs.FS) (collect.Options, error) {
	options := collect.Options{Node: node, Version: version, Types: []muster.TypeName{}}
	for name, t := range chosen {
		if o.inputs[name] == enabled {
			options.Types = append(options.Types, t)
		}
	}
	if text := o.inputs["files"]; text != "" {
		var err error
		if options.Search, err = collect.ParseSearches(text); err != nil {
			return options, err
		}
		options.Types = append(options.Types, collect.TypeFile)
	}
	if o.inputs["custominventory"] == enabled {
		options.Custom = custom
		if dir := o.inputs["custominventorydirectory"]; dir != "" {
			options.Custom = os.DirFS(dir)
		}
	}
	return options, nil
}

// failure is why an association cannot be followed: the error code that amazon-ssm-agent has for it, and the reason.
type failure struct {
	code string
	err  error
}

func (f *failure) Error() string { return fmt.Sprintf("%s: %v", f.code, f.err) }

// The codes of failures.
const (
	codeNoDocument  = "ListAssocError"
	codeBadDocument = "InvalidAssoc"
	codeBadSchedule = "InvalidExpression"
	codeFailedRun   = "ExecutionError"
)
