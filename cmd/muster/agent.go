package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"muster/internal/agent"
	"muster/internal/collect"
)

const (
	// A call is tried as often as by amazon-ssm-agent, with a wait of up to so long after the first time.
	agentAttempts = 4
	agentPause    = 2 * time.Second

	// agentMemory is what the agent's heap and stacks take before its collector works harder, in bytes. The contract is 30 MB for
	// the process, of which the program itself is half.
	agentMemory = 14 << 20
)

// agentFlags are the flags of agent.
type agentFlags struct {
	dir, logFile string
	timing       agent.Timing
}

func newAgent() *cobra.Command {
	var f agentFlags
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Report this machine to the server that it is enrolled with",
		Long: `Report this machine to the server that muster enroll has registered it with, until it is told to stop: ping every five minutes,
and gather and report what and when the server's inventory association for this machine says.

Custom types are read from the folder custom in the state directory, or from where the association says, in the AWS agent's form.`,
		Example: `  muster agent
  muster agent --dir /var/lib/muster-agent`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return asService(cmd.Context(), func(ctx context.Context) error { return f.run(ctx, cmd.ErrOrStderr()) })
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&f.dir, "dir", defaultAgentDir(), "state `directory`, as given to muster enroll")
	p.StringVar(&f.logFile, "log", "", "`file` to append the log to (default: stderr)")
	p.DurationVar(&f.timing.Ping, "ping-every", agent.DefaultPing, "how often to say that this machine lives")
	p.DurationVar(&f.timing.Poll, "poll-every", agent.DefaultPoll, "how often to ask what there is to do")
	p.DurationVar(&f.timing.Jitter, "jitter", agent.DefaultJitter, "put questions and reports off by up to so long, so that machines do not come all at once")
	return cmd
}

// defaultAgentDir is where the operating system has the state of services.
func defaultAgentDir() string {
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(os.Getenv("ProgramData"), "muster-agent")
	case "darwin":
		return "/Library/Application Support/muster-agent"
	}
	return "/var/lib/muster-agent"
}

func (f *agentFlags) run(ctx context.Context, logTo io.Writer) error {
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{{"ping-every", f.timing.Ping}, {"poll-every", f.timing.Poll}, {"jitter", f.timing.Jitter}} {
		if d.value <= 0 {
			return usage("--%s %s: it takes a time above zero, such as 5m", d.flag, d.value)
		}
	}
	if f.logFile != "" {
		file, err := os.OpenFile(f.logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		logTo = file
	}
	log := newLog(logTo, slog.LevelInfo)
	a, err := f.enrolled(ctx, log)
	if err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(agentMemory)
	}
	log.Info("agent started", "node", a.Enrolment.Node(), "server", a.Enrolment.Server().Endpoint, "version", version())
	a.Run(ctx)
	log.Info("agent stopped")
	return nil
}

// enrolled is the agent of the enrolment in the state directory.
func (f *agentFlags) enrolled(ctx context.Context, log *slog.Logger) (*agent.Enrolled, error) {
	e, err := agent.OpenEnrolment(f.dir)
	if err != nil {
		return nil, err
	}
	if e.Node() == "" {
		return nil, fmt.Errorf("this machine is not enrolled, says %s: run muster enroll first", f.dir)
	}
	host, err := collect.This(ctx)
	if err != nil {
		return nil, err
	}
	if e.Moved(host.MachineID) {
		return nil, fmt.Errorf("this is not the machine that was enrolled as %s but a copy of it: enrol it as a node of its own with muster enroll --force", e.Node())
	}
	state, err := agent.OpenState(f.dir, log)
	if err != nil {
		return nil, err
	}
	c, err := agentClient(e.Server(), host, agentPause)
	if err != nil {
		return nil, err
	}
	custom := filepath.Join(f.dir, "custom")
	if err := os.MkdirAll(custom, 0o700); err != nil {
		return nil, err
	}
	return &agent.Enrolled{
		Host: collect.This, Version: version(), Custom: os.DirFS(custom), Client: c,
		Enrolment: e, State: state, Log: log, Timing: f.timing,
	}, nil
}
