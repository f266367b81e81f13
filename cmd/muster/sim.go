package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
	"muster/internal/daemon"
	"muster/internal/sim"
)

// simFlags are the flags of sim.
type simFlags struct {
	nodes                  int
	seed                   uint64
	scenario, file         string
	clients                int
	endpoint, region, data string
	noCheck                bool
}

func newSim() *cobra.Command {
	var f simFlags
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Simulate a fleet, and check that the server counts it right",
		Long: `Simulate a fleet that lives through a scenario and reports to a server, over HTTP as real nodes do: ten types,
600 entries and 380 kB a node, most of them packages with real names. In the scenario agents they do so by all that
amazon-ssm-agent says to a server. In the end every node asks whether the server still has each item that it accepted, a
sample of them whether it refuses what it does not have, and the counts over the fleet are compared with what was sent.
If anything is wrong, the status is 1.

The same --seed and --nodes make the same fleet, anywhere. Its region keeps it apart from your own nodes: ask for it
with --region us-sim-1. A second run with the same numbers meets the fleet of the first, which does no harm; for other
numbers, and for agents, which register anew, take another region, or the old fleet is counted too.

Without other settings this speaks to http://127.0.0.1:8181 with the key in muster-data/credentials. The environment
that AWS tools read goes before: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID …, AWS_SHARED_CREDENTIALS_FILE or AWS_PROFILE.
With --data it serves a data directory itself for as long as it takes, and leaves the fleet there. Reports are then put
into it without HTTP, which is faster; the questions go over HTTP all the same.

Scenarios:

` + scenarioList(),
		Example: `  muster sim --nodes 1000
  muster sim --nodes 10000 --scenario patch-day --seed 7
  muster sim --nodes 100000 --scenario enrolment-storm --data /var/tmp/fleet`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.IntVar(&f.nodes, "nodes", 1000, "how many nodes there are at first")
	p.Uint64Var(&f.seed, "seed", 1, "which fleet of that size")
	p.StringVar(&f.scenario, "scenario", "steady", "`name` of one of the scenarios above")
	p.StringVar(&f.file, "scenario-file", "", "`file` with a scenario of your own, in lines such as: report patch-day patched 0.5 over 30s")
	p.IntVar(&f.clients, "clients", 0, "how many nodes speak at once (default: as many as the scenario says)")
	p.StringVar(&f.endpoint, "endpoint-url", "", "`URL` of the server (default $AWS_ENDPOINT_URL, else http://127.0.0.1:8181)")
	p.StringVar(&f.region, "region", "us-sim-1", "`region` that the fleet is in")
	p.StringVar(&f.data, "data", "", "data `directory` to fill, made if it is missing, instead of a running server")
	p.BoolVar(&f.noCheck, "no-check", false, "leave out the check in the end")
	cmd.MarkFlagsMutuallyExclusive("data", "endpoint-url")
	cmd.MarkFlagsMutuallyExclusive("scenario", "scenario-file")
	return cmd
}

// scenarioList tells what each scenario is about.
func scenarioList() string {
	var list strings.Builder
	for _, name := range sim.Scenarios() {
		about := "damaged"
		if s, err := sim.LoadScenario(name); err == nil {
			about = s.About
		}
		fmt.Fprintf(&list, "  %-16s %s\n", name, strings.ReplaceAll(about, "\n", " "))
	}
	return strings.TrimSuffix(list.String(), "\n")
}

