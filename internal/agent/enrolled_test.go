package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/awsjson"
	"muster/internal/client"
	"muster/internal/collect"
	"muster/internal/document"
	"muster/internal/fleet"
	operations "muster/internal/server"
	"muster/internal/ssmapi"
	"muster/internal/store"
)

// rig is a host that is enrolled at a real server in memory, on the clock of a synctest bubble.
type rig struct {
	t     *testing.T
	fleet *fleet.Fleet
	api   http.Handler
	dir   string
	agent *Enrolled
	root  fstest.MapFS
	log   *strings.Builder

	start time.Time
	mu    sync.Mutex
	calls []sent // read when the agent has ended

	// meddle gives an answer instead of the server's, before or after it has done what it was asked to, or nil.
	meddle func(operation string) *meddling
}

// sent is a call that reached the network.
type sent struct {
	at        time.Duration
	operation string
	body      string
	status    int // of the answer, 0 if there was none
}

type meddling struct {
	carriedOut bool
	body       string // of an answer with status 200; empty is a lost connection
}

var space = muster.Space{Account: "000000000000", Region: "eu-west-1"}

// bubble runs the test with a host that has just been enrolled.
func bubble(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.enrol()
		r.calls = nil
		test(t, r)
		if err := r.fleet.Close(); err != nil {
			t.Error(err)
		}
		for _, c := range r.calls {
			if c.status >= 500 {
				t.Errorf("%s: status %d", c.operation, c.status)
			}
		}
	})
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, dir: t.TempDir(), start: time.Now(), log: new(strings.Builder)}
	r.root = fstest.MapFS{
		"var/lib/dpkg/status": {Data: []byte("Package: bash\nVersion: 5.2\nArchitecture: amd64\nStatus: install ok installed\n")},
		"srv/a.conf":          {Data: []byte("1")},
		"custom/rack.json":    {Data: []byte(`{"SchemaVersion": "1.0", "TypeName": "Custom:Rack", "Content": {"Row": "B"}}`)},
	}
	var err error
	if r.fleet, err = fleet.Open(t.Context(), fleet.Config{Store: store.NewMemory(), Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	api, err := operations.New(t.Context(), operations.Config{Fleet: r.fleet})
	if err != nil {
		t.Fatal(err)
	}
	r.api = awsjson.NewHandler(awsjson.Config{Keys: r.fleet, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, api.Operations()...)
	c, err := client.New(client.Config{
		Endpoint: "http://muster.test", Region: string(space.Region), Sign: client.Unsigned, Transport: r, MaxAttempts: 4, Pause: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.agent = &Enrolled{
		Host: func(context.Context) (collect.Host, error) {
			return collect.Host{Root: r.root, Name: "web1", MachineID: "machine", Platform: collect.Platform{Type: "Linux", Name: "Debian", Version: "12"}}, nil
		},
		Version: "1.0", Client: c, State: testState(t, r.dir), Log: slog.New(slog.NewTextHandler(r.log, nil)),
	}
	if r.agent.Custom, err = r.root.Sub("custom"); err != nil {
		t.Fatal(err)
	}
	if r.agent.Enrolment, err = OpenEnrolment(r.dir); err != nil {
		t.Fatal(err)
	}
	return r
}

// RoundTrip calls the server without a network.
func (r *rig) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	call := sent{at: time.Since(r.start), operation: operation, body: string(body)}
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls = append(r.calls, call)
	}()
	var m *meddling
	if r.meddle != nil {
		m = r.meddle(operation)
	}
	w := httptest.NewRecorder()
	if m == nil || m.carriedOut {
		in := request.Clone(request.Context())
		in.Host, in.Body = request.URL.Host, io.NopCloser(strings.NewReader(string(body)))
		r.api.ServeHTTP(w, in)
	}
	if m != nil {
		if m.body == "" {
			return nil, errors.New("connection reset")
		}
		w = httptest.NewRecorder()
		_, _ = w.WriteString(m.body)
	}
	call.status = w.Code
	return w.Result(), nil
}

func (r *rig) enrol() {
	r.t.Helper()
	id, code, err := r.fleet.CreateActivation(r.t.Context(), space, muster.Activation{Role: "r", Limit: 9, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.agent.Enrolment.Enrol(r.t.Context(), r.agent.Client, Server{"http://muster.test", "eu-west-1", ""}, "machine", id, code); err != nil {
		r.t.Fatal(err)
	}
}

// run lets the agent run for so long.
func (r *rig) run(d time.Duration) {
	ctx, cancel := context.WithTimeout(r.t.Context(), d)
	defer cancel()
	r.agent.Run(ctx)
	if ctx.Err() == nil {
		r.t.Error("the agent ended by itself")
	}
}

// of gives the calls of one operation.
func (r *rig) of(operation string) []sent {
	var calls []sent
	for _, c := range r.calls {
		if c.operation == operation {
			calls = append(calls, c)
		}
	}
	return calls
}

// association is the host's, which every node has.
func (r *rig) association() muster.AssociationID {
	r.t.Helper()
	all, err := r.fleet.AssociationsOf(space, r.agent.Enrolment.Node())
	if err != nil || len(all) != 1 {
		r.t.Fatalf("%d associations, %v", len(all), err)
	}
	return all[0].ID
}

// told is what the server knows of the last run.
func (r *rig) told() muster.Execution {
	r.t.Helper()
	e, ok := r.fleet.Execution(space, r.agent.Enrolment.Node(), r.association())
	if !ok {
		r.t.Fatal("the server was told of no run")
	}
	return e
}

func TestEnrolledHours(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(6*time.Hour + time.Second)
		for _, want := range []struct {
			operation string
			least     int
			most      int
		}{
			{"RequestManagedInstanceRoleToken", 10, 12},
			{"UpdateInstanceInformation", 73, 75},
			{"ListInstanceAssociations", 34, 36},
			{"GetDocument", 1, 1},
			{"PutInventory", 11, 12},
			{"UpdateInstanceAssociationStatus", 33, 36},
		} {
			if n := len(r.of(want.operation)); n < want.least || n > want.most {
				t.Errorf("%d calls of %s, want %d to %d", n, want.operation, want.least, want.most)
			}
		}
		if n := len(slices.Collect(maps.Keys(operationsOf(r.calls)))); n != 6 {
			t.Errorf("%d operations: %v", n, operationsOf(r.calls))
		}
		for i, c := range r.of("PutInventory") {
			if full := strings.Contains(c.body, `"Content":`); full != (i == 0) {
				t.Errorf("report %d, in full: %v", i, full)
			}
		}
		if first := r.of("PutInventory")[0]; first.at > 2*DefaultJitter || !strings.Contains(first.body, "AWS:Application") ||
			!strings.Contains(first.body, "Custom:Rack") || strings.Contains(first.body, "AWS:InstanceInformation") {
			t.Errorf("the first report came after %v: %s", first.at, first.body)
		}
		if got := r.told(); got.Status != muster.ExecutionSuccess || !strings.HasSuffix(got.Summary, " types reported, 3 of them unchanged") {
			t.Errorf("the server was told %+v", got)
		}
		if strings.Contains(r.log.String(), "WARN") || strings.Contains(r.log.String(), "ERROR") {
			t.Error(r.log)
		}
	})
}

func operationsOf(calls []sent) map[string]int {
	n := map[string]int{}
	for _, c := range calls {
		n[c.operation]++
	}
	return n
}

// TestPings: the first says little, the second all that AWS:InstanceInformation is made of, and the third comes at any time.
func TestPings(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(30 * time.Minute)
		pings := r.of("UpdateInstanceInformation")
		node := r.agent.Enrolment.Node()
		short := fmt.Sprintf(`{"InstanceId":%q,"AgentName":"muster","AgentVersion":"1.0","PlatformType":"Linux"}`, node)
		full := fmt.Sprintf(`{"InstanceId":%q,"AgentName":"muster","AgentVersion":"1.0","ComputerName":"web1","PlatformName":"Debian","PlatformType":"Linux","PlatformVersion":"12"}`, node)
		if pings[0].body != short || pings[1].body != full || pings[0].at != 0 || pings[1].at != 0 {
			t.Errorf("began with %v and %v", pings[0], pings[1])
		}
		for i := 3; i < len(pings); i++ {
			if apart := pings[i].at - pings[i-1].at; apart != DefaultPing || pings[i].body != full {
				t.Errorf("ping %d after %v: %s", i, apart, pings[i].body)
			}
		}
	})
}

