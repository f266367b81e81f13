package agent

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"muster/internal/client"
	"muster/internal/collect"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// testAgent reports a small host. The slices of its host are its own, so that a test may change them between runs.
func testAgent(t *testing.T, put Put, log *slog.Logger) *Agent {
	root := fstest.MapFS{"var/lib/dpkg/status": {Data: []byte("Package: bash\nVersion: 5.2\nArchitecture: amd64\nStatus: install ok installed\n")}}
	return &Agent{
		Host: func(context.Context) (collect.Host, error) {
			return collect.Host{Root: root, Name: "web1", MachineID: "machine", Platform: collect.Platform{Type: "Linux"}}, nil
		},
		Options: collect.Options{Version: "1.0"},
		Put:     put,
		State:   testState(t, t.TempDir()),
		Log:     log,
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	var sent *ssmapi.PutInventoryInput
	var log strings.Builder
	a := testAgent(t, func(_ context.Context, in *ssmapi.PutInventoryInput) error { sent = in; return nil }, slog.New(slog.NewTextHandler(&log, nil)))
	outcome, err := a.Once(t.Context())
	if err != nil || outcome.Types != 3 {
		t.Fatalf("%+v, %v", outcome, err)
	}
	if *sent.InstanceId != collect.NodeID("machine", "") {
		t.Errorf("reported for %s", *sent.InstanceId)
	}
	if id, _ := sent.Items[0].Content[0].Get("InstanceId"); id != string(*sent.InstanceId) {
		t.Errorf("AWS:InstanceInformation is about %q", id)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), "outcome.types=3") {
		t.Errorf("log: %s", log.String())
	}
}

func TestLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		down := errors.New("no route to host")
		put := func(context.Context, *ssmapi.PutInventoryInput) error {
			at = append(at, time.Since(start))
			switch len(at) {
			case 2:
				return down
			case 3:
				time.Sleep(95 * time.Minute) // longer than three periods
			}
			return nil
		}
		var log strings.Builder
		a := testAgent(t, put, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Hour-time.Second)
		defer cancel()
		a.Loop(ctx, 30*time.Minute, 0)

		want := []time.Duration{0, 30, 60, 155, 180, 210}
		for i := range want {
			want[i] *= time.Minute
		}
		if len(at) != len(want) {
			t.Fatalf("runs at %v, want %v", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("run %d at %v, want %v", i, at[i], want[i])
			}
		}
		if n := strings.Count(log.String(), "\n"); n != len(want) {
			t.Errorf("%d lines for %d runs:\n%s", n, len(want), log.String())
		}
		if n := strings.Count(log.String(), down.Error()); n != 1 {
			t.Errorf("the outage is told of %d times", n)
		}
	})
}

func TestLoopJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		n, spread := 0, map[time.Duration]bool{}
		put := func(context.Context, *ssmapi.PutInventoryInput) error {
			late := time.Since(start) - time.Duration(n)*time.Hour
			if late < 0 || late >= 10*time.Minute {
				t.Errorf("run %d is %v after its time", n, late)
			}
			n++
			spread[late] = true
			return nil
		}
		a := testAgent(t, put, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithTimeout(t.Context(), 99*time.Hour+30*time.Minute)
		defer cancel()
		a.Loop(ctx, time.Hour, 10*time.Minute)
		if n != 100 || len(spread) < 50 {
			t.Errorf("%d runs at %d different times of the hour", n, len(spread))
		}
	})
}

// The agent through the real client: what the server says over HTTP makes it send all, and the server can tell who reports.
func TestPutBy(t *testing.T) {
	t.Parallel()
	var withContent []bool
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in ssmapi.PutInventoryInput
		if err := json.UnmarshalRead(r.Body, &in); err != nil || r.Header.Get("X-Amz-Target") != "AmazonSSM.PutInventory" {
			t.Errorf("%s: %v", r.Header.Get("X-Amz-Target"), err)
		}
		if r.Header.Get(ssmapi.ReporterHeader) != "fingerprint" {
			t.Errorf("reporter %q", r.Header.Get(ssmapi.ReporterHeader))
		}
		full := in.Items[0].Content != nil
		withContent = append(withContent, full)
		if !full {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"ItemContentMismatchException","TypeName":"AWS:Network","Message":"no"}`)
			return
		}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(endpoint.Close)
	c, err := client.New(client.Config{
		Endpoint: endpoint.URL, Region: "eu-west-1", Credentials: sigv4.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"},
		Header: http.Header{ssmapi.ReporterHeader: {"fingerprint"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	state := testState(t, t.TempDir())
	for range 2 {
		if _, err := Report(t.Context(), node, PutBy(c), state, []collect.Report{reportOf("AWS:Network", 1, 9)}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []bool{true, false, true}; !slices.Equal(withContent, want) {
		t.Errorf("calls with content: %v, want %v", withContent, want)
	}
}
