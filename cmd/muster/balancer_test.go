package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// stand is a server behind a balancer.
type stand struct {
	*httptest.Server
	red, breaks atomic.Bool
	answered    atomic.Int64
}

func newStand(t *testing.T, name string) *stand {
	t.Helper()
	s := &stand{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			if s.red.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return
		}
		s.answered.Add(1)
		if s.breaks.Load() {
			panic(http.ErrAbortHandler)
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %s %d %s", name, r.Host, r.RequestURI, r.Header.Get("Accept-Encoding"), r.ContentLength, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func parseURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// through makes a request of the balancer and gives the status and the answer.
func through(b *balancer, target, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "http://muster.example:8181"+target, strings.NewReader(body))
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestBalancer(t *testing.T) {
	t.Parallel()
	one, two := newStand(t, "one"), newStand(t, "two")
	b := newBalancer(parseURL(t, one.URL), parseURL(t, two.URL))
	if status, text := through(b, "/", ""); status != http.StatusServiceUnavailable {
		t.Fatalf("before anybody was asked: %d %s", status, text)
	}

	b.probe(t.Context())
	const passedOn = " muster.example:8181 /a%2Fb?c=%zz  4 body"
	for _, want := range []string{"one", "two", "one", "two"} {
		if status, text := through(b, "/a%2Fb?c=%zz", "body"); status != http.StatusOK || text != want+passedOn {
			t.Errorf("%d %q, want %q", status, text, want+passedOn)
		}
	}

	one.red.Store(true)
	b.probe(t.Context())
	for range 3 {
		if status, text := through(b, "/", ""); status != http.StatusOK || !strings.HasPrefix(text, "two ") {
			t.Errorf("one is red: %d %s", status, text)
		}
	}

	one.red.Store(false)
	b.probe(t.Context())
	two.breaks.Store(true)
	answered := one.answered.Load() + two.answered.Load()
	failed := 0
	for range 4 {
		if status, _ := through(b, "/", "body"); status == http.StatusBadGateway {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d of 4 requests met the server that breaks off, want 1", failed)
	}
	if made := one.answered.Load() + two.answered.Load() - answered; made != 4 {
		t.Errorf("4 requests became %d", made)
	}
}
