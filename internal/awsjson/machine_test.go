package awsjson_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// The machines that the keys of these tests know, both with this key.
const machine, formerMachine = "mi-0123456789abcdef0", "mi-0123456789abcdef1"

var machineKey, machinePublicKey = newMachineKey()

func newMachineKey() (*rsa.PrivateKey, []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return key, public
}

// callers tells who called, by the message of an error: what an operation gets is what matters.
func callers() []awsjson.Operation {
	return []awsjson.Operation{
		awsjson.Handle(access.PutInventory, put),
		awsjson.Handle(access.RegisterManagedInstance, func(_ context.Context, c access.Caller, _ *struct{}) (*access.Caller, error) { return &c, nil }),
		awsjson.Handle(access.RequestManagedInstanceRoleToken, func(_ context.Context, c access.Caller, _ *ssmapi.RequestManagedInstanceRoleTokenInput) (*access.Caller, error) {
			if c.PublicKey != string(machinePublicKey) {
				return nil, errors.New("a caller with another key than the one that it signed with")
			}
			c.PublicKey = "" // which no JSON holds
			return &c, nil
		}),
	}
}

func (a *api) request(t *testing.T, op access.Operation, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("POST", a.URL, io.MultiReader(strings.NewReader(body))) // without a length: it goes in chunks
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", string(op))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return r
}

func (a *api) byMachine(t *testing.T, node, region string, op access.Operation, body string) *http.Request {
	t.Helper()
	r := a.request(t, op, body)
	if err := sigv4.SignPSS(r, sha256.Sum256([]byte(body)), node, machineKey, sigv4.Scope{Region: region, Service: "ssm"}, now); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMachineSignsInChunks(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, callers()...)
	resp, body := a.do(t, a.byMachine(t, machine, "eu-west-1", access.RequestManagedInstanceRoleToken, "{}"))
	want := `{"KeyID":"mi-0123456789abcdef0","Role":"machine","Node":"mi-0123456789abcdef0","Space":{"Account":"111122223333","Region":"eu-west-1"},"PublicKey":""}`
	if resp.StatusCode != 200 || body != want {
		t.Errorf("got  %s %s\nwant %s", resp.Status, body, want)
	}
}

func TestMachineIsRefused(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, callers()...)
	token := access.RequestManagedInstanceRoleToken
	const mismatch = `{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`
	denied := func(node, action string) string {
		return `{"__type":"AccessDeniedException","Message":"User: arn:aws:sts::111122223333:assumed-role/node/` + node + ` is not authorized to perform: ssm:` + action +
			` on resource: arn:aws:ssm:eu-west-1:111122223333:* because no identity-based policy allows the ssm:` + action + ` action"}`
	}
	altered := a.byMachine(t, machine, "eu-west-1", token, "{}")
	altered.Body = io.NopCloser(strings.NewReader("{ }"))
	hmac := a.signed(t, "AKIAADMIN", token, "{}")
	for name, test := range map[string]struct {
		r    *http.Request
		want string
	}{
		"unknown node": {a.byMachine(t, "mi-0123456789abcdeff", "eu-west-1", token, "{}"),
			`{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`},
		"another body": {altered, mismatch},
		"another region": {a.byMachine(t, machine, "eu-west-2", token, "{}"),
			`{"__type":"InvalidSignatureException","message":"Credential should be scoped to a valid region. mi-0123456789abcdef0 is registered in eu-west-1."}`},
		"deregistered":       {a.byMachine(t, formerMachine, "eu-west-1", token, "{}"), denied(formerMachine, "RequestManagedInstanceRoleToken")},
		"not for its key":    {a.byMachine(t, machine, "eu-west-1", access.PutInventory, goodPut), denied(machine, "PutInventory")},
		"an administrator's": {hmac, strings.ReplaceAll(denied("", "RequestManagedInstanceRoleToken"), "arn:aws:sts::111122223333:assumed-role/node/", "arn:aws:iam::111122223333:user/AKIAADMIN")},
	} {
		t.Run(name, func(t *testing.T) { a.refused(t, test.r, 400, test.want) })
	}
}

func TestUnsignedCalls(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, callers()...)
	t.Run("of an open operation", func(t *testing.T) {
		resp, body := a.do(t, a.request(t, access.RegisterManagedInstance, "{}"))
		if resp.StatusCode != 200 || !strings.Contains(body, `"Role":"nobody"`) {
			t.Errorf("got %s %s", resp.Status, body)
		}
		<-a.calls
	})
	t.Run("of others", func(t *testing.T) {
		for _, op := range []access.Operation{access.PutInventory, access.RequestManagedInstanceRoleToken} {
			a.refused(t, a.request(t, op, goodPut), 400, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`)
		}
	})
	t.Run("signed, and not for everyone then", func(t *testing.T) {
		if resp, body := a.do(t, a.signed(t, "AKIAREAD", access.RegisterManagedInstance, "{}")); resp.StatusCode != 400 || !strings.Contains(body, "AccessDenied") {
			t.Errorf("got %s %s", resp.Status, body)
		}
		<-a.calls
		if resp, body := a.do(t, a.signed(t, "AKIAADMIN", access.RegisterManagedInstance, "{}")); resp.StatusCode != 200 {
			t.Errorf("got %s %s", resp.Status, body)
		}
		<-a.calls
	})
	t.Run("a long body", func(t *testing.T) {
		const want = `{"__type":"RequestEntityTooLargeException","message":"The request body is larger than this server takes."}`
		long := "{}" + strings.Repeat(" ", 16<<10)
		a.refused(t, a.request(t, access.RegisterManagedInstance, long), 413, want)
		r := a.request(t, access.RegisterManagedInstance, "")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader([]byte(long))), int64(len(long))
		a.refused(t, r, 413, want)
		a.refused(t, a.byMachine(t, machine, "eu-west-1", access.RequestManagedInstanceRoleToken, long), 413, want)
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, callers()...)
	const unrecognized = `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`
	for name, test := range map[string]struct{ id, token, region, want string }{
		"good":           {"ASIASESSION", "good", "eu-west-1", ""},
		"old":            {"ASIASESSION", "old", "eu-west-1", `{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}`},
		"altered":        {"ASIASESSION", "goof", "eu-west-1", unrecognized},
		"another region": {"ASIASESSION", "good", "eu-west-2", unrecognized},
		"another id":     {"AKIAADMIN", "good", "eu-west-1", unrecognized},
		"without token":  {"ASIASESSION", "", "eu-west-1", unrecognized},
	} {
		t.Run(name, func(t *testing.T) {
			r := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut)
			creds := sigv4.Credentials{AccessKeyID: test.id, SecretAccessKey: "session-secret", SessionToken: test.token}
			sigv4.Sign(r, sha256.Sum256([]byte(goodPut)), creds, sigv4.Scope{Region: test.region, Service: "ssm"}, now)
			if test.want != "" {
				a.refused(t, r, 400, test.want)
				return
			}
			if resp, body := a.do(t, r); resp.StatusCode != 200 {
				t.Errorf("got %s %s", resp.Status, body)
			}
			if call := <-a.calls; call.Caller.Node != "mi-0123456789abcdef0" || call.Caller.Role != "node" {
				t.Errorf("caller %+v", call.Caller)
			}
		})
	}
}
