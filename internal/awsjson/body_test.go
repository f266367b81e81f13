package awsjson_test

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// largePut has room for nobody beside it in a budget of eight megabytes.
var largePut = goodPut + strings.Repeat(" ", 4<<20)

// TestFullBudget has a call that is not done when the next one comes.
func TestFullBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entered, leave := make(chan struct{}), make(chan struct{})
		h := awsjson.NewHandler(awsjson.Config{Keys: fixedKeys, Now: func() time.Time { return now }, BodyBudget: 8 << 20},
			awsjson.Handle(access.PutInventory, func(context.Context, access.Caller, *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
				entered <- struct{}{}
				<-leave
				return &ssmapi.PutInventoryOutput{}, nil
			}))
		call := func(body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			r.Header.Set("X-Amz-Target", string(access.PutInventory))
			sigv4.Sign(r, sha256.Sum256([]byte(body)), sigv4.Credentials{AccessKeyID: "AKIAADMIN", SecretAccessKey: "admin-secret"},
				sigv4.Scope{Region: "eu-west-1", Service: "ssm"}, now)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		answers := make(chan *httptest.ResponseRecorder)
		start := func(body string) { go func() { answers <- call(body) }() }

		start(largePut)
		<-entered
		if h.BodyBudgetUsed() < int64(len(largePut)) {
			t.Errorf("%d bytes in use", h.BodyBudgetUsed())
		}
		if w := call(largePut); w.Code != 400 || w.Body.String() != `{"__type":"ThrottlingException","message":"Rate exceeded"}` {
			t.Errorf("a second one: %d %s", w.Code, w.Body)
		}
		start(goodPut)
		<-entered // a small one is let in
		leave <- struct{}{}
		leave <- struct{}{}
		start(largePut)
		<-entered
		leave <- struct{}{}
		for range 3 {
			if w := <-answers; w.Code != 200 {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		}
		if h.BodyBudgetUsed() != 0 {
			t.Errorf("%d bytes in use by nobody", h.BodyBudgetUsed())
		}
	})
}

// TestStrangersHoldNoMemory has refusals that do not wait for the body.
func TestStrangersHoldNoMemory(t *testing.T) {
	t.Parallel()
	h := awsjson.NewHandler(awsjson.Config{Keys: fixedKeys, Now: func() time.Time { return now }}, awsjson.Handle(access.PutInventory, put))
	for name, want := range map[string]muster.Code{"AKIANOBODY": muster.CodeUnrecognizedClient, "": muster.CodeMissingAuthenticationToken} {
		r := httptest.NewRequest("POST", "/", nil)
		body := &watched{read: func() int64 { return h.BodyBudgetUsed() }}
		r.Body, r.ContentLength = body, 1<<20
		r.Header.Set("X-Amz-Target", string(access.PutInventory))
		if name != "" {
			sigv4.Sign(r, [32]byte{}, sigv4.Credentials{AccessKeyID: name, SecretAccessKey: "x"}, sigv4.Scope{Region: "eu-west-1", Service: "ssm"}, now)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), string(want)) || body.most > 0 {
			t.Errorf("%q: %s, with %d bytes of memory", name, w.Body, body.most)
		}
	}
}

// watched is an endless body that looks at something whenever it is read.
type watched struct {
	blanks
	read func() int64
	most int64
}

func (w *watched) Read(p []byte) (int, error) {
	w.most = max(w.most, w.read())
	return w.blanks.Read(p)
}

func (*watched) Close() error { return nil }

// TestRefusalsKeepTheConnection has a body that is larger than what a server of net/http throws away by itself.
func TestRefusalsKeepTheConnection(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory, put))
	for i := range 3 {
		r := a.signed(t, "AKIANOBODY", access.PutInventory, strings.Repeat(" ", 700<<10))
		reused := false
		r = r.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused },
		}))
		a.refused(t, r, http.StatusBadRequest, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`)
		if reused != (i > 0) {
			t.Errorf("request %d: on a used connection: %v", i, reused)
		}
	}
}

// TestBodyInPieces has a body of several pieces whose length nobody said.
func TestBodyInPieces(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{BodyBudget: 1 << 10}, awsjson.Handle(access.PutInventory, put))
	for _, chunked := range []bool{false, true} {
		r := a.signed(t, "AKIAADMIN", access.PutInventory, largePut)
		if chunked {
			r.ContentLength = -1
		}
		if resp, body := a.do(t, r); resp.StatusCode != 200 {
			t.Errorf("in chunks %v: %s %s", chunked, resp.Status, body)
		}
		if call := <-a.calls; call.BytesIn != int64(len(largePut)) {
			t.Errorf("%d bytes read", call.BytesIn)
		}
	}
}
