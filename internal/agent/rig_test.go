package agent

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	"muster/internal/fleet"
	operations "muster/internal/server"
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
