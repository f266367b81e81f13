package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// example is a row of examples/manifest.json.
type example struct {
	Case        string
	Operation   string
	Status      int
	Source      string
	Compare     string // how much of the answer a server is held to
	Setup       []string
	Flags       string
	Request     string // directives of sendRaw, for what signed JSON alone cannot say
	Body        string // in place of the request's file
	Undecodable bool   // the page is misprinted
}

// examples are the rows of the manifest.
func examples(t *testing.T) []example {
	t.Helper()
	var manifest struct{ Cases []example }
	if err := json.Unmarshal(readExample(t, "manifest.json"), &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Cases
}

// operationOf is the operation that an example calls.
func operationOf(t *testing.T, name string) string {
	t.Helper()
	for _, e := range examples(t) {
		if e.Case == name {
			return e.Operation
		}
	}
	t.Fatalf("no example is called %s", name)
	return ""
}

func TestExamples(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t) {
		t.Run(e.Case, func(t *testing.T) {
			t.Parallel()
			if e.Source == "" {
				t.Fatal("no source")
			}
			sample := operations[e.Operation] != nil && e.Status == 200 && exists(e.Case+".response.json")
			if sample {
				e.decode(t)
			}
			if e.Compare == "documented-only" || sample && e.Compare == "shape" {
				return // the data of the sample are not there
			}
			e.replay(t)
		})
	}
}

// decode has the SDK read the documented answer from a server that says nothing else.
func (e example) decode(t *testing.T) {
	canned := readExample(t, e.Case+".response.json")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(canned) // an answer cut short fails the decoding below
	}))
	defer s.Close()
	o := caller{url: s.URL, region: "us-east-1", id: "AKIAIOSFODNN7EXAMPLE", secret: "secret", now: time.Now()}
	_, sent, err := callTyped(t.Context(), o, e.Operation, readExample(t, e.Case+".request.json"))
	if !sent {
		t.Fatal("the typed client cannot send the request")
	}
	if (err != nil) != e.Undecodable {
		t.Errorf("decoding: %v", err)
	}
}

// replay prepares a server and holds its answer against the documented one as far as the manifest says.
func (e example) replay(t *testing.T) {
	c := &Case{Name: e.Case}
	if err := c.Options.parse(e.Flags); err != nil {
		t.Fatal(err)
	}
	s, region := newServer(t, c, "")
	id, secret := s.Key("admin", "")
	o := caller{s.URL(), region, id, secret, s.Now()}
	for _, name := range e.Setup {
		if err := prepare(t, o, name); err != nil {
			t.Fatal(err)
		}
	}
	x, err := e.send(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.checkFrame(); err != nil {
		t.Error(err)
	}
	if x.status != e.Status {
		t.Fatalf("status %d, want %d: %s", x.status, e.Status, x.body)
	}
	if !exists(e.Case + ".response.json") {
		return
	}
	want, err := parseJSON(readExample(t, e.Case+".response.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseJSON(x.body)
	if err != nil {
		t.Fatal(err)
	}
	members, _ := want.(map[string]any)
	switch except, ok := strings.CutPrefix(e.Compare, "exact-except:"); {
	case ok && except == "message times":
		members["message"] = "Signature expired: {{some}} is now earlier than {{some}} ({{some}} - 5 min.)"
	case ok:
		members[except] = "{{some}}"
	case e.Compare == "shape": // only errors come here
		members["message?"] = "{{any}}"
	}
	if err := match(want, got, map[string]string{}, "answer"); err != nil {
		t.Errorf("%v (source: %s)\ngot: %s", err, e.Source, x.body)
	}
}

func (e example) send(t *testing.T, o caller) (exchange, error) {
	body := []byte(e.Body)
	if e.Body == "" {
		body = readExample(t, e.Case+".request.json")
	}
	if e.Request != "" {
		return sendRaw(t.Context(), o, fmt.Sprintf("X-Amz-Target: AmazonSSM.%s\n%s\n\n%s", e.Operation, e.Request, body))
	}
	if operations[e.Operation] != nil {
		if x, sent, err := callTyped(t.Context(), o, e.Operation, body); sent {
			return x, err
		}
	}
	return callRaw(t.Context(), o, e.Operation, body)
}

// prepare registers a fixture's nodes, each by its AWS:InstanceInformation, and does the fixture's steps; or it sends the
// request of another case.
func prepare(t *testing.T, o caller, name string) error {
	if !strings.HasPrefix(name, "fixture-") {
		return call(t, o, operationOf(t, name), readExample(t, name+".request.json"))
	}
	var fixture struct {
		Nodes []map[string]string
		Steps []struct {
			Operation string
			Body      json.RawMessage
		}
	}
	if err := json.Unmarshal(readExample(t, name+".json"), &fixture); err != nil {
		return err
	}
	for _, node := range fixture.Nodes {
		id := node["InstanceId"] + node["Id"] // fixtures have the one or the other
		attributes := maps.Clone(node)
		delete(attributes, "Id")
		body, err := json.Marshal(map[string]any{"InstanceId": id, "Items": []any{map[string]any{
			"TypeName": "AWS:InstanceInformation", "SchemaVersion": "1.0", "CaptureTime": "2020-03-30T14:00:57Z", "Content": []any{attributes},
		}}})
		if err != nil {
			return err
		}
		if err := call(t, o, "PutInventory", body); err != nil {
			return err
		}
	}
	for _, step := range fixture.Steps {
		if err := call(t, o, step.Operation, step.Body); err != nil {
			return err
		}
	}
	return nil
}

func call(t *testing.T, o caller, operation string, body []byte) error {
	x, sent, err := callTyped(t.Context(), o, operation, body)
	if err == nil && (!sent || x.status != 200) {
		err = fmt.Errorf("setup: %d %s", x.status, x.body)
	}
	return err
}

func readExample(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func exists(name string) bool {
	_, err := os.Stat("examples/" + name)
	return err == nil
}
