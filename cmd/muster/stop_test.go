package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/client"
	"muster/internal/sigv4"
)

const stopBody = `{"InstanceId":"mi-0123456789abcdef0","Items":[{"TypeName":"Custom:Rack","SchemaVersion":"1.0",` +
	`"CaptureTime":"2026-01-02T03:04:05Z","Content":[{"Row":"C"}]}]}`

// TestStopDrains sends SIGTERM in the middle of a request: that one is answered, no other is, and the status is 0.
func TestStopDrains(t *testing.T) {
	t.Parallel()
	var s server
	conn, answers := stopUnderWay(t, &s)
	fmt.Fprint(conn, stopBody[20:])
	response, err := http.ReadResponse(answers, nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the request under way: %v, %v", response, err)
	}
	response.Body.Close()
	if err := s.wait(); err != nil {
		t.Errorf("status: %v\n%s", err, s.log)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil {
		t.Error("somebody still listens")
	}
}

// TestStopAtOnce is for people who cannot wait: the second signal ends the program, whatever is under way.
func TestStopAtOnce(t *testing.T) {
	t.Parallel()
	var s server
	stopUnderWay(t, &s)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	process := s.cmd
	if err := s.wait(); err == nil || process.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v, not by the signal", err)
	}
}

// stopUnderWay starts a server, sends it the first 20 bytes of stopBody, and then SIGTERM. It returns when the server has begun
// to stop, with the connection on which the rest may follow.
func stopUnderWay(t *testing.T, s *server) (net.Conn, *bufio.Reader) {
	t.Helper()
	work := t.TempDir()
	if err := s.start(work, []string{"PATH=" + os.Getenv("PATH")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	key, err := client.LoadCredentials(filepath.Join(work, "muster-data", "credentials"), "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}

	// The server says "100 Continue" when it has begun to read the body.
	r, err := http.NewRequest(http.MethodPost, s.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSSM.PutInventory")
	sigv4.Sign(r, sha256.Sum256([]byte(stopBody)), key, sigv4.Scope{Region: "us-east-1", Service: "ssm"}, time.Now())
	r.Header.Set("Expect", "100-continue")
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.Host, len(stopBody))
	if err := r.Header.Write(conn); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "\r\n")
	answers := bufio.NewReader(conn)
	if response, err := http.ReadResponse(answers, nil); err != nil || response.StatusCode != http.StatusContinue {
		t.Fatal("not asked for the body: ", err)
	}
	fmt.Fprint(conn, stopBody[:20])

	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.log.wait(ctx, `"msg":"stopping"`); err != nil {
		t.Fatal(err)
	}
	return conn, answers
}
