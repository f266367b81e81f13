package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster"
	"muster/internal/client"
	"muster/internal/collect"
	"muster/internal/ssmapi"
)

const node muster.NodeID = "mi-0123456789abcdef0"

// server keeps what it is sent by the rules of PutInventory, as far as an agent meets them, and writes down each call.
type server struct {
	t        *testing.T
	items    map[muster.TypeName]ssmapi.InventoryItem
	calls    []string // "AWS:Application=2 AWS:Network#": entries, or a hash alone
	refuses  map[muster.TypeName]muster.Code
	down     error
	maxBytes int64
}

func newServer(t *testing.T) *server {
	return &server{t: t, items: map[muster.TypeName]ssmapi.InventoryItem{}, refuses: map[muster.TypeName]muster.Code{}}
}

func (s *server) put(_ context.Context, in *ssmapi.PutInventoryInput) error {
	var call []string
	var size int64
	var refused muster.Code
	for _, i := range in.Items {
		t := *i.TypeName
		size += i.Content.Size()
		switch stored, ok := s.items[t]; {
		case i.ContentHash == "":
			s.t.Errorf("%s has no hash", t)
		case i.Content != nil:
			call = append(call, string(t)+"="+strconv.Itoa(len(i.Content)))
		default:
			call = append(call, string(t)+"#")
			if !ok || stored.ContentHash != i.ContentHash {
				refused = muster.CodeItemContentMismatch
			}
		}
		if code := s.refuses[t]; code != "" {
			refused = code
		}
		if len(i.Content) > muster.MaxEntries {
			refused = muster.CodeValidation
		}
	}
	if *in.InstanceId != node || len(in.Items) == 0 || len(in.Items) > muster.MaxItems {
		s.t.Errorf("a call of %d items for %s", len(in.Items), *in.InstanceId)
	}
	s.maxBytes = max(s.maxBytes, size)
	s.calls = append(s.calls, strings.Join(call, " "))
	if s.down != nil {
		return s.down
	}
	if refused != "" {
		return &client.Error{Status: 400, Code: refused, Message: "no"}
	}
	for _, i := range in.Items {
		if i.Content != nil {
			s.items[*i.TypeName] = i
		}
	}
	return nil
}

func (s *server) wantCalls(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.calls, want) {
		s.t.Errorf("calls\n  %s\nwant\n  %s", strings.Join(s.calls, "\n  "), strings.Join(want, "\n  "))
	}
	s.calls = nil
}

