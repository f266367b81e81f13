package daemon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// BenchmarkGetInventory is the question name = x and version < y and its first 50 nodes: by the handler alone, and over HTTP on one
// connection. The clients allocate nothing, so B/op is what an answer leaves to the collector of a server, whose cycles slow down
// whoever asks meanwhile.
func BenchmarkGetInventory(b *testing.B) {
	now := time.Now()
	d, err := Start(b.Context(), Config{Data: b.TempDir(), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Stop(context.Background())
	for node := range 2 * benchNodes {
		if err := d.Fleet.Put(b.Context(), benchSpace, newBenchReport(b, d, now, node, 1, true).put); err != nil {
			b.Fatal(err)
		}
	}
	q := newBenchQuestion(b, d, now)
	b.Run("handler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q.call(d.http.Handler)
		}
	})
	b.Run("http", func(b *testing.B) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(d.URL, "http://"))
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		b.ReportAllocs()
		for b.Loop() {
			if err := q.send(conn); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// benchQuestion is a signed call that is made again and again, and what its answers are read into.
type benchQuestion struct {
	request *http.Request
	body    *bytes.Reader
	wire    []byte // header and body as they cross the wire
	answer  benchAnswer
	whole   []byte // header and body of an answer, all of which have the same size
}

func newBenchQuestion(b *testing.B, d *Daemon, now time.Time) *benchQuestion {
	body := []byte(`{"Filters":[{"Key":"AWS:Application.Name","Values":["libexample-1-dev"],"Type":"Equal"},` +
		`{"Key":"AWS:Application.Version","Values":["2.4"],"Type":"LessThan"}],"MaxResults":50}`)
	r, err := http.NewRequest("POST", d.URL+"/", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSSM.GetInventory")
	sigv4.Sign(r, sha256.Sum256(body), d.Admin, sigv4.Scope{Region: string(benchSpace.Region), Service: "ssm"}, now)
	q := &benchQuestion{request: r, body: bytes.NewReader(body), answer: benchAnswer{header: http.Header{}}}
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		b.Fatal(err)
	}
	q.wire = wire.Bytes()
	r.Body = io.NopCloser(q.body)

	q.call(d.http.Handler)
	var out ssmapi.GetInventoryOutput
	if err := json.Unmarshal(q.answer.body.Bytes(), &out); err != nil || len(out.Entities) != 50 || out.NextToken == "" {
		b.Fatalf("status %d, %d entities, %v", q.answer.status, len(out.Entities), err)
	}
	q.whole = wholeAnswer(b, d, q.wire)
	return q
}

// wholeAnswer gives what comes back over the wire.
func wholeAnswer(b *testing.B, d *Daemon, request []byte) []byte {
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.URL, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	request = bytes.Replace(request, []byte("\r\n"), []byte("\r\nConnection: close\r\n"), 1)
	if _, err := conn.Write(request); err != nil {
		b.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) {
		b.Fatalf("%q, %v", answer, err)
	}
	return bytes.Replace(answer, []byte("Connection: close\r\n"), nil, 1)
}

func (q *benchQuestion) call(h http.Handler) {
	q.body.Seek(0, io.SeekStart)
	q.answer.body.Reset()
	h.ServeHTTP(&q.answer, q.request)
}

func (q *benchQuestion) send(conn net.Conn) error {
	if _, err := conn.Write(q.wire); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, q.whole)
	return err
}

// benchAnswer is an http.ResponseWriter that is used again.
type benchAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *benchAnswer) Header() http.Header             { return a.header }
func (a *benchAnswer) WriteHeader(status int)          { a.status = status }
func (a *benchAnswer) Write(p []byte) (int, error)     { return a.body.Write(p) }
func (a *benchAnswer) SetReadDeadline(time.Time) error { return nil }
