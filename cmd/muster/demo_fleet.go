package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"muster/internal/client"
	"muster/internal/sim"
)

// demoRegion is that of the fleet: the one that commands ask about when they are not told another.
const demoRegion = "us-east-1"

// demoRounds is how often a fleet reports before it is begun anew, as it was at first.
const demoRounds = 20

// demoScenario is an ordinary day, faster. Nobody joins or dies, so that the fleet of the next day is the same.
func demoScenario(every time.Duration) string {
	text := "report enrolment\n"
	for round := range demoRounds {
		text += fmt.Sprintf("report round-%d updated 0.02 rebooted 0.01 touched 0.3 over %v\n", round+1, every)
	}
	return text
}

// simulate has the fleet report until ctx ends, which is no error, and says how it goes.
func (d *demo) simulate(ctx context.Context, nodes int, every time.Duration) error {
	scenario, err := sim.ParseScenario("cluster-demo", demoScenario(every))
	if err != nil {
		return err
	}
	target, err := sim.NewTarget(client.Config{Endpoint: d.url, Region: demoRegion, Credentials: d.key, Version: version()}, scenario.Clients)
	if err != nil {
		return err
	}
	defer target.Close()
	for {
		r := &sim.Run{Scenario: scenario, Fleet: scenario.Fleet(1, nodes), Target: target, Progress: d.progress()}
		if _, err := r.Do(ctx); err != nil {
			return nil // it is that ctx has ended
		}
		r.Progress = nil
		verdict, err := r.Check(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			d.say("checking: %v", err)
		case len(verdict.Faults) > 0:
			d.say("not as expected:\n  %s", strings.Join(faultsOf(verdict.Faults, verdict.More), "\n  "))
		default:
			d.say("all as expected: %d hashes of %d nodes, and the counts of %d names", verdict.Hashes, verdict.Nodes, verdict.Names)
		}
	}
}

// progress says a line when all nodes have made a report.
func (d *demo) progress() func(sim.Progress) {
	told := ""
	return func(p sim.Progress) {
		if p.Done < p.All || p.Phase == told {
			return
		}
		told = p.Phase
		d.say("%s: %d nodes have reported, %d failed", p.Phase, p.Done-p.Failed, p.Failed)
	}
}
