package awsjson_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

type keys map[string]muster.AccessKey

func (k keys) Lookup(id string) (muster.AccessKey, bool) {
	key, ok := k[id]
	return key, ok
}

func (keys) Session(id, token string, region muster.Region) (muster.AccessKey, error) {
	switch {
	case id != "ASIASESSION" || region != "eu-west-1":
		return muster.AccessKey{}, muster.ErrUnrecognizedClient
	case token == "good":
		return muster.AccessKey{Secret: "session-secret", Account: "111122223333", Role: muster.RoleNode, Node: "mi-0123456789abcdef0"}, nil
	case token == "old":
		return muster.AccessKey{}, muster.ErrExpiredToken
	}
	return muster.AccessKey{}, muster.ErrUnrecognizedClient
}

func (keys) Machine(id muster.NodeID) ([]byte, muster.Space, muster.Role, bool) {
	role, ok := map[muster.NodeID]muster.Role{machine: muster.RoleMachine, formerMachine: muster.RoleFormer}[id]
	return machinePublicKey, muster.Space{Account: "111122223333", Region: "eu-west-1"}, role, ok
}

var fixedKeys = keys{
	"AKIAADMIN": {Secret: "admin-secret", Account: "111122223333", Role: muster.RoleAdmin},
	"AKIAREAD":  {Secret: "read-secret", Account: "111122223333", Role: muster.RoleRead},
	"AKIANODE":  {Secret: "node-secret", Account: "111122223333", Role: muster.RoleNode, Node: "mi-0123456789abcdef0", Region: "eu-west-1"},
}

// api is a server with two operations that do little, and what its handler observed.
type api struct {
	*httptest.Server
	calls chan awsjson.Call
}

func serve(t *testing.T, config awsjson.Config, operations ...awsjson.Operation) *api {
	t.Helper()
	a := &api{calls: make(chan awsjson.Call, 100)}
	config.Keys = fixedKeys
	config.Now = func() time.Time { return now }
	config.Observe = func(c awsjson.Call) { a.calls <- c }
	a.Server = httptest.NewServer(awsjson.NewHandler(config, operations...))
	t.Cleanup(a.Close)
	return a
}

// signed makes a request that is signed by the key.
func (a *api) signed(t *testing.T, key string, op access.Operation, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("POST", a.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", string(op))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	creds := sigv4.Credentials{AccessKeyID: key, SecretAccessKey: fixedKeys[key].Secret}
	sigv4.Sign(r, sha256.Sum256([]byte(body)), creds, sigv4.Scope{Region: "eu-west-1", Service: "ssm"}, now)
	return r
}

// do sends the request and gives the answer with its body.
func (a *api) do(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := a.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := io.Copy(&body, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp, body.String()
}

// refused sends the request and holds its answer against an error: status, body and what was observed.
func (a *api) refused(t *testing.T, r *http.Request, status int, want string) {
	t.Helper()
	resp, body := a.do(t, r)
	if resp.StatusCode != status || body != want {
		t.Errorf("got  %d %s\nwant %d %s", resp.StatusCode, body, status, want)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/x-amz-json-1.1" {
		t.Errorf("content type %q", got)
	}
	call := <-a.calls
	if call.Status != status || !strings.Contains(want, `"__type":"`+string(call.Code)+`"`) {
		t.Errorf("observed status %d and code %s", call.Status, call.Code)
	}
	if call.RequestID == "" || resp.Header.Get("x-amzn-RequestId") != call.RequestID {
		t.Errorf("request id %q observed, %q sent", call.RequestID, resp.Header.Get("x-amzn-RequestId"))
	}
}

func put(context.Context, access.Caller, *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
	return &ssmapi.PutInventoryOutput{}, nil
}

const goodPut = `{"InstanceId":"mi-0123456789abcdef0","Items":[{"TypeName":"Custom:Rack","SchemaVersion":"1.0","CaptureTime":"2026-03-04T05:06:07Z","Content":[{"a":"b"}]}]}`