func (f *simFlags) run(ctx context.Context, out, progress io.Writer) (err error) {
	if f.nodes < 1 {
		return usage("--nodes %d: a fleet has nodes", f.nodes)
	}
	scenario, err := f.load()
	if err != nil {
		return err
	}
	clients := cmp.Or(f.clients, scenario.Clients)
	connections := clients
	if scenario.Life != nil {
		connections = 2 * f.nodes // each agent waits for messages on one of its own
	}
	target, endpoint, stop, err := f.target(ctx, connections, scenario.Life == nil, progress)
	if err != nil {
		return err
	}
	defer func() {
		target.Close()
		err = errors.Join(err, stop())
	}()

	fmt.Fprintf(out, "%s, seed %d: %d nodes, %d at once, to %s in %s\n\n", scenario.Name, f.seed, f.nodes, clients, endpoint, f.region)
	r := &sim.Run{Scenario: scenario, Fleet: scenario.Fleet(f.seed, f.nodes), Target: target, Clients: clients, Progress: newProgress(progress)}
	faults, err := play(ctx, r, out)
	if err != nil {
		return err
	}
	if !f.noCheck {
		verdict, err := r.Check(ctx)
		if err != nil {
			return fmt.Errorf("checking: %w", err)
		}
		fmt.Fprintf(out, "\nread back %d hashes of %d nodes; %d wrong ones were refused; compared the counts of %d application names and %d groups\n",
			verdict.Hashes, verdict.Nodes, verdict.Mistakes, verdict.Names, verdict.Groups)
		faults = append(faults, faultsOf(verdict.Faults, verdict.More)...)
	}
	if len(faults) > 0 {
		return fmt.Errorf("not as expected:\n  %s", strings.Join(faults, "\n  "))
	}
	fmt.Fprintln(out, "all as expected")
	return nil
}

// play takes the fleet through its scenario, prints what it came to, and gives what is not as expected.
func play(ctx context.Context, r *sim.Run, out io.Writer) (faults []string, err error) {
	if r.Scenario.Life != nil {
		lived, err := r.Live(ctx)
		if err != nil {
			return nil, err
		}
		return append(r.Scenario.UnmetBy(lived), faultsOf(lived.Faults, lived.More)...), printLife(out, r.Scenario.Life, lived)
	}
	measures, err := r.Do(ctx)
	if err != nil {
		return nil, err
	}
	faults = r.Scenario.Unmet(measures)
	for _, m := range measures {
		if m.Err != nil {
			faults = append(faults, fmt.Sprintf("%s: the first failure: %v", m.Phase, m.Err))
		}
	}
	return faults, printMeasures(out, measures)
}

func faultsOf(shown []string, more int) []string {
	if more > 0 {
		return append(shown, fmt.Sprintf("and %d more", more))
	}
	return shown
}

func (f *simFlags) load() (*sim.Scenario, error) {
	if f.file == "" {
		return sim.LoadScenario(f.scenario)
	}
	text, err := os.ReadFile(f.file)
	if err != nil {
		return nil, err
	}
	return sim.ParseScenario(strings.TrimSuffix(filepath.Base(f.file), filepath.Ext(f.file)), string(text))
}

// target prepares whom to report to, and gives its URL and what has to be done when it is no longer needed. Into a data directory
// reports are put directly, if that may be.
func (f *simFlags) target(ctx context.Context, connections int, directly bool, logTo io.Writer) (t *sim.Target, endpoint string, stop func() error, err error) {
	if f.data != "" {
		return f.inside(ctx, connections, directly, logTo)
	}
	config, err := (&endpointFlags{endpoint: f.endpoint, region: f.region}).config()
	if err != nil {
		return nil, "", nil, err
	}
	t, err = sim.NewTarget(config, connections)
	return t, config.Endpoint, func() error { return nil }, err
}

// inside serves the data directory and is its own target.
func (f *simFlags) inside(ctx context.Context, connections int, directly bool, logTo io.Writer) (t *sim.Target, endpoint string, stop func() error, err error) {
	d, err := daemon.Start(ctx, daemon.Config{Data: f.data, Version: version(), Log: newLog(logTo, slog.LevelWarn)})
	if err != nil {
		return nil, "", nil, err
	}
	stop = func() error {
		within, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		return d.Stop(within)
	}
	key, ok := d.Fleet.Lookup(d.Admin.AccessKeyID)
	if !ok {
		return nil, "", nil, errors.Join(fmt.Errorf("%s holds no key of this data directory", d.Credentials), stop())
	}
	t, err = sim.NewTarget(client.Config{Endpoint: d.URL, Region: f.region, Credentials: d.Admin, Version: version()}, connections)
	if err != nil {
		return nil, "", nil, errors.Join(err, stop())
	}
	if directly {
		t.PutInto(d.Fleet, muster.Space{Account: key.Account, Region: muster.Region(f.region)})
	}
	return t, d.URL, stop, nil
}

