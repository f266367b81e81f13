package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// What an agent does how often, in its own time.
const (
	comesUpWithin = 30 * time.Minute // of the beginning of a life
	pingEvery     = 5 * time.Minute
	pollEvery     = 10 * time.Minute
	reportEvery   = 30 * time.Minute // the schedule of the association that a server has for every node
	delay         = 30 * time.Second // before a poll for associations, and before a report
)

// What an agent does in the time of everybody.
const (
	gaveUpAfter  = 20 * time.Second // a poll for messages
	askedAgainIn = 2 * time.Second  // after an answer to one, and up to half a second more
	heldAtLeast  = 10 * time.Second // what a server that means well does with one
)

// agent is one amazon-ssm-agent, and the host that it runs on.
type agent struct {
	*life
	*machine     // which has not much but a key at first
	i        int // the node's number in the fleet

	association *ssmapi.InstanceAssociation // as it was last given
	document    string                      // the checksum that the document was fetched for
	told        *ssmapi.ExecutionResult     // of the association, last
	complied    muster.ContentHash          // of the compliance that was accepted last
	runs        int

	now    time.Duration // in the agent's time
	report duty
}

// duty is what an agent does again and again.
type duty struct {
	next time.Duration // in the agent's time, since the beginning of the life
	do   func(context.Context) (again time.Duration, err error)
}

// never is after every life.
const never time.Duration = math.MaxInt64

// live registers the agent and has it do its duties, each when it is due or, if that is over, as soon as it can: how often an agent
// does what does not depend on how fast anybody is.
func (a *agent) live(ctx context.Context) {
	a.now = rand.N(comesUpWithin)
	if !a.sleep(ctx, a.now) {
		return
	}
	renew, err := a.enrol(ctx)
	if err != nil {
		a.fault(a, err)
		return
	}
	a.up.Add(1)
	alive, die := context.WithCancel(ctx)
	waiting := make(chan struct{})
	go func() { a.waitForMessages(alive); close(waiting) }()
	defer func() { die(); <-waiting }()

	a.report = duty{never, a.reportInventory}
	duties := []*duty{
		{a.now + rand.N(pingEvery), a.ping}, {a.now + rand.N(delay), a.poll}, {a.now + renew, a.refresh}, &a.report,
	}
	for {
		d := slices.MinFunc(duties, func(x, y *duty) int { return cmp.Compare(x.next, y.next) })
		if d.next > a.run.Scenario.Life.For || !a.sleep(ctx, d.next) {
			return
		}
		a.now, d.next = d.next, never
		again, err := d.do(ctx)
		if err != nil {
			a.fault(a, err)
		}
		d.next = a.now + again
	}
}

// enrol registers the machine and begins as the agent's worker does, with both forms of the ping. It gives when to renew the session.
func (a *agent) enrol(ctx context.Context) (renew time.Duration, err error) {
	key, err := a.publicKey()
	if err != nil {
		return 0, err
	}
	kind, activation := "Rsa", a.activations[a.i/activationLimit]
	registered, err := say[ssmapi.RegisterManagedInstanceOutput](ctx, a.line, access.RegisterManagedInstance, unsigned(),
		&ssmapi.RegisterManagedInstanceInput{
			ActivationCode: &activation.ActivationCode, ActivationId: &activation.ActivationId, PublicKey: &key, PublicKeyType: &kind, Fingerprint: &a.fingerprint,
		})
	if err != nil {
		return 0, err
	}
	a.id = registered.InstanceId
	if renew, err = a.refresh(ctx); err != nil {
		return 0, err
	}
	platform := string(a.run.Fleet.Node(a.i).Platform)
	if err := a.pings(ctx, &ssmapi.UpdateInstanceInformationInput{AgentName: agentName, AgentVersion: agentVersion, InstanceId: &a.id, PlatformType: platform}); err != nil {
		return 0, err
	}
	_, err = a.ping(ctx)
	return renew, err
}

const agentName, agentVersion = "amazon-ssm-agent", "3.3.0.0"

// refresh asks for a session, and for the next when half of its time is over.
func (a *agent) refresh(ctx context.Context) (again time.Duration, err error) {
	out, err := say[ssmapi.RequestManagedInstanceRoleTokenOutput](ctx, a.line, access.RequestManagedInstanceRoleToken, a.byKey(),
		&ssmapi.RequestManagedInstanceRoleTokenInput{Fingerprint: a.fingerprint})
	if err != nil {
		return 5 * time.Minute, err
	}
	a.session.Store(&sigv4.Credentials{AccessKeyID: out.AccessKeyId, SecretAccessKey: out.SecretAccessKey, SessionToken: out.SessionToken})
	return time.Until(out.TokenExpirationDate.Time) / 2, nil
}

// ping says that the node is there, and what it is.
func (a *agent) ping(ctx context.Context) (again time.Duration, err error) {
	n := a.run.Fleet.Node(a.i)
	return pingEvery, a.pings(ctx, &ssmapi.UpdateInstanceInformationInput{
		AgentName: agentName, AgentVersion: agentVersion, ComputerName: n.Name, IPAddress: "192.0.2.1", InstanceId: &a.id,
		PlatformName: n.PlatformName, PlatformType: string(n.Platform), PlatformVersion: n.PlatformVersion,
	})
}

func (a *agent) pings(ctx context.Context, in *ssmapi.UpdateInstanceInformationInput) error {
	_, err := say[ssmapi.UpdateInstanceInformationOutput](ctx, a.line, access.UpdateInstanceInformation, a.bySession(), in)
	return err
}

// waitForMessages polls for messages until the agent ends. An agent whose poll is answered at once asks again without end.
func (a *agent) waitForMessages(alive context.Context) {
	for alive.Err() == nil {
		began := time.Now()
		poll, cancel := context.WithTimeout(alive, gaveUpAfter)
		_, err := say[ssmapi.GetMessagesOutput](poll, a.line, access.GetMessages, a.bySession(),
			&ssmapi.GetMessagesInput{Destination: &a.id, MessagesRequestId: a.fingerprint})
		cancel()
		switch {
		case alive.Err() != nil:
		case errors.Is(err, context.DeadlineExceeded):
			a.gaveUp.Add(1)
		case err != nil:
			a.fault(a, err)
		case time.Since(began) < heldAtLeast:
			a.fault(a, fmt.Errorf("a poll for messages was answered after %v", time.Since(began)))
		}
		sleepUntil(alive, time.Now().Add(askedAgainIn+rand.N(askedAgainIn/4)))
	}
}
