package sim

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/access"
	"muster/internal/client"
	"muster/internal/sigv4"
)

// line carries the calls of agents to a server, and counts them. It tries again as the agent's SDK does.
type line struct {
	endpoint, region string
	http             *http.Client
	retried          atomic.Int64

	mu         sync.Mutex
	operations map[access.Operation]*Traffic
}

// Traffic is what agents had to do with one operation.
type Traffic struct {
	Operation access.Operation
	Calls     int
	Failed    int     // those that came to nothing, whatever was tried
	Latency   Latency // of the others, from the first try to the end
}

func newLine(endpoint, region string, transport http.RoundTripper) *line {
	return &line{endpoint: endpoint, region: region, http: &http.Client{Transport: transport}, operations: map[access.Operation]*Traffic{}}
}

// agentTries is how often the agent's SDK makes a call, the first try included.
const agentTries = 4

// say makes a call with the input, and gives the output.
func say[Out, In any](ctx context.Context, l *line, o access.Operation, by signature, in *In) (*Out, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	text, err := l.send(ctx, o, by, body)
	if err != nil {
		return nil, err
	}
	out := new(Out)
	if err := json.Unmarshal(text, out); err != nil {
		return nil, fmt.Errorf("%s: decode the answer: %w", o, err)
	}
	return out, nil
}

// send makes a call with the body, and gives that of the answer. A call that ends with its context is none that failed.
func (l *line) send(ctx context.Context, o access.Operation, by signature, body []byte) (answer []byte, err error) {
	began := time.Now()
	for n := 1; ; n++ {
		answer, err = l.once(ctx, o, by, body)
		if err == nil || ctx.Err() != nil || n == agentTries || !again(err) {
			break
		}
		l.retried.Add(1)
		if !sleepUntil(ctx, time.Now().Add(time.Second<<(n-1)+rand.N(time.Second<<(n-1)/2))) {
			break
		}
	}
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.operations[o]
	if t == nil {
		t = &Traffic{Operation: o}
		l.operations[o] = t
	}
	t.Calls++
	switch {
	case err == nil:
		t.Latency = append(t.Latency, took)
	case ctx.Err() == nil && !unknownHash(err): // which is an answer like others
		t.Failed++
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name(), err)
	}
	return answer, nil
}

// again says whether the agent's SDK tries once more.
func again(err error) bool {
	refused, ok := errors.AsType[*client.Error](err)
	if !ok {
		return true // nobody there, or the connection broke
	}
	return refused.Code == muster.CodeThrottling || slices.Contains([]int{429, 500, 502, 503, 504}, refused.Status)
}

func (l *line) once(ctx context.Context, o access.Operation, by signature, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("User-Agent", "aws-sdk-go/1.51.20 (go1.22.3; linux; amd64) amazon-ssm-agent/3.3.0.0")
	r.Header.Set("X-Amz-Target", string(o))
	if by.chunked {
		r.ContentLength = -1
	}
	if err := by.sign(r, sha256.Sum256(body), sigv4.Scope{Region: l.region, Service: o.Service()}); err != nil {
		return nil, err
	}
	response, err := l.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode == http.StatusOK {
		return answer, err
	}
	var refused struct {
		Type  muster.Code `json:"__type"`
		Lower string      `json:"message"`
		Upper string      `json:"Message"`
	}
	if err := json.Unmarshal(answer, &refused); err != nil {
		refused.Lower = string(answer)
	}
	return nil, &client.Error{Status: response.StatusCode, Code: refused.Type, Message: cmp.Or(refused.Lower, refused.Upper)}
}

// traffic gives what went over the line, by operation, the most frequent first.
func (l *line) traffic() []Traffic {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Traffic
	for _, t := range l.operations {
		all = append(all, Traffic{t.Operation, t.Calls, t.Failed, slices.Clone(t.Latency)})
		all[len(all)-1].Latency.sort()
	}
	slices.SortFunc(all, func(a, b Traffic) int { return cmp.Or(b.Calls-a.Calls, cmp.Compare(a.Operation, b.Operation)) })
	return all
}
