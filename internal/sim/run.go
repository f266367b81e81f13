package sim

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

// types is how many a node reports.
const types = 10

// Run is one fleet going through one scenario before one server.
type Run struct {
	Scenario *Scenario
	Fleet    *Fleet // made by Scenario.Fleet
	Target   *Target
	Clients  int // at once; 0 is the scenario's

	// Progress is told now and then how far a phase is. It may be nil.
	Progress func(Progress)

	known []known // by node
}

// Progress is how far a phase is.
type Progress struct {
	Phase     string
	Done, All int // nodes
	Failed    int
	Took      time.Duration
}

// known is what a node remembers of the server's answers, which is all that it needs for the hash protocol.
type known struct {
	reported   bool
	generation int32         // of the last accepted report
	sums       [types]uint64 // of its hashes
}

// Measure is what a phase came to.
type Measure struct {
	Phase   string
	Nodes   int
	Content int // items with content
	Hashes  int // items without
	Resent  int // reports that went again in full because the server did not know a hash
	Retried int // requests that were turned away or lost, and made again
	Failed  int // reports that were not accepted in the end
	Bytes   int64
	Took    time.Duration
	Latency Latency // of a report, all that was tried again included
	Err     error   // the first of those that failed
}

// Do takes the fleet through the scenario, and gives a measure for each report. It ends early only with the context: a report
// that fails is counted.
func (r *Run) Do(ctx context.Context) ([]Measure, error) {
	var measures []Measure
	r.known = make([]known, r.Fleet.Len(len(r.Scenario.Reports)-1))
	for generation, phase := range r.Scenario.Reports {
		m := r.phase(ctx, generation, phase)
		if err := ctx.Err(); err != nil {
			return measures, err
		}
		measures = append(measures, m)
	}
	return measures, nil
}

func (r *Run) phase(ctx context.Context, generation int, phase Phase) Measure {
	var nodes []int
	for i := range r.Fleet.Len(generation) {
		if r.Fleet.Alive(i, generation) {
			nodes = append(nodes, i)
		}
	}
	order := rand.New(rand.NewPCG(r.Fleet.seed, uint64(generation)))
	order.Shuffle(len(nodes), func(a, b int) { nodes[a], nodes[b] = nodes[b], nodes[a] })

	m := Measure{Phase: phase.Name, Nodes: len(nodes)}
	requests, bytes, began := r.Target.wire.requests.Load(), r.Target.wire.bytes.Load(), time.Now()
	var mu sync.Mutex
	r.each(ctx, phase, nodes, func(s *Scratch, i int) bool {
		sent, err := r.report(ctx, s, i, generation)
		mu.Lock()
		defer mu.Unlock()
		m.add(sent, err)
		return err == nil
	})
	m.Took = time.Since(began)
	m.Bytes = r.Target.wire.bytes.Load() - bytes
	m.Retried = int(r.Target.wire.requests.Load()-requests) - m.Nodes - m.Resent
	m.Latency.sort()
	return m
}

// each lets the clients speak for one node after the other, spread over the phase's time if it has one, and tells Progress.
func (r *Run) each(ctx context.Context, phase Phase, nodes []int, speak func(s *Scratch, i int) (ok bool)) {
	clients := r.Clients
	if clients == 0 {
		clients = r.Scenario.Clients
	}
	var next, done, failed atomic.Int64
	began := time.Now()

	var speaking sync.WaitGroup
	for range min(clients, len(nodes)) {
		speaking.Go(func() {
			var s Scratch
			for {
				n := int(next.Add(1)) - 1
				if n >= len(nodes) || !sleepUntil(ctx, began.Add(phase.Over*time.Duration(n)/time.Duration(len(nodes)))) {
					return
				}
				if !speak(&s, nodes[n]) {
					failed.Add(1)
				}
				done.Add(1)
			}
		})
	}
	finished := make(chan struct{})
	go func() { speaking.Wait(); close(finished) }()

	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for more := true; more; {
		select {
		case <-tick.C:
		case <-finished:
			more = false
		}
		if r.Progress != nil {
			r.Progress(Progress{phase.Name, int(done.Load()), len(nodes), int(failed.Load()), time.Since(began)})
		}
	}
}

// sleepUntil tells whether the moment came before the context ended.
func sleepUntil(ctx context.Context, moment time.Time) bool {
	wait := time.Until(moment)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// sent is what became of one report.
type sent struct {
	content, hashes int
	resent          bool
	took            time.Duration
}

func (m *Measure) add(s sent, err error) {
	m.Content += s.content
	m.Hashes += s.hashes
	if s.resent {
		m.Resent++
	}
	m.Latency = append(m.Latency, s.took)
	if err != nil {
		m.Failed++
		if m.Err == nil {
			m.Err = err
		}
	}
}

// report speaks for a node as the agent does: what the server has accepted before goes as a hash, and if the server does not know
// a hash, all goes again in full. It is where a node's other conversations with a server would begin.
func (r *Run) report(ctx context.Context, s *Scratch, i, generation int) (sent, error) {
	items := r.Fleet.Report(s, i, generation)
	full := append(s.full[:0], items...)
	s.full = full
	k := &r.known[i]
	var sums [types]uint64
	var out sent
	last := items[len(items)-1]
	for n := range items {
		sums[n] = xxhash.Sum64String(string(items[n].ContentHash))
		if !k.reported || k.sums[n] != sums[n] {
			out.content++
			continue
		}
		out.hashes++
		hashOnly(&items[n], last)
	}
	id := r.Fleet.id(i)
	began := time.Now()
	err := r.Target.put(ctx, &ssmapi.PutInventoryInput{InstanceId: &id, Items: items})
	if refused, ok := errors.AsType[*client.Error](err); ok && refused.Code == muster.CodeItemContentMismatch {
		out.resent, out.content = true, out.content+len(full)
		err = r.Target.put(ctx, &ssmapi.PutInventoryInput{InstanceId: &id, Items: full})
	}
	out.took = time.Since(began)
	if err == nil {
		*k = known{true, int32(generation), sums}
	}
	return out, err
}

// hashOnly takes the content away and, as the AWS agent does by mistake, gives the item the version and the capture time of the
// last one of the call.
func hashOnly(it *ssmapi.InventoryItem, last ssmapi.InventoryItem) {
	it.Content = nil
	it.SchemaVersion, it.CaptureTime = last.SchemaVersion, last.CaptureTime
}