// TestStartedOnce: an order to run at once, with other parameters, is followed at the next poll, and the document read again.
func TestStartedOnce(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(2 * time.Minute)
		_, err := r.fleet.UpdateAssociation(t.Context(), space, r.association(), func(a *muster.Association) {
			a.Parameters = map[string][]string{
				"applications": {"Disabled"}, "customInventory": {"Disabled"}, "files": {`[{"Path":"/srv","Pattern":["*.conf"]}]`},
			}
			a.Schedule = "rate(1 day)"
			a.Due = time.Now()
		})
		if err != nil {
			t.Fatal(err)
		}
		r.calls = nil
		r.run(3 * time.Hour)
		puts := r.of("PutInventory")
		if len(puts) != 1 || puts[0].at > 5*time.Minute || len(r.of("GetDocument")) != 1 {
			t.Fatalf("calls: %v", operationsOf(r.calls))
		}
		for _, c := range []struct {
			text string
			want bool
		}{{"AWS:Application", false}, {"Custom:Rack", false}, {"a.conf", true}, {"AWS:Network", true}} {
			if strings.Contains(puts[0].body, c.text) != c.want {
				t.Errorf("%s: %s", c.text, puts[0].body)
			}
		}
	})
}

// TestCustomDirectory: the association may name another folder than the state's.
func TestCustomDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.json"), []byte(`{"SchemaVersion":"1.0","TypeName":"Custom:Other","Content":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := order{inputs: map[string]string{"custominventory": enabled, "custominventorydirectory": dir}}
	options, err := o.options(node, "1.0", fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if reports := collect.Gather(t.Context(), collect.Host{Root: fstest.MapFS{}}, options); len(reports) != 1 || reports[0].Type != "Custom:Other" {
		t.Errorf("%+v", reports)
	}
}

