package sim_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"muster/internal/access"
	"muster/internal/sim"
	"muster/mustertest"
)

// TestAgents has agents live for two hours, in seconds.
func TestAgents(t *testing.T) {
	t.Parallel()
	const agents = 16
	r := newAgents(t, mustertest.New(t, nil), "", agents, "agents 2h over 4s updated 0.1 touched 0.3")
	lived, verdict := live(t, r)
	if unmet := r.Scenario.UnmetBy(lived); unmet != nil {
		t.Errorf("unmet: %q", unmet)
	}
	if lived.Faults != nil || verdict.Faults != nil {
		t.Errorf("faults: %q, %q", lived.Faults, verdict.Faults)
	}
	if verdict.Nodes != agents || verdict.Hashes != 9*agents || verdict.Mistakes != agents || verdict.Groups != 4 {
		t.Errorf("compared too little: %+v", verdict)
	}
	if lived.First != 9*agents || lived.Hashes == 0 || lived.Changed == 0 {
		t.Errorf("reported %d items at first, then %d and %d hashes", lived.First, lived.Changed, lived.Hashes)
	}
	calls := map[access.Operation]int{}
	for _, o := range lived.Traffic {
		calls[o.Operation] = o.Calls
	}
	puts, compliance, told := calls[access.PutInventory], calls[access.PutComplianceItems], calls[access.UpdateInstanceAssociationStatus]
	if calls[access.RegisterManagedInstance] != agents || calls[access.GetDocument] != agents || puts < agents*3 || puts > agents*4 || compliance != puts || told != 4*puts ||
		calls[access.RequestManagedInstanceRoleToken] < agents*4 || calls[access.UpdateInstanceInformation] < agents*20 || calls[access.ListInstanceAssociations] < agents*8 || calls[access.GetMessages] < agents {
		t.Errorf("the calls are %v", calls)
	}
}

// TestAgentsNoticeLies puts a liar between the agents and the server, and wants each lie to be found.
func TestAgentsNoticeLies(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	server, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		lie   *lie
		fault string
	}{
		{"status", &lie{"ListInstanceAssociations", `"DetailedStatus":"Success"`, `"DetailedStatus":"Pending"`, 200}, "is given as Pending"},
		{"date", &lie{"ListInstanceAssociations", `"LastExecutionDate"`, `"Date"`, 200}, "and was told as Success"},
		{"checksum", &lie{"ListInstanceAssociations", `"Checksum"`, `"Sum"`, 200}, "lacks what the agent needs"},
		{"second association", &lie{"ListInstanceAssociations", `"Associations":[`, `"Associations":[{},`, 200}, "there are 2 associations"},
		{"document", &lie{"GetDocument", `softwareInventory`, `runShellScript`, 200}, "the document is another"},
		{"token", &lie{"RequestManagedInstanceRoleToken", `{`, `{"__type":"AccessDeniedException"`, 400}, "RequestManagedInstanceRoleToken: AccessDenied"},
		{"ping", &lie{"DescribeInstanceInformation", `"PingStatus":"Online"`, `"PingStatus":"ConnectionLost"`, 200}, "is shown as"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			proxy := httputil.NewSingleHostReverseProxy(server)
			proxy.ErrorLog = log.New(io.Discard, "", 0) // polls end with the life
			proxy.ModifyResponse = func(answer *http.Response) error { return c.lie.tell(answer) }
			front := httptest.NewServer(proxy)
			t.Cleanup(front.Close)
			lived, verdict := live(t, newAgents(t, srv, front.URL, 1, "agents 2h over 1s"))
			if found := strings.Join(append(lived.Faults, verdict.Faults...), "\n"); !strings.Contains(found, c.fault) {
				t.Errorf("faults: %q, want %q", found, c.fault)
			}
		})
	}
}

func newAgents(t *testing.T, srv *mustertest.Server, front string, nodes int, line string) *sim.Run {
	t.Helper()
	s, err := sim.ParseScenario("agents", line+"\nexpect failed 0\nexpect resent 0\nexpect retried 0")
	if err != nil {
		t.Fatal(err)
	}
	return newRunOf(t, srv, front, s, nodes)
}

func live(t *testing.T, r *sim.Run) (*sim.Lived, *sim.Verdict) {
	t.Helper()
	lived, err := r.Live(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := r.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return lived, verdict
}
