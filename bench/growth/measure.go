package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
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

	Loaded    usage         // after both; with Direct, of both processes in one, and of the check
	Ready     time.Duration // from the next start until writes were taken
	Restarted usage         // then
	Asked     usage         // after the questions
	Disk      int64         // bytes

	Answers []answer
}

func (o options) measureSize(ctx context.Context, binary, data string, nodes int) (s *size, err error) {
	s = &size{Nodes: nodes, Direct: o.direct || o.loaded != ""}
	if o.loaded == "" {
		defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	}
	if data, err = o.load(ctx, s, binary, data); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	server, err := start(ctx, binary, data)
	if err != nil {
		return nil, fmt.Errorf("restart: %w", err)
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	s.Ready = server.ready
	if s.Restarted, err = server.usage(); err != nil {
		return nil, err
	}
	if s.Disk, err = diskBytes(data); err != nil {
		return nil, err
	}
	if s.Answers, err = ask(ctx, server.url, sim.New(o.seed, nodes)); err != nil {
		return nil, err
	}
	s.Asked, err = server.usage()
	return s, err
}

// load fills the data directory, unless one is full already, and gives the one that is.
func (o options) load(ctx context.Context, s *size, binary, data string) (full string, err error) {
	switch {
	case o.loaded != "":
		return o.loaded, nil
	case o.direct:
		return data, o.loadDirectly(ctx, s, binary, data)
	}
	return data, o.loadOverHTTP(ctx, s, binary, data)
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
	return server.stop()
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
	if s.Loaded, err = server.usage(); err != nil {
		return err
	}
	verdict, err := r.Check(ctx)
	if err != nil {
		return err
	}
	if faults := append(plan.Unmet(measures), verdict.Faults...); len(faults) > 0 {
		return fmt.Errorf("not as expected: %q", faults)
	}
	return nil
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

// loadDirectly has muster sim do the same to the data directory itself.
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
	s.Loaded.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.Loaded.Peak = used.Maxrss << 10
	}
	return nil
}
