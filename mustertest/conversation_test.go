package mustertest_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/internal/access"
	"muster/mustertest"
)

// TestAgentLives goes through the life of a machine with an unmodified agent as it was seen on the wire, from its registration to its
// end, with the server started anew now and then. The bodies are the agent's: members in the order of their names, empty strings
// sent, times in seconds since 1970. Each request that is signed goes out altered by a byte first, see altered.
func TestAgentLives(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	admin := administrator(t, srv)
	made := admin.callText("CreateActivation", `{"DefaultInstanceName":"shop","IamRole":"Fleet","RegistrationLimit":2,"Tags":[{"Key":"Team","Value":"shop"}]}`)
	wants(t, made, "")
	m := newMachine(t, srv)
	wants(t, m.register(made.text("ActivationId"), made.text("ActivationCode")), "")
	srv.Restart()
	m.refresh(false)

	m.starts()
	node := admin.describe(m.node)
	if node["PingStatus"] != "Online" || node["ActivationId"] != made.text("ActivationId") || node["Name"] != "shop" || node["ComputerName"] != "web01.example" {
		t.Errorf("the node is described as %v", node)
	}
	r := m.polls("Pending", nil)
	m.fetches(r)
	at := m.runs(r, m.reports)
	srv.Restart() // the session stays
	if again := m.polls("Success", at); again.checksum != r.checksum {
		t.Errorf("the checksum %s has become %s, and nothing has changed", r.checksum, again.checksum)
	}
	if node := admin.describe(m.node); node["AssociationStatus"] != "Success" || node["LastAssociationExecutionDate"] != at || node["LastSuccessfulAssociationExecutionDate"] != at {
		t.Errorf("after its run the node is described as %v", node)
	}

	wants(t, admin.callText("UpdateAssociation", fmt.Sprintf(`{"AssociationId":"%s","Parameters":{"services":["Disabled"]},"ScheduleExpression":"rate(30 minutes)"}`, r.id)), "")
	changed := m.polls("Pending", at)
	if changed.checksum == r.checksum {
		t.Error("the parameters have changed, and the checksum has not")
	}
	m.fetches(changed)
	m.runs(changed, func() { m.puts("", later, unchanged(gathered(), "1.0")...) })

	srv.Advance(30 * time.Minute)
	former := *m
	m.refresh(false)
	former.says("UpdateInstanceInformation", former.pingText())
	srv.Advance(30 * time.Minute)
	wants(t, former.callText("UpdateInstanceInformation", former.pingText()), "ExpiredTokenException")
	m.says("UpdateInstanceInformation", m.pingText())

	m.changesKey(admin)

	wants(t, admin.callText("DeregisterManagedInstance", fmt.Sprintf(`{"InstanceId":"%s"}`, m.node)), "")
	wants(t, m.callText("UpdateInstanceInformation", m.pingText()), "AccessDeniedException")
	wants(t, m.callText("GetMessages", m.pollText()), "AccessDeniedException")
	wants(t, m.token(), "AccessDeniedException")
	srv.Restart()
	wants(t, m.callText("PutInventory", putText(m.node, later, gathered())), "AccessDeniedException")
	wants(t, m.token(), "AccessDeniedException")
}

// TestAgentWithoutRegistration is the same agent with an EC2 node's id and an access key that it was given.
func TestAgentWithoutRegistration(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	m := &machine{t: t, srv: srv, region: agentRegion, node: "i-0123456789abcdef0"}
	m.keys.AccessKeyId, m.keys.SecretAccessKey = srv.NewKey("node", m.node)
	m.starts()
	r := m.polls("Pending", nil)
	m.fetches(r)
	at := m.runs(r, m.reports)
	srv.Restart()
	m.polls("Success", at)
	if node := administrator(t, srv).describe(m.node); node["PingStatus"] != "Online" || node["ResourceType"] != "EC2Instance" || node["AssociationStatus"] != "Success" {
		t.Errorf("the node is described as %v", node)
	}
}