// TestOutage: while nobody answers, tries are few; afterwards the agent goes on by itself, within minutes.
func TestOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(10 * time.Minute)
		r.calls = nil
		from := time.Since(r.start)
		r.meddle = func(string) *meddling {
			if time.Since(r.start) < from+8*time.Hour {
				return new(meddling)
			}
			return nil
		}
		r.run(9 * time.Hour)
		back, first, puts := from+8*time.Hour, time.Duration(0), 0
		for _, c := range r.calls {
			if c.status == http.StatusOK && first == 0 {
				first = c.at
			}
			if c.operation == "PutInventory" && c.status == http.StatusOK {
				puts++
			}
		}
		if first < back || first > back+7*time.Minute {
			t.Errorf("the first call that went well came %v after the outage", first-back)
		}
		if puts < 1 || r.told().Status != muster.ExecutionSuccess {
			t.Errorf("%d reports afterwards; the server was told %+v", puts, r.told())
		}
		if n := len(r.calls); n > 700 {
			t.Errorf("%d calls in 9 hours", n)
		}
	})
}

// TestRotation: a node that is told to changes its key pair, once, and goes on with the new one after a restart.
func TestRotation(t *testing.T) {
	for _, c := range []struct {
		name string
		lost *meddling // what becomes of the first change
	}{
		{"as it should be", nil},
		{"the server does not hear of it", &meddling{}},
		{"the answer is lost", &meddling{carriedOut: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				before, _, _, _ := r.fleet.Machine(r.agent.Enrolment.Node())
				if err := r.fleet.RotateKey(t.Context(), space, r.agent.Enrolment.Node()); err != nil {
					t.Fatal(err)
				}
				if c.lost != nil {
					r.meddle = func(operation string) *meddling {
						if operation == "UpdateManagedInstancePublicKey" && time.Since(r.start) < time.Minute {
							return c.lost
						}
						return nil
					}
				}
				r.run(2 * time.Hour)
				after, _, _, _ := r.fleet.Machine(r.agent.Enrolment.Node())
				if string(after) == string(before) || r.agent.Enrolment.kept.Next != nil {
					t.Errorf("the key is the one of before: %v", string(after) == string(before))
				}
				var err error
				if r.agent.Enrolment, err = OpenEnrolment(r.dir); err != nil {
					t.Fatal(err)
				}
				r.calls = nil
				r.run(time.Minute)
				if tokens := r.of("RequestManagedInstanceRoleToken"); len(tokens) != 1 || tokens[0].status != http.StatusOK {
					t.Errorf("after a restart: %v", tokens)
				}
			})
		})
	}
}

// TestDeregistered: the keys end at once, and the agent asks for new ones twice an hour and does nothing else.
func TestDeregistered(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Hour)
		defer cancel()
		time.AfterFunc(3*time.Hour, func() {
			if err := r.fleet.Deregister(ctx, space, r.agent.Enrolment.Node()); err != nil {
				t.Error(err)
			}
		})
		r.agent.Run(ctx)
		refused := slices.DeleteFunc(slices.Clone(r.calls), func(c sent) bool { return c.at < 3*time.Hour })
		n := operationsOf(refused)
		if tokens := n["RequestManagedInstanceRoleToken"]; tokens < 10 || tokens > 13 || len(refused)-tokens != 1 {
			t.Errorf("afterwards: %v", n)
		}
		if !strings.Contains(r.log.String(), "enrol it again") {
			t.Error(r.log)
		}
	})
}

