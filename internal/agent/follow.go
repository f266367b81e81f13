package agent

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"muster"
	"muster/internal/document"
	"muster/internal/ssmapi"
)

// follower runs the association that the server has for an enrolled host, one run at a time.
type follower struct {
	*Enrolled
	session *session
	timing  Timing

	order *order    // nil without an association
	ran   time.Time // when the last run ended, zero if this program has run none
}

// soon is when a host that had nothing to do at its start asks once more: it may be so new that the server has nothing for it yet.
const soon = 30 * time.Second

// follow asks for the association regularly, and runs it when it is due, which it need not ask for.
func (f *follower) follow(ctx context.Context) {
	ask := time.Now().Add(f.timing.late())
	for first := true; ; {
		until := ask
		if next := f.next(); !next.IsZero() && next.Before(until) {
			until = next
		}
		if !sleep(ctx, time.Until(until)) {
			return
		}
		if !time.Now().Before(ask) {
			f.ask(ctx)
			ask = time.Now().Add(f.timing.Poll + f.timing.late())
			if first && f.order == nil {
				ask = time.Now().Add(min(soon, f.timing.Poll))
			}
			first = false
		}
		if next := f.next(); !next.IsZero() && !next.After(time.Now()) {
			f.run(ctx)
		}
	}
}

// next is when the association is due, zero for never.
func (f *follower) next() time.Time {
	if f.order == nil {
		return time.Time{}
	}
	return f.order.next
}

// ask asks what there is to do. If it cannot be asked for, what there was to do before still is.
func (f *follower) ask(ctx context.Context) {
	node := f.session.node
	out, err := call[ssmapi.ListInstanceAssociationsInput, ssmapi.ListInstanceAssociationsOutput](ctx, f.session,
		"ListInstanceAssociations", &ssmapi.ListInstanceAssociationsInput{InstanceId: &node, MaxResults: new(int32(pageSize))})
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		f.Log.WarnContext(ctx, "association not asked for", "error", err)
		return
	case len(out.Associations) == 0:
		f.order = nil
		return
	}
	a := out.Associations[0] // a node is handed one at most
	if !f.order.current(a) && !f.take(ctx, a) {
		return
	}
	f.order.next = f.order.due(a, f.ran, time.Now())
}

// pageSize is amazon-ssm-agent's.
const pageSize = 20

// take makes the association the order. One that cannot be followed is told of once; if only its document could not be had, it is
// asked for again, and the order before stays.
func (f *follower) take(ctx context.Context, a ssmapi.InstanceAssociation) bool {
	o := &order{id: a.AssociationId, checksum: a.Checksum, schedule: a.ScheduleExpression}
	failed := f.read(ctx, o, a)
	if ctx.Err() != nil {
		return false
	}
	if failed != nil {
		f.Log.ErrorContext(ctx, "association cannot be followed", "association", a.AssociationId, "error", failed)
		f.tell(ctx, a.AssociationId, muster.ExecutionFailed, failed.code, failed.err.Error())
		if failed.code == codeNoDocument {
			return false
		}
		o.broken = true
	}
	f.order = o
	return true
}

// read gets the document, and reads it and the schedule.
func (f *follower) read(ctx context.Context, o *order, a ssmapi.InstanceAssociation) *failure {
	doc, err := call[ssmapi.GetDocumentInput, ssmapi.GetDocumentOutput](ctx, f.session, "GetDocument",
		&ssmapi.GetDocumentInput{Name: &a.Name, DocumentVersion: a.DocumentVersion})
	if err != nil {
		return &failure{codeNoDocument, err}
	}
	if o.inputs, err = document.Inputs(doc.Content, a.Parameters); err != nil {
		return &failure{codeBadDocument, err}
	}
	if o.schedule != "" {
		if o.times, err = document.ParseSchedule(o.schedule); err != nil {
			return &failure{codeBadSchedule, fmt.Errorf("schedule %q: %w", o.schedule, err)}
		}
	}
	return nil
}

// run gathers and reports, and tells the server how that went.
func (f *follower) run(ctx context.Context) {
	o := f.order
	f.tell(ctx, o.id, muster.ExecutionPending, "", "Association is pending")
	f.tell(ctx, o.id, muster.ExecutionInProgress, "", "Executing association")
	outcome, err := f.report(ctx)
	if ctx.Err() != nil {
		return // cut off: the next start begins it again
	}
	if err != nil {
		f.tell(ctx, o.id, muster.ExecutionFailed, codeFailedRun, err.Error())
	} else {
		f.tell(ctx, o.id, muster.ExecutionSuccess, "", outcome.String())
	}
	f.ran, o.next = time.Now(), time.Time{}
	if o.schedule != "" {
		o.next = o.times.Next(f.ran)
	}
	debug.FreeOSMemory() // there is half an hour in which to need it no more
}

func (f *follower) report(ctx context.Context) (Outcome, error) {
	options, err := f.order.options(f.session.node, f.Version, f.Custom)
	if err != nil {
		f.Log.ErrorContext(ctx, "inventory not gathered", "error", err)
		return Outcome{}, err
	}
	a := Agent{Host: f.Host, Options: options, Put: f.put, State: f.State, Log: f.Log}
	return a.Once(ctx)
}

// put makes one call, some time later.
func (f *follower) put(ctx context.Context, in *ssmapi.PutInventoryInput) error {
	if !sleep(ctx, f.timing.late()) {
		return ctx.Err()
	}
	_, err := call[ssmapi.PutInventoryInput, ssmapi.PutInventoryOutput](ctx, f.session, "PutInventory", in)
	return err
}

// maxSummary is the longest text about a run that amazon-ssm-agent sends, in bytes.
const maxSummary = 510

// tell reports how the run goes. That it cannot is no reason not to run.
func (f *follower) tell(ctx context.Context, id muster.AssociationID, status, code, summary string) {
	node := f.session.node
	summary = strings.ToValidUTF8(summary[:min(len(summary), maxSummary)], "")
	_, err := call[ssmapi.UpdateInstanceAssociationStatusInput, ssmapi.UpdateInstanceAssociationStatusOutput](ctx, f.session,
		"UpdateInstanceAssociationStatus", &ssmapi.UpdateInstanceAssociationStatusInput{
			AssociationId: &id, InstanceId: &node,
			ExecutionResult: &ssmapi.ExecutionResult{
				Status: &status, ErrorCode: code, ExecutionDate: &ssmapi.Timestamp{Time: time.Now()}, ExecutionSummary: summary,
			},
		})
	if err != nil && ctx.Err() == nil {
		f.Log.WarnContext(ctx, "the server was not told how the run goes", "status", status, "error", err)
	}
}
