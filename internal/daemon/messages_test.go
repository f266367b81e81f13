package daemon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"muster/internal/sigv4"
)

// TestStopEndsPolls: a poll is held for 12 seconds at least, and the server is given less to stop.
func TestStopEndsPolls(t *testing.T) {
	t.Parallel()
	d, err := Start(t.Context(), quiet(t, Config{}))
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"Destination":"mi-00000000000000001"}`)
	inside := make(chan struct{}) // it asks for the body, so it has the call
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(inside) }})
	r, err := http.NewRequestWithContext(ctx, "POST", d.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Expect", "100-continue")
	r.Header.Set("X-Amz-Target", "EC2WindowsMessageDeliveryService.GetMessages")
	sigv4.Sign(r, sha256.Sum256(body), d.Admin, sigv4.Scope{Region: region, Service: "ec2messages"}, time.Now())
	answered := make(chan string, 1)
	go func() {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body) // what is missing of it does not match
		answered <- answer.Status + " " + string(text)
	}()
	<-inside
	within, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	if err := d.Stop(within); err != nil {
		t.Error(err)
	}
	if got, want := <-answered, `200 OK {"Destination":"mi-00000000000000001","Messages":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestThereAreNoControlChannels(t *testing.T) {
	t.Parallel()
	d := start(t, Config{})
	answer, err := http.Post(d.URL+"/v1/control-channel/mi-00000000000000001", "application/json", strings.NewReader(`{"MessageSchemaVersion":"1.0","RequestId":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusForbidden || !strings.Contains(string(text), "<AccessDeniedException>") {
		t.Errorf("got %s %s (%v)", answer.Status, text, err)
	}
}