// TestBadOrders are told of, once if nothing but a change can make them good, and do not end the agent.
func TestBadOrders(t *testing.T) {
	const a = `{"Associations":[{"AssociationId":"%s","Name":"AWS-GatherSoftwareInventory","DocumentVersion":"1","Checksum":"c","DetailedStatus":"Pending","ScheduleExpression":"%s"}]}`
	for _, c := range []struct {
		name, schedule string
		document       string // in place of the real one
		code           string
		runs, told     int // in 65 minutes
	}{
		{"a schedule", "at(2026-11-22T12:00:00)", "", codeBadSchedule, 0, 1},
		{"no document", "rate(1 hour)", `{"Content":"schemaVersion: '2.0'"}`, codeBadDocument, 0, 1},
		{"bad files", "rate(1 hour)", `{"Content":"{\"mainSteps\":[{\"action\":\"aws:softwareInventory\",\"inputs\":{\"files\":\"{{ files }}\"}}]}"}`, codeFailedRun, 6, 18},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				id := r.association()
				r.meddle = func(operation string) *meddling {
					switch {
					case operation == "ListInstanceAssociations":
						return &meddling{body: fmt.Sprintf(a, id, c.schedule)}
					case operation == "GetDocument" && c.document != "":
						return &meddling{body: c.document}
					}
					return nil
				}
				r.run(65 * time.Minute)
				if told := len(r.of("UpdateInstanceAssociationStatus")); told < c.told || told > c.told+3 || len(r.of("PutInventory")) != 0 {
					t.Errorf("calls: %v", operationsOf(r.calls))
				}
				if got := r.told(); got.Status != muster.ExecutionFailed || got.Code != c.code || got.Summary == "" {
					t.Errorf("the server was told %+v", got)
				}
			})
		})
	}
}

// TestFailedGatherer: what can be read is reported, and the server told what cannot.
func TestFailedGatherer(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.root["custom/bad.json"] = &fstest.MapFile{Data: []byte(`{"TypeName": "Rack"}`)}
		r.run(2 * time.Minute)
		if got := r.told(); got.Status != muster.ExecutionFailed || got.Code != codeFailedRun || !strings.Contains(got.Summary, "bad.json") {
			t.Errorf("the server was told %+v", got)
		}
		if puts := r.of("PutInventory"); len(puts) != 1 || puts[0].status != http.StatusOK || !strings.Contains(puts[0].body, "Custom:Rack") {
			t.Errorf("reports: %v", puts)
		}
	})
}

func TestOrderDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) string { return now.Add(time.Duration(minutes) * time.Minute).Format("15:04") }
	for _, c := range []struct {
		name, schedule, status string
		server, ran            int // minutes ago, 0 is never
		broken                 bool
		want                   string // "" is never
	}{
		{"new", "rate(30 minutes)", "Pending", 0, 0, false, at(0)},
		{"ordered again", "rate(30 minutes)", "Pending", 10, 10, false, at(0)},
		{"cut off", "rate(30 minutes)", "InProgress", 10, 0, false, at(0)},
		{"has run", "rate(30 minutes)", "Success", 10, 0, false, at(20)},
		{"has failed", "rate(30 minutes)", "Failed", 10, 0, false, at(20)},
		{"ran later than the server knows", "rate(30 minutes)", "Success", 10, 5, false, at(25)},
		{"is overdue", "rate(30 minutes)", "Success", 40, 0, false, at(-10)},
		{"never ran", "rate(30 minutes)", "Associated", 0, 0, false, at(0)},
		{"waits for its schedule", "cron(30 12 * * ? *)", "Associated", 10, 0, false, at(30)},
		{"ran in the future", "rate(30 minutes)", "Success", -100, 0, false, at(0)},
		{"once", "", "Associated", 0, 0, false, at(0)},
		{"once, and has run", "", "Success", 10, 10, false, ""},
		{"broken", "rate(30 minutes)", "Pending", 0, 0, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkDue(t, now, c.schedule, c.status, c.server, c.ran, c.broken, c.want)
		})
	}
}

func checkDue(t *testing.T, now time.Time, schedule, status string, server, ran int, broken bool, want string) {
	t.Helper()
	o := order{schedule: schedule, broken: broken}
	a := ssmapi.InstanceAssociation{DetailedStatus: status}
	if schedule != "" {
		var err error
		if o.times, err = document.ParseSchedule(schedule); err != nil {
			t.Fatal(err)
		}
	}
	if server != 0 {
		a.LastExecutionDate = &ssmapi.Timestamp{Time: now.Add(-time.Duration(server) * time.Minute)}
	}
	var last time.Time
	if ran != 0 {
		last = now.Add(-time.Duration(ran) * time.Minute)
	}
	got := ""
	if due := o.due(a, last, now); !due.IsZero() {
		got = due.Format("15:04")
	}
	if got != want {
		t.Errorf("due at %q, want %q", got, want)
	}
}
