package daemon

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"muster"
	"muster/internal/fleet"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// BenchmarkIngest is what reports cost, beside what cannot be had for less: to hash them and see their tokens, to commit them,
// to have them received by a handler that does nothing but hash. Compare within one run, and by the processor's time, which
// includes that of the clients, the same few system calls everywhere.
func BenchmarkIngest(b *testing.B) {
	ballast := make([]byte, 256<<20) // a server has a fleet in memory; without one the collector runs after every few reports
	defer runtime.KeepAlive(ballast)
	now := time.Now()
	d, err := Start(b.Context(), Config{Data: b.TempDir(), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Stop(context.Background())
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(sha256.New(), r.Body); err != nil {
			b.Error(err)
		}
		io.WriteString(w, "{}")
	}))
	defer bare.Close()
	full, hashes := benchReports(b, d, now, true), benchReports(b, d, now, false)
	commit := func(r *benchReport) error { return d.Fleet.Put(context.Background(), benchSpace, r.put) }
	for _, clients := range []int{1, benchNodes} {
		for _, bench := range []struct {
			name    string
			reports *[benchNodes][2]benchReport
			client  func() func(*benchReport) error
		}{
			{"full/tokens", full, func() func(*benchReport) error { return (*benchReport).tokens }},
			{"full/commit", full, func() func(*benchReport) error { return commit }},
			{"full/handler", full, func() func(*benchReport) error { return (&benchCaller{handler: d.http.Handler}).call }},
			{"full/bare", full, func() func(*benchReport) error { return (&benchCaller{address: bare.URL}).send }},
			{"full/http", full, func() func(*benchReport) error { return (&benchCaller{address: d.URL}).send }},
			{"hash/bare", hashes, func() func(*benchReport) error { return (&benchCaller{address: bare.URL}).send }},
			{"hash/http", hashes, func() func(*benchReport) error { return (&benchCaller{address: d.URL}).send }},
		} {
			b.Run(fmt.Sprintf("%s/clients=%d", bench.name, clients), func(b *testing.B) {
				for node := range full {
					if err := errors.Join(commit(&full[node][0]), commit(&full[node][1])); err != nil {
						b.Fatal(err)
					}
				}
				benchClients(b, clients, bench.reports, bench.client)
			})
		}
	}
}

// benchNodes report, each by turns in two versions, between which a tenth of the packages differ.
const benchNodes = 64

var benchSpace = muster.Space{Account: defaultAccount, Region: "us-east-1"}

