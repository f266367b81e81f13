package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/sigv4"
)

type question struct {
	Name  string `json:",omitzero"`
	Count int    `json:",omitzero"`
}

type answer struct {
	Said string
}

var testKey = sigv4.Credentials{AccessKeyID: "AKIDTEST", SecretAccessKey: "secret/+", SessionToken: "token=="}

// verified lets through what testKey signed for eu-west-1, and hands over the
// body.
func verified(t *testing.T, then func(w http.ResponseWriter, r *http.Request, body string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		signed, err := sigv4.Parse(r, "ssm", time.Now())
		if err == nil {
			err = signed.Verify(testKey.SecretAccessKey, sha256.Sum256(body))
		}
		if err != nil {
			t.Errorf("signature: %v", err)
		}
		if signed.AccessKeyID != testKey.AccessKeyID || signed.SessionToken != testKey.SessionToken || signed.Scope.Region != "eu-west-1" {
			t.Errorf("signed = %+v", signed)
		}
		then(w, r, string(body))
	})
}

// inMemory carries calls to a handler without a network, so that a test can
// run on synctest's clock.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.Host = r.URL.Host
	w := httptest.NewRecorder()
	m.ServeHTTP(w, in)
	return w.Result(), nil
}

func newClient(t *testing.T, config Config) *Client {
	t.Helper()
	if config.Endpoint == "" {
		config.Endpoint = "http://muster.test:8765"
	}
	config.Region, config.Credentials = "eu-west-1", testKey
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCall goes over a real connection.
func TestCall(t *testing.T) {
	for _, test := range []struct {
		operation, target string
		in                *question
		body, reply       string
		want              answer
	}{
		{"GetInventory", "AmazonSSM.GetInventory", &question{Name: "größe", Count: 2}, `{"Name":"größe","Count":2}`, `{"Said":"yes","New":[1]}`, answer{"yes"}},
		{"Muster.ListKeys", "Muster.ListKeys", nil, `{}`, `{}`, answer{}},
		{"DeleteInventory", "AmazonSSM.DeleteInventory", &question{}, `{}`, ``, answer{}},
	} {
		server := httptest.NewServer(verified(t, func(w http.ResponseWriter, r *http.Request, body string) {
			for name, want := range map[string]string{
				"X-Amz-Target": test.target,
				"Content-Type": "application/x-amz-json-1.1",
				"User-Agent":   "muster/1.2.3",
				"X-Muster-Sim": "7",
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s: %s %q, want %q", test.operation, name, got, want)
				}
			}
			if body != test.body || r.Method != http.MethodPost || r.URL.Path != "/" {
				t.Errorf("%s: %s %s %s, want %s", test.operation, r.Method, r.URL.Path, body, test.body)
			}
			io.WriteString(w, test.reply)
		}))
		c := newClient(t, Config{Endpoint: server.URL, Version: "1.2.3", Header: http.Header{"X-Muster-Sim": {"7"}}})
		got, err := Call[question, answer](t.Context(), c, test.operation, test.in)
		if err != nil || *got != test.want {
			t.Errorf("%s: %+v, %v", test.operation, got, err)
		}
		server.Close()
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name    string
		status  int
		body    string
		want    Error
		text    string
		members int
	}{
		{"bare code, capital message", 400, `{"__type":"ItemContentMismatchException","Message":"differs","TypeName":"AWS:File"}`,
			Error{Code: "ItemContentMismatchException", Message: "differs"}, "Op: ItemContentMismatchException: differs (request r-1)", 3},
		{"namespace and suffix, small message", 400, `{"__type":"com.amazonaws.ssm#InvalidFilter:http://x/","message":"no"}`,
			Error{Code: "InvalidFilter", Message: "no"}, "Op: InvalidFilter: no (request r-1)", 2},
		{"no message", 400, `{"__type":"InvalidResourceId"}`,
			Error{Code: "InvalidResourceId"}, "Op: InvalidResourceId (request r-1)", 1},
		{"members of odd types", 400, `{"__type":"X","message":null,"Message":7}`,
			Error{Code: "X"}, "Op: X (request r-1)", 3},
		{"a proxy's page", 404, `<html>`, Error{Message: "Not Found"}, "Op: HTTP status 404: Not Found (request r-1)", 0},
		{"JSON, but no object", 403, `[]`, Error{Message: "Forbidden"}, "Op: HTTP status 403: Forbidden (request r-1)", 0},
		{"a redirect, not followed", 307, ``, Error{Message: "Temporary Redirect"}, "Op: HTTP status 307: Temporary Redirect (request r-1)", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			calls := 0
			c := newClient(t, Config{Transport: inMemory{verified(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				calls++
				w.Header().Set("x-amzn-RequestId", "r-1")
				w.Header().Set("Location", "http://elsewhere.test/")
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})}})
			_, err := Call[question, answer](t.Context(), c, "Op", nil)
			got, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%v is no *Error", err)
			}
			if got.Status != test.status || got.Code != test.want.Code || got.Message != test.want.Message || got.RequestID != "r-1" {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if len(got.Members) != test.members || err.Error() != test.text {
				t.Errorf("%d members, text %q; want %d, %q", len(got.Members), err, test.members, test.text)
			}
			if calls != 1 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

func TestRefusalKeepsMembers(t *testing.T) {
	c := newClient(t, Config{Transport: inMemory{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"__type":"ItemContentMismatchException","TypeName":"AWS:File"}`)
	})}})
	_, err := Call[question, answer](t.Context(), c, "PutInventory", nil)
	if e, ok := errors.AsType[*Error](err); !ok || string(e.Members["TypeName"]) != `"AWS:File"` {
		t.Errorf("%v: %v", ok, e)
	}
}

// TestRetries runs on synctest's clock, where only pauses take time.
func TestRetries(t *testing.T) {
	lost := errors.New("connection reset")
	for _, test := range []struct {
		name     string
		status   int
		body     string
		lost     error // in place of an answer
		failures int   // before it goes well
		attempts int
		ok       bool
	}{
		{name: "goes well", attempts: 1, ok: true},
		{name: "throttled", status: 400, body: `{"__type":"ThrottlingException","message":"Rate exceeded"}`, failures: 2, attempts: 3, ok: true},
		{name: "throttled by another name", status: 400, body: `{"__type":"RequestLimitExceeded"}`, failures: 1, attempts: 2, ok: true},
		{name: "too many requests", status: 429, failures: 1, attempts: 2, ok: true},
		{name: "internal error", status: 500, body: `{"__type":"InternalServerError"}`, failures: 1, attempts: 2, ok: true},
		{name: "bad gateway", status: 502, body: `<html>`, failures: 1, attempts: 2, ok: true},
		{name: "unavailable", status: 503, failures: 3, attempts: 4, ok: true},
		{name: "gateway timeout", status: 504, failures: 1, attempts: 2, ok: true},
		{name: "connection lost", lost: lost, failures: 3, attempts: 4, ok: true},
		{name: "never well", status: 503, failures: 4, attempts: 4},
		{name: "never connected", lost: lost, failures: 4, attempts: 4},
		{name: "not implemented", status: 501, failures: 1, attempts: 1},
		{name: "refused", status: 400, body: `{"__type":"InvalidFilter"}`, failures: 1, attempts: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts := 0
				var handler http.Handler = verified(t, func(w http.ResponseWriter, _ *http.Request, body string) {
					if body != `{"Name":"n"}` {
						t.Errorf("attempt %d: body %s", attempts, body)
					}
					if attempts <= test.failures {
						w.WriteHeader(test.status)
						io.WriteString(w, test.body)
						return
					}
					io.WriteString(w, `{"Said":"well"}`)
				})
				c := newClient(t, Config{MaxAttempts: 4, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					attempts++
					if test.lost != nil && attempts <= test.failures {
						return nil, test.lost
					}
					return inMemory{handler}.RoundTrip(r)
				})})
				started := time.Now()
				got, err := Call[question, answer](t.Context(), c, "Op", &question{Name: "n"})
				if (err == nil) != test.ok || test.ok && got.Said != "well" {
					t.Errorf("%+v, %v", got, err)
				}
				if attempts != test.attempts {
					t.Errorf("%d attempts, want %d", attempts, test.attempts)
				}
				if !test.ok && test.attempts > 1 && !strings.Contains(err.Error(), "after 4 attempts") {
					t.Errorf("%v", err)
				}
				if !test.ok && test.lost != nil && !errors.Is(err, test.lost) {
					t.Errorf("%v hides %v", err, test.lost)
				}
				// 0.2 s, 0.4 s, 0.8 s at most.
				if waited, most := time.Since(started), 200*time.Millisecond<<(attempts-1)-200*time.Millisecond; waited > most {
					t.Errorf("waited %v over %d attempts, want at most %v", waited, attempts, most)
				}
			})
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPauseIsBounded(t *testing.T) {
	var longest time.Duration
	for attempt := 1; attempt < 200; attempt++ {
		longest = max(longest, pause(200*time.Millisecond, attempt))
	}
	if longest > longestPause || longest < longestPause/2 {
		t.Errorf("longest of 200 pauses %v", longest)
	}
}

// TestRetriesAreSignedAnew would be refused if an attempt were sent with the
// time of the first.
func TestRetriesAreSignedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		c := newClient(t, Config{Timeout: time.Hour, Transport: inMemory{verified(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
			if attempts++; attempts == 1 {
				time.Sleep(sigv4.Window + time.Minute)
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			io.WriteString(w, `{}`)
		})}})
		if _, err := Call[question, answer](t.Context(), c, "Op", nil); err != nil || attempts != 2 {
			t.Errorf("%d attempts, %v", attempts, err)
		}
	})
}

// TestContextEnds during an attempt, and during the pause after one.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		attempts := 0
		c := newClient(t, Config{MaxAttempts: 1000, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if attempts++; attempts == 3 {
				cancel(nil)
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return nil, errors.New("connection refused")
		})})
		_, err := Call[question, answer](ctx, c, "Op", nil)
		if !errors.Is(err, context.Canceled) || attempts != 3 || strings.Contains(err.Error(), "waiting") {
			t.Errorf("%d attempts, %v", attempts, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("connection refused")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := newClient(t, Config{MaxAttempts: 1000, Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, refused })})
		started := time.Now()
		_, err := Call[question, answer](ctx, c, "Op", nil)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, refused) || time.Since(started) != time.Minute {
			t.Errorf("after %v: %v", time.Since(started), err)
		}
	})
}

// TestTimeout of an attempt is a lost connection, which is retried.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		c := newClient(t, Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			attempts++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		started := time.Now()
		_, err := Call[question, answer](t.Context(), c, "Op", nil)
		if err == nil || attempts != 3 || time.Since(started) < 6*time.Minute || time.Since(started) > 7*time.Minute {
			t.Errorf("%d attempts, %v, %v", attempts, time.Since(started), err)
		}
	})
}

func TestAnswerTooLarge(t *testing.T) {
	for size, ok := range map[int]bool{100: true, 101: false} {
		attempts := 0
		c := newClient(t, Config{MaxResponse: 100, Transport: inMemory{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			attempts++
			fmt.Fprintf(w, `{"Said":"%s"}`, strings.Repeat("x", size-len(`{"Said":""}`)))
		})}})
		_, err := Call[question, answer](t.Context(), c, "Op", nil)
		if (err == nil) != ok || attempts != 1 || !ok && err.Error() != "Op: the answer is larger than 100 bytes" {
			t.Errorf("%d bytes: %d attempts, %v", size, attempts, err)
		}
	}
}

func TestBrokenAnswer(t *testing.T) {
	c := newClient(t, Config{Transport: inMemory{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"Said":`)
	})}})
	if got, err := Call[question, answer](t.Context(), c, "Op", nil); err == nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestUntrustedCertificate is not retried: it will not get better.
func TestUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the refused handshake
	server.StartTLS()
	defer server.Close()
	transport, err := newTransport("")
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	attempts := 0
	c := newClient(t, Config{Endpoint: server.URL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		attempts++
		return transport.RoundTrip(r)
	})})
	if _, err := Call[question, answer](t.Context(), c, "Op", nil); err == nil || attempts != 1 {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}
