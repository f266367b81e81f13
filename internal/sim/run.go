package sim

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Run is one fleet going through one scenario before one server.
type Run struct {
	Scenario *Scenario
	Fleet    *Fleet // made by Scenario.Fleet
	Target   *Target
	Clients  int // at once; 0 is the scenario's

	// Progress is told now and then how far a phase is. It may be nil.
	Progress func(Progress)

	known []known // by node
	life  *life   // that agents have led; nil if there are none
}

// Progress is how far a phase is.
type Progress struct {
	Phase     string
	Done, All int // nodes
	Failed    int
	Took      time.Duration
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
	Err     error // the first of those that failed

	// Throttled is how many requests were answered ThrottlingException.
	Throttled int

	// Latency is that of a report, from the moment when the node wanted to make it, until it was accepted, whatever was tried in
	// between. In a phase without a time a node wants to when a client is free for it.
	Latency Latency
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
	m.Latency = make(Latency, 0, len(nodes))
	w := r.Target.wire
	requests, throttled, bytes, began := w.requests.Load(), w.throttled.Load(), w.bytes.Load(), time.Now()
	var mu sync.Mutex
	r.each(ctx, phase, nodes, func(sp *speaker, i int, due time.Time) bool {
		sent, err := r.report(ctx, sp, i, generation)
		took := time.Since(due)
		mu.Lock()
		defer mu.Unlock()
		m.add(sent, took, err)
		return err == nil
	})
	m.Took = time.Since(began)
	m.Bytes = w.bytes.Load() - bytes
	m.Throttled = int(w.throttled.Load() - throttled)
	m.Retried = max(0, int(w.requests.Load()-requests)-m.Nodes-m.Resent) // none where reports need no requests
	m.Latency.sort()
	return m
}

// each lets the clients speak for one node after the other and tells Progress. If the phase has a time, each node is due at a
// random moment of it.
func (r *Run) each(ctx context.Context, phase Phase, nodes []int, speak func(sp *speaker, i int, due time.Time) (ok bool)) {
	clients := cmp.Or(r.Clients, r.Scenario.Clients)
	moments := jitter(phase.Over, len(nodes))
	var next, done, failed atomic.Int64
	began := time.Now()

	var speaking sync.WaitGroup
	for range min(clients, len(nodes)) {
		speaking.Go(func() {
			var sp speaker
			for {
				n := int(next.Add(1)) - 1
				if n >= len(nodes) {
					return
				}
				due := time.Now()
				if moments != nil {
					due = began.Add(moments[n])
				}
				if !sleepUntil(ctx, due) {
					return
				}
				if !speak(&sp, nodes[n], due) {
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

// jitter gives so many random moments within the time, ascending, or nil if there is none.
func jitter(within time.Duration, n int) []time.Duration {
	if within == 0 {
		return nil
	}
	moments := make([]time.Duration, n)
	for i := range moments {
		moments[i] = rand.N(within)
	}
	slices.Sort(moments)
	return moments
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

func (m *Measure) add(s sent, took time.Duration, err error) {
	m.Content += s.content
	m.Hashes += s.hashes
	if s.resent {
		m.Resent++
	}
	m.Latency = append(m.Latency, took)
	if err != nil {
		m.Failed++
		if m.Err == nil {
			m.Err = err
		}
	}
}
