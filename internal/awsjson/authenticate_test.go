package awsjson_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/sigv4"
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory, put))
	resign := func(r *http.Request, creds sigv4.Credentials, scope sigv4.Scope, at time.Time) {
		sigv4.Sign(r, sha256.Sum256([]byte(goodPut)), creds, scope, at)
	}
	admin := sigv4.Credentials{AccessKeyID: "AKIAADMIN", SecretAccessKey: "admin-secret"}
	scope := sigv4.Scope{Region: "eu-west-1", Service: "ssm"}
	const (
		unrecognized = `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`
		mismatch     = `{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`
		missing      = `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`
	)
	for name, test := range map[string]struct {
		alter func(*http.Request)
		want  string
	}{
		"unsigned":       {func(r *http.Request) { r.Header.Del("Authorization") }, missing},
		"another scheme": {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, missing},
		"unknown key": {func(r *http.Request) {
			resign(r, sigv4.Credentials{AccessKeyID: "AKIANOBODY", SecretAccessKey: "x"}, scope, now)
		}, unrecognized},
		"wrong secret": {func(r *http.Request) {
			resign(r, sigv4.Credentials{AccessKeyID: "AKIAADMIN", SecretAccessKey: "x"}, scope, now)
		}, mismatch},
		"session token of a key without sessions": {func(r *http.Request) {
			resign(r, sigv4.Credentials{AccessKeyID: "AKIAADMIN", SecretAccessKey: "admin-secret", SessionToken: "x"}, scope, now)
		}, unrecognized},
		"another body": {func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(goodPut, "Rack", "Hack", 1)))
		}, mismatch},
		"another header": {func(r *http.Request) {
			resign(r, admin, scope, now)
			r.Header.Set("Content-Type", "text/plain")
		}, mismatch},
		"expired": {func(r *http.Request) { resign(r, admin, scope, now.Add(-5*time.Minute-time.Second)) },
			`{"__type":"InvalidSignatureException","message":"Signature expired: 20260304T050106Z is now earlier than 20260304T050107Z (20260304T050607Z - 5 min.)"}`},
		"another service": {func(r *http.Request) {
			resign(r, admin, sigv4.Scope{Region: "eu-west-1", Service: "s3"}, now)
		}, `{"__type":"InvalidSignatureException","message":"Credential should be scoped to correct service: 'ssm'."}`},
		"a node's key in another region": {func(r *http.Request) {
			resign(r, sigv4.Credentials{AccessKeyID: "AKIANODE", SecretAccessKey: "node-secret"}, sigv4.Scope{Region: "moon-base-1", Service: "ssm"}, now)
		}, `{"__type":"InvalidSignatureException","message":"Credential should be scoped to a valid region. mi-0123456789abcdef0 is registered in eu-west-1."}`},
		"incomplete": {func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host")
		}, `{"__type":"IncompleteSignatureException","message":"Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut)
			test.alter(r)
			a.refused(t, r, 400, test.want)
		})
	}

	t.Run("the region makes the space", func(t *testing.T) {
		r := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut)
		resign(r, admin, sigv4.Scope{Region: "moon-base-1", Service: "ssm"}, now)
		if resp, body := a.do(t, r); resp.StatusCode != 200 {
			t.Fatalf("got %s %s", resp.Status, body)
		}
		if call := <-a.calls; call.Caller.Space.String() != "111122223333/moon-base-1" {
			t.Errorf("space %s", call.Caller.Space)
		}
	})
}

// TestLogDoesNotRepeatCredentials has a header that AWS's text quotes back; what is sent as one may be a secret.
func TestLogDoesNotRepeatCredentials(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	a := serve(t, awsjson.Config{Log: slog.New(slog.NewTextHandler(&logged, nil))}, awsjson.Handle(access.PutInventory, put))
	r := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=sesame")
	if _, body := a.do(t, r); !strings.Contains(body, "sesame") {
		t.Errorf("answered %s", body)
	}
	<-a.calls
	if line := logged.String(); strings.Contains(line, "sesame") || !strings.Contains(line, "IncompleteSignatureException") {
		t.Errorf("logged %s", line)
	}
}
