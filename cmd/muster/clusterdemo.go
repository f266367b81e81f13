package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"
)

// demoFlags are the flags of cluster-demo.
type demoFlags struct {
	listen string
	nodes  int
	every  time.Duration
}

func newClusterDemo() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "cluster-demo",
		Short: "Try many servers on one PostgreSQL, on this machine",
		Long: `Try many servers on one PostgreSQL. This starts a private PostgreSQL server of the one that is installed, three
muster servers on it, a reverse proxy before them that asks their /readyz, and a simulated fleet that reports
through it; says what to ask and what to kill; and starts what was killed again, a few seconds later.

Everything is in temporary directories and on this machine's own addresses. Ctrl-C or SIGTERM ends and removes it.`,
		Example: `  muster cluster-demo
  muster cluster-demo --nodes 5000 --listen 127.0.0.1:9000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&f.listen, "listen", "127.0.0.1:8181", "`address` of the reverse proxy")
	p.IntVar(&f.nodes, "nodes", 500, "how many nodes are simulated")
	p.DurationVar(&f.every, "every", 30*time.Second, "how often each of them reports")
	return cmd
}

func (f *demoFlags) run(ctx context.Context, out, logTo io.Writer) (err error) {
	switch {
	case f.nodes < 1:
		return usage("--nodes %d: a fleet has nodes", f.nodes)
	case f.every <= 0:
		return usage("--every %s: it takes a time above zero, such as 30s", f.every)
	case runtime.GOOS == "windows":
		return errors.New("cluster-demo needs Unix: servers are told to stop by signals, and PostgreSQL is reached by a socket in a directory")
	}
	d := &demo{out: out, log: logTo}
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := d.start(f.listen); err != nil {
		return err
	}
	fmt.Fprint(out, d.greeting(f))
	return d.simulate(ctx, f.nodes, f.every)
}

// greeting tells where everything is, and lines to paste. The profile is named so that keys in the reader's environment do not get
// in the way.
func (d *demo) greeting(f *demoFlags) string {
	text := fmt.Sprintf("muster %s: %d servers on one PostgreSQL, %d simulated nodes that report every %v\n\n", version(), len(d.servers), f.nodes, f.every)
	text += fmt.Sprintf("  look        %s/ui/\n  keys        %s\n", d.url, d.credentials())
	for i, s := range d.servers {
		text += fmt.Sprintf("  server %d    http://%s, process %d\n", i+1, s.address, s.PID())
	}
	text += fmt.Sprintf("  PostgreSQL  psql -h %s -U postgres, process %d\n", quote(d.database.Dir), d.database.PID())
	text += "\nTo try, in another shell:\n\n"
	with := "AWS_SHARED_CREDENTIALS_FILE=" + quote(d.credentials())
	to := fmt.Sprintf("--endpoint-url %s --region %s --profile default", d.url, demoRegion)
	for _, ask := range []string{
		"aws ssm get-inventory --aggregators Expression=AWS:InstanceInformation.PlatformName " + to,
		"muster count AWS:Application.Name " + to,
		"muster nodes 'name = openssl' " + to,
	} {
		text += with + " " + ask + "\n"
	}
	return text + fmt.Sprintf(`
To see it go on without a server, or stop for a moment without PostgreSQL:

kill -9 %d
kill -9 %d

Ctrl-C ends everything and removes it.

`, d.servers[0].PID(), d.database.PID())
}
