package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/document"
	"muster/internal/ssmapi"
)

// poll asks for the association, gets its document if it is another than before, and sees to it that what is due is run.
func (a *agent) poll(ctx context.Context) (again time.Duration, err error) {
	again = pollEvery + rand.N(delay)
	size := int32(20)
	out, err := say[ssmapi.ListInstanceAssociationsOutput](ctx, a.line, access.ListInstanceAssociations, a.bySession(),
		&ssmapi.ListInstanceAssociationsInput{InstanceId: &a.id, MaxResults: &size})
	if err != nil {
		return again, err
	}
	if len(out.Associations) != 1 {
		return again, fmt.Errorf("there are %d associations", len(out.Associations))
	}
	given := out.Associations[0]
	if err := a.asTold(given); err != nil {
		return again, err
	}
	a.association = &given
	if a.document != given.Checksum {
		if err := a.fetch(ctx); err != nil {
			return again, err
		}
		a.document = given.Checksum
	}
	if given.DetailedStatus == muster.ExecutionPending {
		a.report.next = a.now
	}
	return again, nil
}

// asTold wants the association to have what the agent cannot do without, and what the node has told of it.
func (a *agent) asTold(given ssmapi.InstanceAssociation) error {
	if given.AssociationId == "" || given.Name == "" || given.DocumentVersion == "" || given.Checksum == "" || given.InstanceId != a.id {
		return fmt.Errorf("an association lacks what the agent needs: %+v", given)
	}
	status, executed := muster.ExecutionPending, time.Time{}
	if a.told != nil {
		status, executed = *a.told.Status, a.told.ExecutionDate.Time
	}
	var shown time.Time
	if given.LastExecutionDate != nil {
		shown = given.LastExecutionDate.Time
	}
	if given.DetailedStatus != status || !shown.Equal(executed) {
		return fmt.Errorf("the association is given as %s at %v, and was told as %s at %v", given.DetailedStatus, shown, status, executed)
	}
	return nil
}

func (a *agent) fetch(ctx context.Context) error {
	out, err := say[ssmapi.GetDocumentOutput](ctx, a.line, access.GetDocument, a.bySession(),
		&ssmapi.GetDocumentInput{Name: &a.association.Name, DocumentVersion: a.association.DocumentVersion})
	if err != nil {
		return err
	}
	if want := document.Find(document.GatherSoftwareInventory).Content; out.Content != want {
		return errors.New("the document is another than that of the program")
	}
	return nil
}

const processed = "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. "

// reportInventory runs the association, tells of it as it goes, and of the compliance in the end.
func (a *agent) reportInventory(ctx context.Context) (again time.Duration, err error) {
	again = reportEvery
	if err := errors.Join(a.tell(ctx, muster.ExecutionPending, "Association is pending"), a.tell(ctx, muster.ExecutionInProgress, "Executing association")); err != nil {
		return again, err
	}
	if err := a.put(ctx); err != nil {
		return again, errors.Join(err, a.tell(ctx, muster.ExecutionFailed, processed))
	}
	a.runs++
	if err := errors.Join(a.tell(ctx, muster.ExecutionInProgress, processed), a.tell(ctx, muster.ExecutionSuccess, processed)); err != nil {
		return again, err
	}
	return again, a.comply(ctx)
}

func (a *agent) tell(ctx context.Context, status, text string) error {
	result := &ssmapi.ExecutionResult{Status: &status, ExecutionDate: &ssmapi.Timestamp{Time: time.Now().Truncate(time.Millisecond)}, ExecutionSummary: text}
	_, err := say[ssmapi.UpdateInstanceAssociationStatusOutput](ctx, a.line, access.UpdateInstanceAssociationStatus, a.bySession(),
		&ssmapi.UpdateInstanceAssociationStatusInput{AssociationId: &a.association.AssociationId, InstanceId: &a.id, ExecutionResult: result})
	if err == nil {
		a.told = result
	}
	return err
}

// put reports the inventory, which is that of the next generation each time.
func (a *agent) put(ctx context.Context) error {
	sent, err := a.run.speak(a.i, a.runs, func(report func(*Scratch) []ssmapi.InventoryItem) error {
		if !sleepUntil(ctx, time.Now().Add(a.wall(rand.N(delay)))) {
			return ctx.Err()
		}
		sp := <-a.speakers
		defer func() { a.speakers <- sp }()
		a.run.Target.write(sp, a.id, report)
		_, err := a.line.send(ctx, access.PutInventory, a.bySession(), sp.body)
		return err
	})
	a.count(sent, a.runs)
	return err
}

// comply reports that the association ran, without items when they are the same as before.
func (a *agent) comply(ctx context.Context) error {
	kind, resource := "Association", "ManagedInstance"
	in := &ssmapi.PutComplianceItemsInput{
		ComplianceType: &kind, ResourceId: &a.id, ResourceType: &resource, ItemContentHash: muster.ContentHash(a.association.AssociationId),
		ExecutionSummary: &ssmapi.ComplianceExecutionSummary{ExecutionTime: a.told.ExecutionDate}, Items: ssmapi.List[ssmapi.ComplianceItemEntry]{},
	}
	if a.complied != in.ItemContentHash {
		id, title, severity, status := string(a.association.AssociationId), "", "UNSPECIFIED", "COMPLIANT"
		in.Items = append(in.Items, ssmapi.ComplianceItemEntry{Id: &id, Title: &title, Severity: &severity, Status: &status, Details: ssmapi.Attributes{
			{Name: "DocumentName", Value: a.association.Name}, {Name: "DocumentVersion", Value: a.association.DocumentVersion},
		}})
	}
	_, err := say[ssmapi.PutComplianceItemsOutput](ctx, a.line, access.PutComplianceItems, a.bySession(), in)
	if err == nil {
		a.complied = in.ItemContentHash
	}
	return err
}
