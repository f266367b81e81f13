package agent

import (
	"context"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"muster/internal/client"
	"muster/internal/collect"
	"muster/internal/ssmapi"
)

// Enrolled is the agent of an enrolled host: it pings, and reports what and when the association says that the server has for it.
// All fields but Custom and Timing have to be set.
type Enrolled struct {
	Host      func(context.Context) (collect.Host, error) // collect.This, asked anew each time
	Version   string                                      // of muster
	Custom    fs.FS                                       // the directory of custom types; nil for none
	Client    *client.Client                              // calls the enrolment's server, whoever it signs for
	Enrolment *Enrolment                                  // of a node
	State     *State
	Log       *slog.Logger
	Timing    Timing
}

// Timing is how often the server hears of the host. The zero value is amazon-ssm-agent's.
type Timing struct {
	Ping   time.Duration // between pings; 0 is 5 minutes
	Poll   time.Duration // between questions for the association; 0 is 10 minutes
	Jitter time.Duration // up to which questions and reports are put off, so that a fleet does not come at once; 0 is 30 s
}

// The usual times.
const (
	DefaultPing   = 5 * time.Minute
	DefaultPoll   = 10 * time.Minute
	DefaultJitter = 30 * time.Second
)

func (t Timing) withDefaults() Timing {
	if t.Ping <= 0 {
		t.Ping = DefaultPing
	}
	if t.Poll <= 0 {
		t.Poll = DefaultPoll
	}
	if t.Jitter <= 0 {
		t.Jitter = DefaultJitter
	}
	return t
}

// late is a random part of the jitter.
func (t Timing) late() time.Duration { return rand.N(t.Jitter) }

// Run goes on until ctx ends, whatever the server does.
func (e *Enrolled) Run(ctx context.Context) {
	s := newSession(e.Client, e.Enrolment, e.Log)
	timing := e.Timing.withDefaults()
	var both sync.WaitGroup
	both.Go(func() { e.ping(ctx, s, timing) })
	both.Go(func() {
		f := follower{Enrolled: e, session: s, timing: timing}
		f.follow(ctx)
	})
	both.Wait()
}

// agentName is what AWS:InstanceInformation has for AgentType.
const agentName = "muster"

// ping tells the server that the host lives: in few words, then in full, once more within the first period, and then regularly. A
// ping that fails is followed by the next as if nothing had been.
func (e *Enrolled) ping(ctx context.Context, s *session, timing Timing) {
	e.pingOnce(ctx, s, false)
	for wait := rand.N(timing.Ping); ; wait = timing.Ping {
		e.pingOnce(ctx, s, true)
		if !sleep(ctx, wait) {
			return
		}
	}
}

func (e *Enrolled) pingOnce(ctx context.Context, s *session, full bool) {
	host, err := e.Host(ctx)
	if err == nil {
		node := s.node
		in := &ssmapi.UpdateInstanceInformationInput{
			InstanceId: &node, AgentName: agentName, AgentVersion: e.Version, PlatformType: host.Platform.Type,
		}
		if full {
			in.ComputerName, in.IPAddress = host.Name, host.Address()
			in.PlatformName, in.PlatformVersion = host.Platform.Name, host.Platform.Version
		}
		_, err = call[ssmapi.UpdateInstanceInformationInput, ssmapi.UpdateInstanceInformationOutput](ctx, s, "UpdateInstanceInformation", in)
	}
	if err != nil && ctx.Err() == nil {
		e.Log.WarnContext(ctx, "not pinged", "error", err)
	}
}