// TestSessionSpeaksForItsNodeAlone calls every operation there is with the keys of a node.
func TestSessionSpeaksForItsNodeAlone(t *testing.T) {
	t.Parallel()
	m := registered(t, mustertest.New(t, nil))
	const other = "mi-00000000000000000"
	ofANode := map[string]string{ // the agent's own, with what they ask for another node
		"UpdateInstanceInformation":       `{"AgentName":"amazon-ssm-agent","AgentVersion":"3.3.0.0","InstanceId":"` + other + `","PlatformType":"Linux"}`,
		"ListInstanceAssociations":        `{"InstanceId":"` + other + `","MaxResults":20}`,
		"UpdateInstanceAssociationStatus": statusText("00000000-0000-4000-8000-000000000000", other, "Success", "", 1),
		"PutInventory":                    `{"InstanceId":"` + other + `","Items":[{"CaptureTime":"2026-11-21T22:27:52Z","Content":[],"ContentHash":"N6YlnMDB2uKZp4Zkid/wvQ==","SchemaVersion":"1.0","TypeName":"AWS:Network"}]}`,
		"PutComplianceItems":              complianceText("00000000-0000-4000-8000-000000000000", other, "h", 1, true),
		"GetMessages":                     `{"Destination":"` + other + `","MessagesRequestId":"0a6d6f10-2bdf-4b7b-9f64-8c1c5b3f6f0e","VisibilityTimeoutInSeconds":10}`,
	}
	ofNone := []string{"GetDocument", "AcknowledgeMessage", "SendReply", "FailMessage", "DeleteMessage"}
	for _, o := range access.Operations() {
		text, asked := ofANode[o.Name()]
		if !asked {
			text = `{"InstanceId":"` + m.node + `","TypeName":"AWS:Network"}`
		}
		want := "AccessDeniedException"
		for _, name := range ofNone {
			if o.Name() == name {
				want, text = "", `{"Name":"AWS-GatherSoftwareInventory"}`
			}
		}
		if a := send(t, m.bySession(string(o), []byte(text))); a.code != want {
			t.Errorf("%s is answered %d %v, want the code %q", o, a.status, a.members, want)
		}
	}
}

// starts is how a worker of the agent begins: it pings, asks for messages, and asks for a channel that it does not get.
func (m *machine) starts() {
	m.t.Helper()
	short := fmt.Sprintf(`{"AgentName":"amazon-ssm-agent","AgentVersion":"3.3.0.0","InstanceId":"%s","PlatformType":"Linux"}`, m.node)
	m.says("UpdateInstanceInformation", short)
	m.says("UpdateInstanceInformation", m.pingText())
	m.says("UpdateInstanceInformation", short) // which must not blank what the full form said
	m.givesUpAPoll()
	m.asksForAChannel()
}

func (m *machine) pingText() string {
	return fmt.Sprintf(`{"AgentName":"amazon-ssm-agent","AgentStatus":"Active","AgentVersion":"3.3.0.0","AvailabilityZone":"","AvailabilityZoneId":"",`+
		`"ComputerName":"web01.example","IPAddress":"192.0.2.7","InstanceId":"%s","PlatformName":"Debian GNU/Linux","PlatformType":"Linux","PlatformVersion":"12","SSMConnectionChannel":""}`, m.node)
}

func (m *machine) pollText() string {
	return fmt.Sprintf(`{"Destination":"%s","MessagesRequestId":"0a6d6f10-2bdf-4b7b-9f64-8c1c5b3f6f0e","VisibilityTimeoutInSeconds":10}`, m.node)
}

// givesUpAPoll is a poll for messages by an agent that waits for less than the server does. It must not be answered sooner.
func (m *machine) givesUpAPoll() {
	m.t.Helper()
	r := m.bySession("EC2WindowsMessageDeliveryService.GetMessages", []byte(m.pollText()))
	m.refusesAltered(r)
	ctx, cancel := context.WithTimeout(m.t.Context(), 200*time.Millisecond)
	defer cancel()
	resp, err := http.DefaultClient.Do(r.WithContext(ctx))
	if err == nil {
		resp.Body.Close()
		m.t.Fatal("there was an answer at once, after which an agent asks again without end: ", resp.Status)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		m.t.Fatal(err)
	}
}