// benchClients has b.N reports sent, by each client those of its own nodes.
func benchClients(b *testing.B, clients int, reports *[benchNodes][2]benchReport, client func() func(*benchReport) error) {
	b.ResetTimer()
	before, sent := cpuTime(), atomic.Int64{}
	var group sync.WaitGroup
	for c := range clients {
		group.Go(func() {
			send := client()
			for i := c; sent.Add(1) <= int64(b.N); i += clients {
				if err := send(&reports[i%benchNodes][i/benchNodes%2]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// cpuTime is the processor's, of the whole process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchReport is one call in all its forms.
type benchReport struct {
	body    []byte
	header  http.Header
	request []byte // header and body as they cross the wire
	put     *fleet.Put
}

func benchReports(b *testing.B, d *Daemon, now time.Time, full bool) *[benchNodes][2]benchReport {
	reports := new([benchNodes][2]benchReport)
	for node := range reports {
		for version := range reports[node] {
			reports[node][version] = newBenchReport(b, d, now, node, version, full)
		}
	}
	return reports
}

func newBenchReport(b *testing.B, d *Daemon, now time.Time, node, version int, full bool) benchReport {
	body := benchBody(node, version, full)
	r := httptest.NewRequest("POST", "http://bench/", bytes.NewReader(body))
	r.Header.Set("X-Amz-Target", "AmazonSSM.PutInventory")
	sigv4.Sign(r, sha256.Sum256(body), d.Admin, sigv4.Scope{Region: string(benchSpace.Region), Service: "ssm"}, now)
	var request bytes.Buffer
	if err := r.Write(&request); err != nil {
		b.Fatal(err)
	}
	var in ssmapi.PutInventoryInput
	if !in.ScanJSON(body) {
		b.Fatal("not scanned")
	}
	put := &fleet.Put{Node: *in.InstanceId, Admin: true}
	for _, it := range in.Items {
		put.Items = append(put.Items, fleet.PutItem{
			Type: *it.TypeName, Version: *it.SchemaVersion, Captured: *it.CaptureTime, Hash: it.ContentHash,
			Content: it.Content, HashOnly: it.Content == nil, Size: it.ContentSize(),
		})
	}
	return benchReport{body, r.Header, request.Bytes(), put}
}

// tokens hashes the body and reads its tokens.
func (r *benchReport) tokens() error {
	sha256.Sum256(r.body)
	dec := jsontext.NewDecoder(bytes.NewReader(r.body), jsontext.AllowDuplicateNames(true))
	for {
		if _, err := dec.ReadToken(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// benchCaller is one client: of a handler, or of an address, to which it keeps a connection.
type benchCaller struct {
	handler http.Handler
	address string
	conn    net.Conn
	answers *bufio.Reader
}

func (c *benchCaller) call(report *benchReport) error {
	r := httptest.NewRequest("POST", "http://bench/", bytes.NewReader(report.body))
	r.Header = report.header
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return errors.New(w.Body.String())
	}
	return nil
}

func (c *benchCaller) send(report *benchReport) (err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", strings.TrimPrefix(c.address, "http://")); err != nil {
			return err
		}
		c.answers = bufio.NewReader(c.conn)
	}
	if _, err := c.conn.Write(report.request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return err
	}
	return readAnswer(answer)
}

func readAnswer(answer *http.Response) error {
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return err
}

// benchBody is what a node sends: 382 KB for 400 packages and 200 entries of nine other types, or the ten hashes alone.
func benchBody(node, version int, full bool) []byte {
	var s strings.Builder
	captured := version // a node looks again each time
	fmt.Fprintf(&s, `{"InstanceId":"mi-%017x","Items":[`, node)
	item := func(name, schema string, version, n int, entry func(i int) string) {
		if !strings.HasSuffix(s.String(), "[") {
			s.WriteString(",")
		}
		fmt.Fprintf(&s, `{"CaptureTime":"2026-03-04T05:06:0%dZ","ContentHash":"%x","SchemaVersion":"%s","TypeName":"%s"`, captured, sha256.Sum256(fmt.Append(nil, name, version)), schema, name)
		for i := range n {
			if !full {
				break
			}
			if i == 0 {
				s.WriteString(`,"Content":[`)
			} else {
				s.WriteString(",")
			}
			s.WriteString(entry(i))
			if i == n-1 {
				s.WriteString("]")
			}
		}
		s.WriteString("}")
	}
	if !full {
		version = 1 // what was put last
	}
	item("AWS:Application", "1.1", version, 400, func(i int) string {
		v := (node + i) % 5
		if i%10 == 0 {
			v += 5 * version
		}
		return fmt.Sprintf(`{"ApplicationType":"libdevel","Architecture":"amd64","Epoch":"0","InstalledTime":"2026-02-%02dT10:%02d:00Z","Name":"libexample-%d-dev","PackageId":"libexample_%d.%d-1+deb12u3_amd64","Publisher":"Debian Example Maintainers <pkg-example-devel@lists.alioth.debian.org>","Release":"1+deb12u%d","Summary":"%s","URL":"https://www.example.org/projects/libexample/%d/","Version":"2.%d.%d"}`,
			i%28+1, i%60, i, i, v, v, strings.Repeat("library of examples, development files; ", 7+i%7), i, v, i%13)
	})
	item("AWS:InstanceInformation", "1.0", 0, 1, func(int) string {
		return fmt.Sprintf(`{"AgentType":"amazon-ssm-agent","AgentVersion":"3.3.0.0","ComputerName":"host-%d","InstanceId":"mi-%017x","IpAddress":"10.0.0.%d","PlatformName":"Debian GNU/Linux","PlatformType":"Linux","PlatformVersion":"12"}`, node, node, node)
	})
	for _, name := range []string{"AWS:File", "AWS:Service", "AWS:WindowsRole", "AWS:WindowsUpdate", "AWS:Network", "Custom:Mounts", "AWS:Tag", "AWS:WindowsRegistry"} {
		item(name, "1.0", 0, 25, func(i int) string {
			return fmt.Sprintf(`{"DependentServices":"%s","DisplayName":"\"%s\" \u00e9 %d","Name":"%s-%d","Path":"C:\\Windows\\%d","ServicesDependedOn":"","StartType":"Automatic","Status":"Running","Variant":"%d"}`,
				strings.Repeat("rpcss, http, ", 13+i%5), name, i, name, i, i, node%4)
		})
	}
	s.WriteString("]}")
	return []byte(s.String())
}
