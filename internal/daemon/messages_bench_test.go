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
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/internal/sigv4"
)

// waitingNodes is how many nodes wait for messages in the benchmark.
const waitingNodes = 10_000

// pollAddress is the variable that makes the test binary a crowd of waiting nodes, in a process of its own so that neither its
// processor time nor its files count as the server's.
const pollAddress = "MUSTER_POLL_ADDRESS"

func TestMain(m *testing.M) {
	if address := os.Getenv(pollAddress); address != "" {
		if err := pollAll(address, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// BenchmarkWaitingForMessages is what 10,000 nodes cost that wait for messages as the agent does, each asking again when it is
// answered. An iteration is as many polls as there are nodes, about 15 seconds: run it with -benchtime 1x or so.
func BenchmarkWaitingForMessages(b *testing.B) {
	now := time.Now()
	d, err := Start(b.Context(), Config{Data: b.TempDir(), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Stop(context.Background())
	before := memoryInUse()
	rounds, wait := startPolling(b, d, now)
	if !rounds.Scan() { // the first line: all have asked
		b.Fatal("the nodes are gone")
	}
	each := float64(memoryInUse()-before) / waitingNodes
	if !rounds.Scan() { // and been answered once, at times that lie apart
		b.Fatal("the nodes are gone")
	}

	b.ResetTimer()
	spent := cpuTime()
	for range b.N {
		if !rounds.Scan() {
			b.Fatal("the nodes are gone")
		}
	}
	spent = cpuTime() - spent
	b.StopTimer()
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N*waitingNodes), "cpu-µs/poll")
	b.ReportMetric(100*spent.Seconds()/b.Elapsed().Seconds(), "%of-a-core")
	b.ReportMetric(each/1024, "KB/node")
	if err := wait(); err != nil {
		b.Error(err)
	}
}

// startPolling starts the nodes. They print a line when all have asked, and one for each round of answers.
func startPolling(b *testing.B, d *Daemon, now time.Time) (rounds *bufio.Scanner, wait func() error) {
	body := []byte(`{"Destination":"mi-00000000000000001","MessagesRequestId":"5ad2e7b4-8a0c-4c2e-9f0e-3f4b0a3a6c11","VisibilityTimeoutInSeconds":10}`)
	r := httptest.NewRequest("POST", "http://bench/", bytes.NewReader(body))
	r.Header.Set("X-Amz-Target", "EC2WindowsMessageDeliveryService.GetMessages")
	sigv4.Sign(r, sha256.Sum256(body), d.Admin, sigv4.Scope{Region: string(benchSpace.Region), Service: "ec2messages"}, now)
	var request bytes.Buffer
	if err := r.Write(&request); err != nil {
		b.Fatal(err)
	}
	nodes := exec.Command(os.Args[0])
	nodes.Env = append(os.Environ(), pollAddress+"="+strings.TrimPrefix(d.URL, "http://"))
	nodes.Stderr = os.Stderr
	in, err := nodes.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := nodes.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := nodes.Start(); err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(in, "%08d%s", request.Len(), request.Bytes())
	return bufio.NewScanner(out), func() error { return errors.Join(in.Close(), nodes.Wait()) }
}

// pollAll is the process of the nodes. It ends when its input does.
func pollAll(address string, in io.Reader, out io.Writer) error {
	var size int
	if _, err := fmt.Fscanf(io.LimitReader(in, 8), "%d", &size); err != nil {
		return err
	}
	request := make([]byte, size)
	if _, err := io.ReadFull(in, request); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, in)
		failed <- err
	}()
	var answered atomic.Int64
	for range waitingNodes {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		if _, err := conn.Write(request); err != nil {
			return err
		}
		go func() {
			answers := bufio.NewReaderSize(conn, 512)
			for {
				answer, err := http.ReadResponse(answers, nil)
				if err != nil {
					return // the server has stopped
				}
				text, err := io.ReadAll(answer.Body)
				if err != nil || answer.StatusCode != http.StatusOK {
					failed <- fmt.Errorf("%s: %s: %w", answer.Status, text, err)
					return
				}
				if answered.Add(1)%waitingNodes == 0 {
					fmt.Fprintln(out, "all answered")
				}
				if _, err := conn.Write(request); err != nil {
					return
				}
			}
		}()
	}
	fmt.Fprintln(out, "all asked")
	return <-failed
}

// memoryInUse is what the process holds of heap and stacks, garbage left out.
func memoryInUse() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
