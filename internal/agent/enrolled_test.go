package agent

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"muster"
	"muster/internal/collect"
)

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
		_, err := r.fleet.UpdateAssociation(t.Context(), space, r.association(), func(a *muster.Association) error {
			a.Parameters = map[string][]string{
				"applications": {"Disabled"}, "customInventory": {"Disabled"}, "files": {`[{"Path":"/srv","Pattern":["*.conf"]}]`},
			}
			a.Schedule = "rate(1 day)"
			a.Due = time.Now()
			return nil
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
		tokens := n["RequestManagedInstanceRoleToken"]
		if others := len(refused) - tokens; tokens < 10 || tokens > 13 || others > 2 { // one of each loop at most, none if it was time for keys
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
