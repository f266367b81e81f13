package server

import (
	"testing"
	"time"

	"muster"
	"muster/internal/ssmapi"
)

func TestListInventoryChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	compliance := func(status string) {
		r.putItem(1, ssmapi.InventoryItem{TypeName: new(muster.TypeComplianceItem), Context: ssmapi.Attributes(entry("ComplianceType", "Custom:Disk")),
			Content: ssmapi.Entries{entry("Id", "1", "Status", status)}})
	}
	r.put(1, app, entry("Name", "bash", "Version", "5"), entry("Name", "zsh"))
	compliance("COMPLIANT")
	list := func(node muster.NodeID, t *muster.TypeName) (*ssmapi.ListInventoryChangesOutput, error) {
		return r.listInventoryChanges(r.t.Context(), r.caller, &ssmapi.ListInventoryChangesInput{InstanceId: &node, TypeName: t})
	}
	check := func(of *muster.TypeName, want string) {
		t.Helper()
		out, err := list(nodeID(1), of)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range out.Changes {
			if since := time.Since(c.ReportedTime.Time); since < 0 || since > time.Hour {
				t.Errorf("change %d was reported %s ago", i, since)
			}
			out.Changes[i].ReportedTime = ssmapi.Timestamp{Time: time.Unix(1, 0)}
		}
		if got := text(t, out); got != `{"InstanceId":"`+string(nodeID(1))+`","Changes":`+want+`}` {
			t.Errorf("the changes are\n%s, want\n%s", got, want)
		}
	}
	check(nil, `[]`)
	r.put(1, app, entry("Name", "bash", "Version", "6"), entry("Name", "sed"), entry("Name", "awk"))
	compliance("NON_COMPLIANT")
	apps := `{"TypeName":"AWS:Application","ReportedTime":1,"CaptureTime":"2026-01-02T03:04:05Z","Added":2,"Removed":1,"Changed":1,"Entries":[` +
		`{"After":{"Name":"awk"}},{"Before":{"Name":"bash","Version":"5"},"After":{"Name":"bash","Version":"6"}},{"After":{"Name":"sed"}},{"Before":{"Name":"zsh"}}]}`
	disk := `{"TypeName":"AWS:ComplianceItem","ComplianceType":"Custom:Disk","ReportedTime":1,"CaptureTime":"2026-01-02T03:04:05Z","Added":0,"Removed":0,"Changed":1,"Entries":[` +
		`{"Before":{"Id":"1","Status":"COMPLIANT"},"After":{"Id":"1","Status":"NON_COMPLIANT"}}]}`
	check(nil, `[`+disk+`,`+apps+`]`)
	check(new(app), `[`+apps+`]`)
	check(new(rack), `[]`)
	if _, err := list(nodeID(2), nil); code(err) != muster.CodeInvalidInstanceID {
		t.Errorf("of a node that is not there: %v", err)
	}
	if _, err := list(nodeID(1), new(muster.TypeName("AWS:Nothing"))); err == nil {
		t.Error("a type that there is not is answered")
	}
}
