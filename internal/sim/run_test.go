package sim_test

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode"

	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/sim"
	"muster/mustertest"
)

// TestScenarios takes some nodes through each scenario, without its pauses, before a real server.
func TestScenarios(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil) // each has a region of its own
	for _, name := range sim.Scenarios() {
		if name == "agents" { // see TestAgents
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRun(t, srv, "", name, 8)
			measures, verdict := do(t, r)
			if unmet := r.Scenario.Unmet(measures); unmet != nil {
				t.Errorf("unmet: %q", unmet)
			}
			if verdict.Faults != nil {
				t.Errorf("faults: %q", verdict.Faults)
			}
			if verdict.Nodes < 8 || verdict.Hashes != 10*verdict.Nodes || verdict.Mistakes != verdict.Nodes || verdict.Names < 1000 || verdict.Groups != 4 {
				t.Errorf("compared too little: %+v", verdict)
			}
			for n, m := range measures {
				if n > 0 && m.Hashes == 0 {
					t.Errorf("%s: no hash was sent alone", m.Phase)
				}
			}
		})
	}
}

// TestResend: a server that has lost everything gets it again.
func TestResend(t *testing.T) {
	t.Parallel()
	r := newRun(t, mustertest.New(t, nil), "", "enrolment-storm", 4)
	if _, err := r.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	another := newRun(t, mustertest.New(t, nil), "", "enrolment-storm", 4)
	first := r.Target
	r.Target = another.Target
	verdict, err := r.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(verdict.Faults) != 20 || verdict.More == 0 || !strings.Contains(verdict.Faults[0], "ItemContentMismatch") {
		t.Errorf("a server that knows nothing: %d faults, %d more: %q", len(verdict.Faults), verdict.More, verdict.Faults[:1])
	}
	r.Target = first
	if verdict, err := r.Check(context.Background()); err != nil || verdict.Faults != nil {
		t.Errorf("the server that has it all: %v, %+v", err, verdict)
	}
}

// TestThrottled turns every node away at first, and wants that counted and all of them there in the end.
func TestThrottled(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	server, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(server)
	var mu sync.Mutex
	met := map[string]bool{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		node, _, _ := strings.Cut(string(body), ",")
		mu.Lock()
		again := met[node]
		met[node] = true
		mu.Unlock()
		if !again && strings.Contains(node, "InstanceId") {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	r := newRun(t, srv, front.URL, "enrolment-storm", 5)
	measures, verdict := do(t, r)
	if m := measures[0]; m.Throttled != 5 || m.Retried != 5 || m.Failed != 0 || m.Content != 50 {
		t.Errorf("enrolment: %+v", m)
	}
	if m := measures[1]; m.Throttled != 0 || m.Retried != 0 || m.Hashes != 50 {
		t.Errorf("again: %+v", m)
	}
	if verdict.Faults != nil || verdict.Mistakes != 5 {
		t.Errorf("verdict: %+v", verdict)
	}
}

// TestTamperedAnswers puts a liar between the fleet and the server, and wants each lie to be found.
func TestTamperedAnswers(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	server, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	var told *lie // of the time; set while no call is under way
	proxy := httputil.NewSingleHostReverseProxy(server)
	proxy.ModifyResponse = func(answer *http.Response) error { return told.tell(answer) }
	front := httptest.NewServer(proxy)
	defer front.Close()
	r := newRun(t, srv, front.URL, "enrolment-storm", 3)
	if _, err := r.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		lie   *lie
		fault string
	}{
		{"nobody lies", nil, ""},
		{"a count by name", &lie{"GetInventory", `","Name":"openssl"`, `0","Name":"openssl"`, 200}, "AWS:Application.Name openssl: "},
		{"a platform", &lie{"GetInventory", `"PlatformType":"windows"`, `"PlatformType":"beos"`, 200}, "AWS:InstanceInformation.PlatformType windows: "},
		{"a group", &lie{"GetInventory", `"matchingCount":"`, `"matchingCount":"1`, 200}, "group with-openssl: "},
		{"a page", &lie{"GetInventory", `"NextToken"`, `"Token"`, 200}, "AWS:Application.Name "},
		{"a hash", &lie{"PutInventory", `{`, `{"__type":"ItemContentMismatchException"`, 400}, "does not have what it has accepted: PutInventory: ItemContentMismatch"},
		{"a hash that is wrong", &lie{"PutInventory", `"__type"`, `"type"`, 200}, "the server took a hash of what it does not have"},
		{"nobody lies any more", nil, ""},
	} {
		told = c.lie
		verdict, err := r.Check(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if found := strings.Join(verdict.Faults, "\n"); (found == "") != (c.fault == "") || !strings.Contains(found, c.fault) {
			t.Errorf("%s: faults: %q, want %q", c.name, found, c.fault)
		}
	}
}

// lie replaces text in the answers to an operation.
type lie struct {
	operation, old, new string
	status              int
}

// tell changes an answer. A nil lie is the truth.
func (l *lie) tell(answer *http.Response) error {
	if l == nil || !strings.HasSuffix(answer.Request.Header.Get("X-Amz-Target"), "."+l.operation) {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	body = bytes.ReplaceAll(body, []byte(l.old), []byte(l.new))
	answer.StatusCode = l.status
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer.Header.Del("Content-Length")
	return nil
}

// newRun prepares nodes to speak to the server, or to a front of it, in a region of the test's own.
func newRun(t *testing.T, srv *mustertest.Server, front, scenario string, nodes int) *sim.Run {
	t.Helper()
	s, err := sim.LoadScenario(scenario)
	if err != nil {
		t.Fatal(err)
	}
	for n := range s.Reports {
		s.Reports[n].Over = 0
	}
	return newRunOf(t, srv, front, s, nodes)
}

func newRunOf(t *testing.T, srv *mustertest.Server, front string, s *sim.Scenario, nodes int) *sim.Run {
	t.Helper()
	id, secret := srv.AccessKey()
	target, err := sim.NewTarget(client.Config{
		Endpoint: cmp.Or(front, srv.URL()), Region: "us-" + strings.ToLower(strings.Map(letter, t.Name())) + "-1",
		Credentials: sigv4.Credentials{AccessKeyID: id, SecretAccessKey: secret},
	}, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	return &sim.Run{Scenario: s, Fleet: s.Fleet(42, nodes), Target: target, Clients: 4}
}

func do(t *testing.T, r *sim.Run) ([]sim.Measure, *sim.Verdict) {
	t.Helper()
	measures, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range measures {
		if m.Err != nil {
			t.Errorf("%s: %v", m.Phase, m.Err)
		}
	}
	verdict, err := r.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return measures, verdict
}

// letter keeps letters only.
func letter(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}
