package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"muster/internal/client"
	"muster/internal/sim"
)

const region = "us-sim-1"

// size is what a fleet of one size costs.
type size struct {
	Nodes  int
	Direct bool          // loaded without HTTP, by the process that is loaded
	Load   time.Duration // until every node's first report was acknowledged
	Hashes time.Duration // the same of a second report, of hashes alone; 0 with Direct
	CPU    time.Duration // the server's, for both and for the check of every hash; the simulator's as well with Direct

	Loaded    memory // after the load and the check
	Ready     time.Duration
	Restarted memory // when it was ready again
	Asked     memory // after the questions
	Disk      int64  // bytes

	Answers []answer
}

func (o options) measureSize(ctx context.Context, binary, data string, nodes int) (s *size, err error) {
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	s = &size{Nodes: nodes, Direct: o.direct}
	load := o.loadOverHTTP
	if o.direct {
		load = o.loadDirectly
	}
	if err := load(ctx, s, binary, data); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	server, err := start(ctx, binary, data)
	if err != nil {
		return nil, fmt.Errorf("restart: %w", err)
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	s.Ready = server.ready
	if s.Restarted, err = server.memory(); err != nil {
		return nil, err
	}
	if s.Disk, err = diskBytes(data); err != nil {
		return nil, err
	}
	if s.Answers, err = ask(ctx, server.url, sim.New(o.seed, nodes)); err != nil {
		return nil, err
	}
	s.Asked, err = server.memory()
	return s, err
}

// scenario is an enrolment and a report to which nothing has happened since.
const scenario = "report enrolment\nreport again\nexpect failed 0\nexpect resent 0\nexpect content 0\n"

func (o options) loadOverHTTP(ctx context.Context, s *size, binary, data string) error {
	server, err := start(ctx, binary, data)
	if err != nil {
		return err
	}
	if err := o.report(ctx, s, server); err != nil {
		return errors.Join(err, server.stop())
	}
	if err := server.stop(); err != nil {
		return err
	}
	s.CPU = server.cpu()
	return nil
}

// report takes the fleet through the scenario, and wants every hash read back.
func (o options) report(ctx context.Context, s *size, server *server) error {
	plan, err := sim.ParseScenario("growth", scenario)
	if err != nil {
		return err
	}
	target, err := sim.NewTarget(client.Config{Endpoint: server.url, Region: region, Credentials: key}, o.clients)
	if err != nil {
		return err
	}
	defer target.Close()
	r := &sim.Run{Scenario: plan, Fleet: plan.Fleet(o.seed, s.Nodes), Target: target, Clients: o.clients, Progress: progress()}
	measures, err := r.Do(ctx)
	if err != nil {
		return err
	}
	s.Load, s.Hashes = measures[0].Took, measures[1].Took
	verdict, err := r.Check(ctx)
	if err != nil {
		return err
	}
	if faults := append(plan.Unmet(measures), verdict.Faults...); len(faults) > 0 {
		return fmt.Errorf("not as expected: %q", faults)
	}
	s.Loaded, err = server.memory()
	return err
}

// progress writes a line now and then.
func progress() func(sim.Progress) {
	last := time.Now()
	return func(p sim.Progress) {
		if time.Since(last) > 10*time.Second {
			last = time.Now()
			fmt.Fprintf(os.Stderr, "  %s %d of %d, %.0f a second\n", p.Phase, p.Done, p.All, float64(p.Done)/p.Took.Seconds())
		}
	}
}

// loadDirectly has muster sim do the same to the data directory itself. It is one process with the server, whose memory after the
// load would say little, so there is none.
func (o options) loadDirectly(ctx context.Context, s *size, binary, data string) error {
	file := data + ".txt"
	if err := os.WriteFile(file, []byte(scenario), 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	cmd := exec.CommandContext(ctx, binary, "sim", "--data", data, "--nodes", strconv.Itoa(s.Nodes), "--seed", strconv.FormatUint(o.seed, 10),
		"--scenario-file", file, "--clients", strconv.Itoa(o.clients), "--region", region)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	s.Load = time.Since(began)
	s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return nil
}