// printMeasures prints a line for each report of the fleet.
func printMeasures(out io.Writer, measures []sim.Measure) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "report\tnodes\tin full\tby hash\tresent\tretried\tthrottled\tfailed\tMB\tseconds\tnodes/s\tMB/s\tp50\tp99\tlongest\t")
	for _, m := range measures {
		seconds, megabytes := m.Took.Seconds(), float64(m.Bytes)/1e6
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.1f\t%.0f\t%.1f\t%v\t%v\t%v\t\n",
			m.Phase, m.Nodes, m.Content, m.Hashes, m.Resent, m.Retried, m.Throttled, m.Failed, megabytes, seconds, float64(m.Nodes)/seconds, megabytes/seconds,
			short(m.Latency.Percentile(0.5)), short(m.Latency.Percentile(0.99)), short(m.Latency.Percentile(1)))
	}
	return w.Flush()
}

// printLife prints a line for each operation that agents called, and what they reported.
func printLife(out io.Writer, span *sim.Life, l *sim.Lived) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "operation\tcalls\tcalls/s\tfailed\tp50\tp99\tlongest\t")
	seconds := l.Took.Seconds()
	for _, t := range l.Traffic {
		fmt.Fprintf(w, "%s\t%d\t%.1f\t%d\t%v\t%v\t%v\t\n", t.Operation.Name(), t.Calls, float64(t.Calls)/seconds, t.Failed,
			short(t.Latency.Percentile(0.5)), short(t.Latency.Percentile(0.99)), short(t.Latency.Percentile(1)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d agents lived %v in %v and reported %d items at first, then %d in full and %d by hash: %.1f MB; %d calls retried, %d polls given up\n",
		l.Agents, span.For, l.Took.Round(time.Second), l.First, l.Changed, l.Hashes, float64(l.Bytes)/1e6, l.Retried, l.GaveUp)
	if len(l.Memory) > 0 {
		fmt.Fprint(out, "the server's memory in MB:")
		for _, bytes := range l.Memory {
			fmt.Fprintf(out, " %.0f", bytes/1e6)
		}
		fmt.Fprintln(out)
	}
	return nil
}

// short gives three digits of a duration.
func short(d time.Duration) time.Duration {
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
}

// progressEvery is how often a line is written where there is no terminal.
const progressEvery = 10 * time.Second

// newProgress draws a bar on a terminal, and elsewhere writes a line now and then.
func newProgress(w io.Writer) func(sim.Progress) {
	terminal := isTerminal(w)
	var written time.Duration
	return func(p sim.Progress) {
		if p.All == 0 {
			return
		}
		ended := p.Done == p.All
		state := fmt.Sprintf("%s %d of %d", p.Phase, p.Done, p.All)
		if seconds := p.Took.Seconds(); seconds > 0 {
			state += fmt.Sprintf(", %.0f a second", float64(p.Done)/seconds)
		}
		if p.Failed > 0 {
			state += fmt.Sprintf(", %d failed", p.Failed)
		}
		if terminal {
			const width = 30
			done := width * p.Done / p.All
			fmt.Fprintf(w, "\r[%s%s] %s\x1b[K", strings.Repeat("#", done), strings.Repeat(".", width-done), state)
			if ended {
				fmt.Fprint(w, "\r\x1b[K")
			}
			return
		}
		if p.Took < written {
			written = 0 // another phase has begun
		}
		if p.Took-written >= progressEvery {
			written = p.Took
			fmt.Fprintln(w, state)
		}
	}
}
