package sim

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

// Lived is what a life of agents came to.
type Lived struct {
	Agents  int
	Took    time.Duration
	Traffic []Traffic // by operation, the most frequent first

	First   int // items with content of first reports
	Changed int // items with content of later ones
	Hashes  int // items without
	Resent  int // reports that went again in full because the server did not know a hash
	Retried int // calls that were turned away or lost, and made again
	GaveUp  int // polls for messages that the server held for longer than agents wait
	Bytes   int64

	// Memory is that of the server's process now and then, in bytes, as its metrics tell it. There is none from where they do not.
	Memory []float64

	faults // in what agents were answered
}

// life is one that agents lead.
type life struct {
	run         *Run
	line        *line
	began       time.Time
	speed       float64 // how fast the agents' time goes by
	activations []*ssmapi.CreateActivationOutput
	agents      []agent
	speakers    chan *speaker
	up, gaveUp  atomic.Int64

	mu    sync.Mutex
	lived Lived
}

// activationLimit is how many nodes may register with one activation.
const activationLimit = 1000

// memorySamples is how often the server's memory is looked at.
const memorySamples = 24

// Live takes the fleet's agents through the life of the scenario. It ends early only with the context: what fails is counted.
func (r *Run) Live(ctx context.Context) (*Lived, error) {
	span, nodes := r.Scenario.Life, r.Fleet.nodes
	l := &life{
		run: r, line: newLine(r.Target.endpoint, r.Target.region, r.Target.wire), speed: span.For.Seconds() / span.Over.Seconds(),
		agents: make([]agent, nodes), speakers: make(chan *speaker, cmp.Or(r.Clients, r.Scenario.Clients)),
	}
	machines, err := newMachines(nodes)
	if err != nil {
		return nil, err
	}
	if l.activations, err = r.activate(ctx, nodes); err != nil {
		return nil, err
	}
	for range cap(l.speakers) {
		l.speakers <- new(speaker)
	}
	r.life, r.known = l, make([]known, nodes)

	l.began = time.Now()
	bytes := r.Target.wire.bytes.Load()
	var living, watching sync.WaitGroup
	for i := range l.agents {
		a := &l.agents[i]
		a.life, a.machine, a.i = l, &machines[i], i
		living.Go(func() { a.live(ctx) })
	}
	lasts, over := context.WithCancel(ctx)
	watching.Go(func() { l.watch(lasts) })
	living.Wait()
	over()
	watching.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &l.lived
	out.Agents, out.Took, out.Traffic = nodes, time.Since(l.began), l.line.traffic()
	out.Retried, out.GaveUp, out.Bytes = int(l.line.retried.Load()), int(l.gaveUp.Load()), r.Target.wire.bytes.Load()-bytes
	return out, nil
}

// activate makes activations for so many nodes.
func (r *Run) activate(ctx context.Context, nodes int) (all []*ssmapi.CreateActivationOutput, err error) {
	role, about := "sim", "simulated agents"
	for ; nodes > 0; nodes -= activationLimit {
		limit := int32(min(nodes, activationLimit))
		out, err := client.Call[ssmapi.CreateActivationInput, ssmapi.CreateActivationOutput](ctx, r.Target.client, "CreateActivation",
			&ssmapi.CreateActivationInput{IamRole: &role, Description: &about, RegistrationLimit: &limit})
		if err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}

// wall is how long so much of the agents' time takes.
func (l *life) wall(d time.Duration) time.Duration { return time.Duration(float64(d) / l.speed) }

// sleep tells whether so much of the life was over before the context.
func (l *life) sleep(ctx context.Context, d time.Duration) bool {
	return sleepUntil(ctx, l.began.Add(l.wall(d)))
}

func (l *life) fault(a *agent, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lived.fault("node %d, %s: %v", a.i, a.id, err)
}

// count takes in a report, which was the agent's n-th.
func (l *life) count(s sent, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n == 0 {
		l.lived.First += s.content
	} else {
		l.lived.Changed += s.content
	}
	l.lived.Hashes += s.hashes
	if s.resent {
		l.lived.Resent++
	}
}

// watch tells the run's Progress how many agents are up, and looks at the server's memory, until the life ends.
func (l *life) watch(lasts context.Context) {
	every := time.NewTicker(l.run.Scenario.Life.Over / memorySamples)
	defer every.Stop()
	for {
		if bytes, err := l.run.Target.memory(lasts); err == nil {
			l.lived.Memory = append(l.lived.Memory, bytes)
		}
		if l.run.Progress != nil {
			l.run.Progress(Progress{"agents up", int(l.up.Load()), len(l.agents), 0, time.Since(l.began)})
		}
		select {
		case <-every.C:
		case <-lasts.Done():
			return
		}
	}
}

// memory asks the server's metrics.
func (t *Target) memory(ctx context.Context) (bytes float64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(t.endpoint, "/")+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := t.wire.transport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "process_resident_memory_bytes "); ok {
			return strconv.ParseFloat(text, 64)
		}
	}
	return 0, errors.New("the metrics do not tell of memory")
}

// growth is how much more memory the server took at most in the last quarter of the life than in the second, as a part of that. In the
// first the agents come up.
func (l *Lived) growth() float64 {
	quarter := len(l.Memory) / 4
	if quarter == 0 {
		return 0
	}
	return slices.Max(l.Memory[3*quarter:])/slices.Max(l.Memory[quarter:2*quarter]) - 1
}

// check wants the server to show each agent's node as one that is well.
func (l *life) check(ctx context.Context, v *Verdict) error {
	shown := map[muster.NodeID]ssmapi.InstanceInformation{}
	key, size := "ActivationIds", int32(50)
	filter := ssmapi.InstanceInformationStringFilter{Key: &key}
	for _, a := range l.activations {
		filter.Values = append(filter.Values, a.ActivationId)
	}
	in := &ssmapi.DescribeInstanceInformationInput{Filters: ssmapi.List[ssmapi.InstanceInformationStringFilter]{filter}, MaxResults: &size}
	for {
		out, err := client.Call[ssmapi.DescribeInstanceInformationInput, ssmapi.DescribeInstanceInformationOutput](ctx, l.run.Target.client, "DescribeInstanceInformation", in)
		if err != nil {
			return err
		}
		for _, n := range out.InstanceInformationList {
			shown[n.InstanceId] = n
		}
		if in.NextToken = out.NextToken; in.NextToken == "" {
			break
		}
	}
	if len(shown) != len(l.agents) {
		v.fault("the server shows %d nodes of %d", len(shown), len(l.agents))
	}
	for i := range l.agents {
		a := &l.agents[i]
		n, name := shown[a.id], l.run.Fleet.Node(i).Name
		if a.told == nil || n.PingStatus != "Online" || n.AssociationStatus != muster.ExecutionSuccess || n.ComputerName != name ||
			!n.LastAssociationExecutionDate.Equal(a.told.ExecutionDate.Time) {
			v.fault("node %d, %s, is shown as %s", i, name, fmt.Sprintf("%+v", n))
		}
	}
	return nil
}
