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
	"testing"
	"unicode"

	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/sim"
	"muster/mustertest"
)

// TestScenarios takes a few hundred nodes through each scenario, without its pauses, before a real server.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, name := range sim.Scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRun(t, mustertest.New(t, nil), "", name, 150)
			measures, verdict := do(t, r)
			if unmet := r.Scenario.Unmet(measures); unmet != nil {
				t.Errorf("unmet: %q", unmet)
			}
			if verdict.Faults != nil {
				t.Errorf("faults: %q", verdict.Faults)
			}
			if verdict.Nodes < 150 || verdict.Hashes != 10*verdict.Nodes || verdict.Names < 5000 || verdict.Groups != 4 {
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
	r := newRun(t, mustertest.New(t, nil), "", "enrolment-storm", 20)
	if _, err := r.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	another := newRun(t, mustertest.New(t, nil), "", "enrolment-storm", 20)
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

// TestTamperedAnswers puts a liar between the fleet and the server, and wants each lie to be found.
func TestTamperedAnswers(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	for _, c := range []struct {
		name  string
		liar  liar
		fault string
	}{
		{"nobody lies", liar{}, ""},
		{"a count by name", liar{operation: "GetInventory", old: `","Name":"openssl"`, new: `0","Name":"openssl"`}, "AWS:Application.Name openssl"},
		{"a platform", liar{operation: "GetInventory", old: `"PlatformType":"windows"`, new: `"PlatformType":"beos"`}, "AWS:InstanceInformation.PlatformType windows"},
		{"a group", liar{operation: "GetInventory", old: `"matchingCount":"`, new: `"matchingCount":"1`}, "group with-openssl"},
		{"a page", liar{operation: "GetInventory", old: `"NextToken"`, new: `"Token"`}, "AWS:Application.Name"},
		{"a hash", liar{operation: "PutInventory", old: `{`, new: `{"__type":"ItemContentMismatchException"`, status: http.StatusBadRequest},
			"does not have what it has accepted: PutInventory: ItemContentMismatchException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			liar := &c.liar
			server, err := url.Parse(srv.URL())
			if err != nil {
				t.Fatal(err)
			}
			proxy := httputil.NewSingleHostReverseProxy(server)
			proxy.ModifyResponse = liar.modify
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				proxy.ServeHTTP(w, r) // the Host header that was signed stays
			}))
			defer front.Close()

			r := newRun(t, srv, front.URL, "enrolment-storm", 30)
			if _, err := r.Do(context.Background()); err != nil {
				t.Fatal(err)
			}
			liar.lies = true
			verdict, err := r.Check(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if c.fault == "" && verdict.Faults != nil || c.fault != "" && !strings.Contains(strings.Join(verdict.Faults, "\n"), c.fault) {
				t.Errorf("faults: %q, want %q", verdict.Faults, c.fault)
			}
		})
	}
}

// liar replaces text in the answers to an operation.
type liar struct {
	operation, old, new string
	status              int  // if not that of the server
	lies                bool // set while no call is under way
}

func (l *liar) modify(answer *http.Response) error {
	if !l.lies || l.operation == "" || !strings.HasSuffix(answer.Request.Header.Get("X-Amz-Target"), "."+l.operation) {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if l.status != 0 {
		answer.StatusCode = l.status
	}
	body = bytes.ReplaceAll(body, []byte(l.old), []byte(l.new))
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
