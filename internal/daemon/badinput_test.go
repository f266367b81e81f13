package daemon

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"muster/internal/sigv4"
)

const (
	region  = "us-east-1"
	goodPut = `{"InstanceId":"mi-0123456789abcdef0","Items":[{"TypeName":"Custom:Rack","SchemaVersion":"1.0",` +
		`"CaptureTime":"2026-01-02T03:04:05Z","Content":[{"Row":"C"}]}]}`
	big  = 64 << 20 // bytes, four times what is read
	deep = 100_000
)

// badInput is something that comes over a connection and is no request to be answered with success.
type badInput struct {
	name   string
	send   func(running, net.Conn)
	status int    // 0: the connection is closed without an answer
	code   string // the __type of the answer, if it is one of the API
	closes bool   // the connection cannot be used again
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	d := start(t, Config{})
	for _, in := range []badInput{
		{"no HTTP", says("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), 400, "", true},
		{"HTTP/2 without being asked", says("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400, "", true},
		{"two lengths", says("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400, "", true},
		{"a coding that nobody knows", says("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: zip\r\n\r\n"), 501, "", true},
		{"no host", says("POST / HTTP/1.1\r\n\r\n"), 400, "", true},
		{"a head of a megabyte", says("POST / HTTP/1.1\r\nHost: a\r\nX-Long: " + strings.Repeat("a", 1<<20) + "\r\n\r\n"), 431, "", true},
		{"another path", says("POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), 404, "", false},
		{"another method", says("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405, "", false},

		{"no signature", says("POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: AmazonSSM.GetInventory\r\nContent-Length: 2\r\n\r\n{}"), 400, "MissingAuthenticationTokenException", false},
		{"64 MB and no signature", unsigned, 400, "MissingAuthenticationTokenException", true},
		{"a body that is not the one that was signed", tampered, 400, "InvalidSignatureException", false},
		{"64 MB", wholeBody(strings.Repeat(" ", big)), 413, "RequestEntityTooLargeException", true},
		{"64 MB in chunks", chunks(strings.Repeat(" ", big)), 413, "RequestEntityTooLargeException", true},
		{"64 MB that are said to come", promised(big), 413, "RequestEntityTooLargeException", true},
		{"a body that ends early", cut, 400, "SerializationException", true},
		{"chunks that end early", cutChunks, 400, "SerializationException", true},
		{"a chunk of no size", badChunk, 400, "SerializationException", true},

		{"half a JSON text", wholeBody(goodPut[:len(goodPut)/2]), 400, "SerializationException", false},
		{"no JSON", wholeBody("InstanceId=mi-0123456789abcdef0"), 400, "SerializationException", false},
		{"no body", wholeBody(""), 400, "SerializationException", false},
		{"more than one JSON text", wholeBody(goodPut + goodPut), 400, "SerializationException", false},
		{"lists in lists", wholeBody(`{"Items":` + nested("[", "]") + `}`), 400, "SerializationException", false},
		{"objects in objects", wholeBody(`{"Items":` + nested(`{"a":`, "}") + `}`), 400, "SerializationException", false},
		{"lists in lists, in a member that nobody knows", wholeBody(`{"Extra":` + nested("[", "]") + `,` + goodPut[1:]), 400, "SerializationException", false},
		{"lists in lists without end", wholeBody(strings.Repeat("[", deep)), 400, "SerializationException", false},
		{"a list for an object", wholeBody("[" + goodPut + "]"), 400, "SerializationException", false},
		{"a string for a list", wholeBody(replaced(`[{"Row":"C"}]`, `"C"`)), 400, "SerializationException", false},
		{"a number for a string", wholeBody(replaced(`"1.0"`, `1.0`)), 400, "SerializationException", false},
		{"a number for a value", wholeBody(replaced(`"C"`, `7`)), 400, "SerializationException", false},
		{"an object for a value", wholeBody(replaced(`"C"`, `{"a":"b"}`)), 400, "SerializationException", false},
		{"no UTF-8 in a value", wholeBody(replaced("C", "\xff\xfe")), 400, "SerializationException", false},
		{"no UTF-8 in a name", wholeBody(replaced("Row", "R\xc0\xafw")), 400, "SerializationException", false},
		{"half a surrogate pair", wholeBody(replaced("C", `\ud800`)), 400, "SerializationException", false},
		{"a control character", wholeBody(replaced("C", "\x00")), 400, "SerializationException", false},
		{"a member twice", wholeBody(replaced(`"Items"`, `"InstanceId":"nobody","Items"`)), 400, "SerializationException", false},
	} {
		t.Run(in.name, func(t *testing.T) { in.try(t, d) })
	}
}

// TestSlowClients waits for clients as long as it is told, and no longer.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	d := start(t, Config{Patience: Patience{Header: 100 * time.Millisecond, Body: 300 * time.Millisecond, Idle: 100 * time.Millisecond}})
	for _, in := range []badInput{
		{"a head that does not come", says(""), 0, "", true},
		{"a head that does not end", says("POST / HTTP/1.1\r\nHost: a\r\n"), 0, "", true},
		{"a body that does not come", promised(100), 400, "SerializationException", true},
		{"a body that does not end", func(d running, conn net.Conn) {
			promised(len(goodPut))(d, conn)
			_, _ = io.WriteString(conn, goodPut[:50])
		}, 400, "SerializationException", true},
		{"no second request", says("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"), 200, "", true},
	} {
		t.Run(in.name, func(t *testing.T) { in.try(t, d) })
	}
}

// TestIdleConnections opens a thousand connections that say nothing, or nothing more.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	d := start(t, Config{Patience: Patience{Header: 3 * time.Second, Idle: 3 * time.Second}})
	conns := make([]net.Conn, 1000)
	for i := range conns {
		conns[i] = dial(t, d)
		defer conns[i].Close()
		if i%2 == 0 {
			continue
		}
		says("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")(d, conns[i])
		if response, err := http.ReadResponse(bufio.NewReader(conns[i]), nil); err != nil || response.StatusCode != 200 {
			t.Fatal("connection ", i, ": ", err)
		}
	}
	for range 50 {
		wellAndGood(t, d)
	}
	for i, conn := range conns {
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("connection %d is still open", i)
		}
	}
	wellAndGood(t, d)
}

func dial(t *testing.T, d running) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func (in badInput) try(t *testing.T, d running) {
	conn := dial(t, d)
	defer conn.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		in.send(d, conn) // the server may answer and close before it is done
	}()
	answers := bufio.NewReader(conn)
	response, err := http.ReadResponse(answers, nil)
	switch {
	case in.status == 0:
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("want the connection closed, got %v, %v", response, err)
		}
	case err != nil:
		t.Fatal("no answer: ", err)
	default:
		in.check(t, response)
		if in.closes {
			if _, err := answers.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the connection is not closed: %v", err)
			}
		}
	}
	conn.Close()
	<-sent
	wellAndGood(t, d)
}

func (in badInput) check(t *testing.T, response *http.Response) {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error("read the answer: ", err)
	}
	if response.StatusCode != in.status {
		t.Errorf("status %d, want %d: %.200s", response.StatusCode, in.status, body)
	}
	if in.code == "" {
		return
	}
	var answer struct {
		Type string `json:"__type"`
	}
	mustDecode(t, string(body), &answer)
	if answer.Type != in.code {
		t.Errorf("code %s, want %s: %.200s", answer.Type, in.code, body)
	}
	if response.Header.Get("X-Amzn-RequestId") == "" {
		t.Error("no request id")
	}
}

// wellAndGood is what has to be true whatever came before.
func wellAndGood(t *testing.T, d running) {
	t.Helper()
	if status, text := get(t, d.URL+"/readyz"); status != 200 {
		t.Errorf("readyz: %d %s", status, text)
	}
	if err := put(t, d, d.Admin); err != nil {
		t.Error("a good put: ", err)
	}
}

// signedHead is the head of a PutInventory call that is signed for the body, all but its last line.
func signedHead(d running, body string) string {
	r, err := http.NewRequest(http.MethodPost, d.URL+"/", nil)
	if err != nil {
		panic(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSSM.PutInventory")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sigv4.Sign(r, sha256.Sum256([]byte(body)), d.Admin, sigv4.Scope{Region: region, Service: "ssm"}, time.Now())
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST / HTTP/1.1\r\nHost: %s\r\n", r.Host)
	if err := r.Header.Write(&head); err != nil {
		panic(err)
	}
	return head.String()
}

// The functions that send ignore errors: that the server has had enough is what they are about.

func says(text string) func(running, net.Conn) {
	return func(_ running, conn net.Conn) { _, _ = io.WriteString(conn, text) }
}

func wholeBody(body string) func(running, net.Conn) {
	return func(d running, conn net.Conn) {
		_, _ = fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", signedHead(d, body), len(body), body)
	}
}

func chunks(body string) func(running, net.Conn) {
	return func(d running, conn net.Conn) {
		_, _ = fmt.Fprintf(conn, "%sTransfer-Encoding: chunked\r\n\r\n", signedHead(d, body))
		for len(body) > 0 {
			n := min(len(body), 1<<20)
			if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", n, body[:n]); err != nil {
				return
			}
			body = body[n:]
		}
		_, _ = io.WriteString(conn, "0\r\n\r\n")
	}
}

// promised sends no more than a head.
func promised(length int) func(running, net.Conn) {
	return func(d running, conn net.Conn) {
		_, _ = fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n", signedHead(d, goodPut), length)
	}
}

func unsigned(_ running, conn net.Conn) {
	_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: AmazonSSM.PutInventory\r\nContent-Length: %d\r\n\r\n%s", big, strings.Repeat(" ", big))
}

func tampered(d running, conn net.Conn) {
	_, _ = fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", signedHead(d, goodPut), len(goodPut), replaced(`"C"`, `"D"`))
}

func cut(d running, conn net.Conn) {
	promised(len(goodPut))(d, conn)
	_, _ = io.WriteString(conn, goodPut[:50])
	_ = conn.(*net.TCPConn).CloseWrite()
}

func cutChunks(d running, conn net.Conn) {
	_, _ = fmt.Fprintf(conn, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s", signedHead(d, goodPut), len(goodPut), goodPut[:50])
	_ = conn.(*net.TCPConn).CloseWrite()
}

func badChunk(d running, conn net.Conn) {
	_, _ = fmt.Fprintf(conn, "%sTransfer-Encoding: chunked\r\n\r\nzz\r\n%s", signedHead(d, goodPut), goodPut)
}

func nested(open, end string) string {
	return strings.Repeat(open, deep) + `""` + strings.Repeat(end, deep)
}

// replaced is goodPut with another text somewhere.
func replaced(old, text string) string { return strings.Replace(goodPut, old, text, 1) }

func mustDecode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
}