// asksForAChannel wants the refusal that makes the agent ask seldom.
func (m *machine) asksForAChannel() {
	m.t.Helper()
	payload := []byte(`{"MessageSchemaVersion":"1.0","RequestId":"0a6d6f10-2bdf-4b7b-9f64-8c1c5b3f6f0e"}`)
	r, err := http.NewRequest(http.MethodPost, m.srv.URL()+"/v1/control-channel/"+m.node, bytes.NewReader(payload))
	if err != nil {
		m.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(m.sign(r, payload, "ssmmessages"))
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusForbidden || !strings.HasPrefix(string(text), "<AccessDeniedException>") {
		m.t.Errorf("a control channel: %s %s (%v)", resp.Status, text, err)
	}
}

// says calls an operation that has no answer but {}, after its altered forms were refused.
func (m *machine) says(operation, text string) {
	m.t.Helper()
	if a := m.asks(operation, text); len(a.members) != 0 {
		m.t.Fatalf("%s is answered %v", operation, a.members)
	}
}

// asks calls an operation, after its altered forms were refused.
func (m *machine) asks(operation, text string) answer {
	m.t.Helper()
	r := m.bySession("AmazonSSM."+operation, []byte(text))
	m.refusesAltered(r)
	a := send(m.t, r)
	wants(m.t, a, "")
	return a
}

// refresh asks for a token, which has to have all of its members: the agent falls over one that is missing.
func (m *machine) refresh(changeKey bool) {
	m.t.Helper()
	m.refusesAltered(m.byKey("AmazonSSM.RequestManagedInstanceRoleToken", map[string]any{"Fingerprint": m.fingerprint}))
	a := m.token()
	wants(m.t, a, "")
	until, _ := a.members["TokenExpirationDate"].(float64)
	left := time.Unix(int64(until), 0).Sub(m.srv.Now()).Round(time.Minute)
	if m.keys.AccessKeyId == "" || m.keys.SecretAccessKey == "" || m.keys.SessionToken == "" || left != time.Hour || a.members["UpdateKeyPair"] != changeKey {
		m.t.Errorf("the token is %v", a.members)
	}
}

// changesKey is told to change its key pair, and does.
func (m *machine) changesKey(admin *machine) {
	m.t.Helper()
	wants(m.t, send(m.t, admin.bySession("Muster.RotateNodeKey", []byte(fmt.Sprintf(`{"InstanceId":"%s"}`, m.node)))), "")
	m.refresh(true)
	replacement := newMachine(m.t, m.srv)
	request := m.byKey("AmazonSSM.UpdateManagedInstancePublicKey", map[string]any{
		"NewPublicKey": publicKeyOf(m.t, replacement.key), "NewPublicKeyType": "Rsa",
	})
	m.refusesAltered(request)
	if a := send(m.t, request); a.status != 200 || len(a.members) != 0 {
		m.t.Fatalf("the change of key is answered %d %v", a.status, a.members)
	}
	wants(m.t, m.token(), "InvalidSignatureException")
	m.key = replacement.key
	m.srv.Restart()
	m.refresh(false)
}

// run is an association as the agent is given it.
type run struct{ id, document, version, checksum string }

// polls asks for associations, and wants one with all that the agent needs: without one of the first five its worker dies, or the run
// is never begun. last is the date of the last execution that was told, or nil.
func (m *machine) polls(status string, last any) run {
	m.t.Helper()
	a := m.asks("ListInstanceAssociations", fmt.Sprintf(`{"InstanceId":"%s","MaxResults":20}`, m.node))
	list, _ := a.members["Associations"].([]any)
	if len(list) != 1 || a.members["NextToken"] != nil {
		m.t.Fatalf("the associations are %v", a.members)
	}
	members := list[0].(map[string]any)
	r := answer{members: members}
	for _, name := range []string{"AssociationId", "Name", "DocumentVersion", "InstanceId", "Checksum"} {
		if r.text(name) == "" {
			m.t.Fatalf("there is no %s in %v", name, members)
		}
	}
	if r.text("InstanceId") != m.node || r.text("DetailedStatus") != status || members["LastExecutionDate"] != last || r.text("ScheduleExpression") != "rate(30 minutes)" {
		m.t.Errorf("the association is %v, want the status %s and the date %v", members, status, last)
	}
	return run{r.text("AssociationId"), r.text("Name"), r.text("DocumentVersion"), r.text("Checksum")}
}

// fetches gets the document, and sees whether the agent's parser finds all that it looks for.
func (m *machine) fetches(r run) {
	m.t.Helper()
	a := m.asks("GetDocument", fmt.Sprintf(`{"DocumentVersion":"%s","Name":"%s"}`, r.version, r.document))
	var d struct {
		SchemaVersion string
		Parameters    map[string]struct {
			Type    string
			Default *string
		}
		MainSteps []struct {
			Action string
			Inputs map[string]string
		}
	}
	if err := json.Unmarshal([]byte(a.text("Content")), &d); err != nil {
		m.t.Fatal(err)
	}
	if d.SchemaVersion != "2.0" || len(d.MainSteps) != 1 || d.MainSteps[0].Action != "aws:softwareInventory" || len(d.MainSteps[0].Inputs) != 11 {
		m.t.Fatalf("the document is %v", d)
	}
	for name, value := range d.MainSteps[0].Inputs {
		if p := d.Parameters[name]; value != "{{ "+name+" }}" || p.Type != "String" || p.Default == nil {
			m.t.Errorf("the input %s is %q, and its parameter %v", name, value, p)
		}
	}
}

// runs does what the association says, tells of it as it goes, and gives the date of the execution that it told last.
func (m *machine) runs(r run, gather func()) any {
	m.t.Helper()
	const processed = "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. "
	at := float64(m.srv.Now().UnixMilli()) / 1000
	for n, told := range []struct{ status, summary string }{
		{"Pending", "Association is pending"}, {"InProgress", "Executing association"}, {"InProgress", processed}, {"Success", processed},
	} {
		if n == 2 {
			gather()
		}
		at += 0.5
		m.says("UpdateInstanceAssociationStatus", statusText(r.id, m.node, told.status, told.summary, at))
	}
	m.complies(r, at)
	return at
}

func statusText(association, node, status, summary string, at float64) string {
	return fmt.Sprintf(`{"AssociationId":"%s","ExecutionResult":{"ErrorCode":"","ExecutionDate":%.3f,"ExecutionSummary":"%s","Status":"%s"},"InstanceId":"%s"}`,
		association, at, summary, status, node)
}

// complies reports that the association ran, with its items and then, since they are the same, without.
func (m *machine) complies(r run, at float64) {
	m.t.Helper()
	sum := md5.Sum([]byte(r.id))
	hash := base64.StdEncoding.EncodeToString(sum[:])
	for _, full := range []bool{true, false} {
		m.says("PutComplianceItems", complianceText(r.id, m.node, hash, at, full))
		list := administrator(m.t, m.srv).callText("ListComplianceItems", fmt.Sprintf(`{"ResourceIds":["%s"],"ResourceTypes":["ManagedInstance"]}`, m.node))
		items, _ := list.members["ComplianceItems"].([]any)
		if len(items) != 1 || items[0].(map[string]any)["Id"] != r.id || items[0].(map[string]any)["Status"] != "COMPLIANT" {
			m.t.Errorf("its compliance is %v", list.members)
		}
	}
}

func complianceText(association, node, hash string, at float64, full bool) string {
	items := ""
	if full {
		items = fmt.Sprintf(`{"Details":{"DocumentName":"AWS-GatherSoftwareInventory","DocumentVersion":"1"},"Id":"%s","Severity":"UNSPECIFIED","Status":"COMPLIANT","Title":""}`, association)
	}
	return fmt.Sprintf(`{"ComplianceType":"Association","ExecutionSummary":{"ExecutionId":"","ExecutionTime":%.3f,"ExecutionType":""},"ItemContentHash":"%s","Items":[%s],"ResourceId":"%s","ResourceType":"ManagedInstance"}`,
		at, hash, items, node)
}

// describe gives what DescribeInstanceInformation says of the node.
func (m *machine) describe(node string) map[string]any {
	m.t.Helper()
	a := m.callText("DescribeInstanceInformation", fmt.Sprintf(`{"Filters":[{"Key":"InstanceIds","Values":["%s"]}]}`, node))
	list, _ := a.members["InstanceInformationList"].([]any)
	if len(list) != 1 {
		m.t.Fatalf("%s is described as %v", node, a.members)
	}
	return list[0].(map[string]any)
}