func testState(t *testing.T, dir string) *State {
	t.Helper()
	state, err := OpenState(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// reportOf has n entries of about size bytes each.
func reportOf(name muster.TypeName, n, size int) collect.Report {
	r := collect.Report{Type: name, Version: "1.0", Captured: "2026-11-22T12:00:00Z", Entries: []muster.Entry{}}
	for i := range n {
		r.Entries = append(r.Entries, muster.Entry{{Name: "Name", Value: fmt.Sprintf("%0*d", size, i)}})
	}
	return r
}

func mustReport(t *testing.T, s *server, state *State, reports ...collect.Report) Outcome {
	t.Helper()
	outcome, err := Report(t.Context(), node, s.put, state, reports)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func TestUnchangedGoesAsHash(t *testing.T) {
	t.Parallel()
	s, dir := newServer(t), t.TempDir()
	app, net, none := reportOf("AWS:Application", 2, 9), reportOf("AWS:Network", 1, 9), reportOf("AWS:BillingInfo", 0, 0)

	if got, want := mustReport(t, s, testState(t, dir), app, net, none), (Outcome{Types: 3, Entries: 3, Calls: 1}); got != want {
		t.Errorf("first report: %+v", got)
	}
	s.wantCalls("AWS:Application=2 AWS:Network=1 AWS:BillingInfo=0")

	// What was accepted outlives the process; what changed goes in full beside it.
	app = reportOf("AWS:Application", 3, 9)
	if got, want := mustReport(t, s, testState(t, dir), app, net, none), (Outcome{Types: 3, Unchanged: 2, Entries: 3, Calls: 1}); got != want {
		t.Errorf("second report: %+v", got)
	}
	s.wantCalls("AWS:Application=3 AWS:Network# AWS:BillingInfo#")

	// The same content under another version is not the same.
	net.Version = "1.1"
	mustReport(t, s, testState(t, dir), net)
	s.wantCalls("AWS:Network=1")
}

func TestServerThatForgot(t *testing.T) {
	t.Parallel()
	s, state := newServer(t), testState(t, t.TempDir())
	app, net := reportOf("AWS:Application", 2, 9), reportOf("AWS:Network", 1, 9)
	mustReport(t, s, state, app, net)
	s.calls = nil

	delete(s.items, "AWS:Network")
	if got, want := mustReport(t, s, state, app, net), (Outcome{Types: 2, Entries: 3, Calls: 2}); got != want {
		t.Errorf("%+v", got)
	}
	s.wantCalls("AWS:Application# AWS:Network#", "AWS:Application=2 AWS:Network=1")
}

func TestOneBadItemKeepsNothingBack(t *testing.T) {
	t.Parallel()
	s, state := newServer(t), testState(t, t.TempDir())
	s.refuses["Custom:Bad"] = muster.CodeInvalidItemContent
	reports := []collect.Report{reportOf("AWS:Application", 2, 9), reportOf("Custom:Bad", 1, 9), reportOf("Custom:Good", 1, 9)}

	outcome, err := Report(t.Context(), node, s.put, state, reports)
	if refusal(err) == nil || !strings.Contains(err.Error(), "Custom:Bad") {
		t.Errorf("error: %v", err)
	}
	if want := (Outcome{Types: 2, Entries: 3, Calls: 4}); outcome != want {
		t.Errorf("%+v", outcome)
	}
	s.wantCalls("AWS:Application=2 Custom:Bad=1 Custom:Good=1", "AWS:Application=2", "Custom:Bad=1", "Custom:Good=1")

	// In the next run the good ones are hashes and the bad one is tried again, because someone may have mended it.
	if _, err = Report(t.Context(), node, s.put, state, reports); err == nil {
		t.Error("a refused item is no error")
	}
	s.wantCalls("AWS:Application# Custom:Bad=1 Custom:Good#", "AWS:Application=2 Custom:Bad=1 Custom:Good=1",
		"AWS:Application=2", "Custom:Bad=1", "Custom:Good=1")
}

func TestRefusedCaller(t *testing.T) {
	t.Parallel()
	s, state := newServer(t), testState(t, t.TempDir())
	s.refuses["AWS:Network"] = muster.CodeAccessDenied
	_, err := Report(t.Context(), node, s.put, state, []collect.Report{reportOf("AWS:Application", 2, 9), reportOf("AWS:Network", 1, 9)})
	if r := refusal(err); r == nil || r.Code != muster.CodeAccessDenied {
		t.Errorf("error: %v", err)
	}
	s.wantCalls("AWS:Application=2 AWS:Network=1")
}

func TestServerDown(t *testing.T) {
	t.Parallel()
	s, state := newServer(t), testState(t, t.TempDir())
	s.down = errors.New("connection refused")
	big := reportOf("AWS:File", 300, 4000)
	reports := []collect.Report{big, reportOf("AWS:Application", 2, 9)}

	outcome, err := Report(t.Context(), node, s.put, state, reports)
	if !errors.Is(err, s.down) || outcome != (Outcome{Calls: 1}) {
		t.Errorf("%+v, %v", outcome, err)
	}
	s.wantCalls("AWS:File=300") // and no second call to a server that is not there

	s.down = nil
	mustReport(t, s, state, reports...)
	s.wantCalls("AWS:File=300", "AWS:Application=2")
}

func TestCallsStaySmall(t *testing.T) {
	t.Parallel()
	s, state := newServer(t), testState(t, t.TempDir())
	var reports []collect.Report
	for i := range 2*muster.MaxItems + 1 {
		reports = append(reports, reportOf(muster.TypeName("Custom:T"+strconv.Itoa(i)), 10, 4000))
	}
	outcome := mustReport(t, s, state, reports...)
	if s.maxBytes > maxCall || outcome.Calls != 3 {
		t.Errorf("%d calls, the largest %d bytes", outcome.Calls, s.maxBytes)
	}
	// As hashes they weigh nothing: only the number of items counts.
	if outcome := mustReport(t, s, state, reports...); outcome.Calls != 3 || outcome.Unchanged != len(reports) {
		t.Errorf("second run: %+v", outcome)
	}
}

func TestTooManyEntries(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	outcome := mustReport(t, s, testState(t, t.TempDir()), reportOf("AWS:File", muster.MaxEntries+7, 9))
	if want := (Outcome{Types: 1, Entries: muster.MaxEntries, Calls: 1, Cut: 7}); outcome != want {
		t.Errorf("%+v", outcome)
	}
}

// A type that could not be gathered is not reported: an empty one would say that all of it is gone.
func TestGatherErrorsAreNotSent(t *testing.T) {
	t.Parallel()
	s, broken := newServer(t), errors.New("torn page")
	outcome, err := Report(t.Context(), node, s.put, testState(t, t.TempDir()), []collect.Report{
		{Type: "AWS:Application", Version: "1.1", Captured: "2026-11-22T12:00:00Z", Err: broken, Skipped: 3},
		reportOf("AWS:Network", 1, 9),
	})
	if !errors.Is(err, broken) || outcome != (Outcome{Types: 1, Entries: 1, Calls: 1, Skipped: 3}) {
		t.Errorf("%+v, %v", outcome, err)
	}
	s.wantCalls("AWS:Network=1")
}

func TestInput(t *testing.T) {
	t.Parallel()
	in, err := Input(node, []collect.Report{reportOf("AWS:Network", 0, 0), {Type: "Custom:", Err: errors.New("x")}})
	if err != nil || len(in.Items) != 1 || in.Items[0].Content == nil || *in.InstanceId != node {
		t.Errorf("%+v, %v", in, err)
	}
}

func TestStateNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := testState(t, dir).Node("machine")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := testState(t, dir).Node("machine"); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	if other, _ := testState(t, t.TempDir()).Node("machine"); other != first {
		t.Errorf("the id hangs on the directory: %s and %s", first, other)
	}
	if copied, _ := testState(t, dir).Node("copy"); copied == first {
		t.Error("a state that was copied to another machine took the node id with it")
	}

	if err := testState(t, dir).Renew(); err != nil {
		t.Fatal(err)
	}
	renewed, _ := testState(t, dir).Node("machine")
	if again, _ := testState(t, dir).Node("machine"); renewed == first || again != renewed {
		t.Errorf("%s, renewed to %s, then %s", first, renewed, again)
	}
}

func TestStateWithoutMachineID(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := testState(t, dir).Node("")
	again, _ := testState(t, dir).Node("")
	other, _ := testState(t, t.TempDir()).Node("")
	if err != nil || first != again || first == other {
		t.Errorf("%s, then %s, another host's %s, %v", first, again, other, err)
	}
}

// The hashes are those of a node: another has to send all.
func TestStateForgetsTheHashesOfAnotherNode(t *testing.T) {
	t.Parallel()
	s, state := newServer(t), testState(t, t.TempDir())
	if _, err := state.Node("machine"); err != nil {
		t.Fatal(err)
	}
	mustReport(t, s, state, reportOf("AWS:Network", 1, 9))
	if _, err := state.Node("copy"); err != nil {
		t.Fatal(err)
	}
	mustReport(t, s, state, reportOf("AWS:Network", 1, 9))
	s.wantCalls("AWS:Network=1", "AWS:Network=1")
}

func TestStateFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "state")
	first, err := testState(t, dir).Node("machine")
	if err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	file := filepath.Join(dir, names[0].Name())
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	for _, damage := range []string{"", "{", `{"hashes": 7}`, "\x00\x00\x00"} {
		if err := os.WriteFile(file, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		state, err := OpenState(dir, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil || !strings.Contains(log.String(), "damaged") {
			t.Errorf("%q: %v, log %q", damage, err, log.String())
			continue
		}
		if got, err := state.Node("machine"); got != first || err != nil {
			t.Errorf("%q: %s, %v", damage, got, err)
		}
	}
}

// A full disk is told of, and costs no more than the economy: the report has arrived.
func TestStateThatCannotBeSaved(t *testing.T) {
	t.Parallel()
	s, dir := newServer(t), filepath.Join(t.TempDir(), "state")
	state := testState(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	outcome, err := Report(t.Context(), node, s.put, state, []collect.Report{reportOf("AWS:Network", 1, 9)})
	if !errors.Is(err, fs.ErrNotExist) || outcome.Types != 1 || len(s.items) != 1 {
		t.Errorf("%+v, %d items on the server, %v", outcome, len(s.items), err)
	}
}
