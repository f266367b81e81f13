package daemon

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var hashNodes = flag.Int("nodes", 1024, "how many nodes report in BenchmarkHashOnly")

// BenchmarkHashOnly is reports by hash over HTTP, each on disk before it is answered, against a handler that reads the
// body and answers with the same header, in a server of the same settings. To both come 64 clients, each with a connection that
// it keeps, with the same signed requests of as many nodes as -nodes says; they take turns, a round each, one op being a round of
// both. The clients are what Go programs have, or the least that there can be: on one machine the rest of the processors is the
// server's. Reported are the medians of the rounds and of the ratio within a round: of calls a second, and of the processors' time of
// a call, that of its client included, which other work on the machine disturbs less.
func BenchmarkHashOnly(b *testing.B) {
	ballast := make([]byte, 256<<20) // as in BenchmarkIngest
	defer runtime.KeepAlive(ballast)
	now := time.Now()
	config := Config{Data: b.TempDir(), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	d, err := Start(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Stop(context.Background())
	for node := range *hashNodes {
		report := newBenchReport(b, d, now, node, 1, true)
		if err := d.Fleet.Put(b.Context(), benchSpace, report.put); err != nil {
			b.Fatal(err)
		}
	}
	reports := make([][2]benchReport, *hashNodes)
	for at, node := range rand.New(rand.NewPCG(1, 2)).Perm(*hashNodes) { // those that report together are no neighbours on the disk
		for version := range reports[at] {
			reports[at][version] = newBenchReport(b, d, now, node, version, false)
		}
	}
	bare := startBare(b, config)
	for _, client := range []struct {
		name string
		of   func(address string) func(*benchReport) error
	}{
		{"least", func(address string) func(*benchReport) error { return (&benchCaller{address: address}).send }},
		{"net-http", httpSender},
	} {
		b.Run("client="+client.name, func(b *testing.B) {
			compareSides(b, newBenchSide(bare, client.of, reports), newBenchSide(d.URL, client.of, reports))
		})
	}
}

func compareSides(b *testing.B, bare, muster *benchSide) {
	bare.round(b) // both have their connections then
	muster.round(b)
	var rates, costs [3][]float64 // of the bare handler, of muster, and the ratio
	for b.Loop() {
		bareRate, bareCost := bare.round(b)
		rate, cost := muster.round(b)
		for i, r := range []float64{bareRate, rate, rate / bareRate} {
			rates[i] = append(rates[i], r)
		}
		for i, c := range []float64{bareCost, cost, cost / bareCost} {
			costs[i] = append(costs[i], c)
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, unit := range []string{"bare-calls/s", "calls/s", "of-bare-calls/s"} {
		b.ReportMetric(median(rates[i]), unit)
	}
	for i, unit := range []string{"bare-cpu-µs/call", "cpu-µs/call", "times-bare-cpu"} {
		b.ReportMetric(median(costs[i]), unit)
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// startBare serves at the address what any handler of such requests does.
func startBare(b *testing.B, config Config) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := serving(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			b.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("Content-Length", "2")
		w.Header().Set("X-Amzn-RequestId", "00000000-0000-4000-8000-000000000000")
		io.WriteString(w, "{}")
	}), config.withDefaults())
	go server.Serve(listener)
	b.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String()
}

// httpSender sends as Go programs do, the SDK and the agent among them, by a connection of its own.
func httpSender(address string) func(*benchReport) error {
	client := &http.Client{Transport: &http.Transport{}}
	return func(report *benchReport) error {
		r, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(report.body))
		if err != nil {
			return err
		}
		r.Host, r.Header = "bench", report.header
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		return readAnswer(answer)
	}
}

// benchSide is one of the two servers with its clients.
type benchSide struct {
	clients [benchNodes]func(*benchReport) error
	reports [][2]benchReport
}

func newBenchSide(address string, client func(address string) func(*benchReport) error, reports [][2]benchReport) *benchSide {
	s := &benchSide{reports: reports}
	for i := range s.clients {
		s.clients[i] = client(address)
	}
	return s
}

// round has every node report four times, and gives calls a second and the processors' time of a call in microseconds. Whichever client
// is free takes the next node, so that all of them are at work until the end.
func (s *benchSide) round(b *testing.B) (rate, cost float64) {
	calls := 4 * len(s.reports)
	began, before := time.Now(), cpuTime()
	var group sync.WaitGroup
	var taken atomic.Int64
	for _, send := range s.clients {
		group.Go(func() {
			for {
				call := int(taken.Add(1)) - 1
				if call >= calls {
					return
				}
				node, turn := call%len(s.reports), call/len(s.reports)
				if err := send(&s.reports[node][turn%2]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return float64(calls) / time.Since(began).Seconds(), float64((cpuTime() - before).Microseconds()) / float64(calls)
}
