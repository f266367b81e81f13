package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/agent"
	"muster/internal/awsjson"
	"muster/internal/daemon"
	"muster/internal/fleet"
	"muster/internal/sigv4"
)

// stopWithin is how long requests under way may take after a SIGTERM.
const stopWithin = 20 * time.Second

// serveFlags are the flags of serve.
type serveFlags struct {
	listen, data        string
	store, cache        string
	region, account     string
	tls                 daemon.TLS
	registration, level string
	strict, collect     bool
	collecting          collectFlags
	collectEvery        time.Duration
	maxBody, bodyBudget int64
	fleet               fleet.Config
	limits              muster.Limits
}

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the inventory API",
		Long: `Serve the AWS Systems Manager Inventory API on one address, from one data directory.

The inventory is kept in a file of the data directory, or with --store postgres://user@host/database in a
PostgreSQL database. What the URL leaves out, the password among it, is taken from PGPASSWORD and its like,
or from ~/.pgpass; the whole URL from MUSTER_STORE. With --cache DIR, or MUSTER_CACHE, the server keeps a copy
there, from which it starts faster and with less to read over the network.

The first administrator's key is taken from MUSTER_ACCESS_KEY_ID and MUSTER_SECRET_ACCESS_KEY;
if they are not set, one is made and written to DIR/credentials, a file as the AWS CLI reads it.

GET /readyz answers 200 while writes are taken, /livez while the process lives, /metrics for Prometheus.
SIGTERM lets the requests under way finish and ends with status 0.`,
		Example: `  muster serve --collect
  muster serve --listen 0.0.0.0:8181 --data /var/lib/muster
  muster serve --strict        # an endpoint for tests that refuses what AWS refuses`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), cmd.Flags().Changed)
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&f.listen, "listen", "127.0.0.1:8181", "`address` to serve on")
	p.StringVar(&f.tls.Cert, "tls-cert", "", "serve https with the certificates in this `file`, PEM; a renewed one is taken by itself")
	p.StringVar(&f.tls.Key, "tls-key", "", "`file` of the private key of --tls-cert, PEM")
	p.StringVar(&f.data, "data", "muster-data", "data `directory`, made if it is missing; one process at a time")
	p.StringVar(&f.store, "store", daemon.StoreSQLite, "where the inventory is kept: sqlite, or the `URL` of a PostgreSQL database")
	p.StringVar(&f.cache, "cache", "", "`directory` for a copy of a PostgreSQL database, from which the next start is faster")
	p.BoolVar(&f.collect, "collect", false, "report this machine, now and regularly")
	p.DurationVar(&f.collectEvery, "collect-every", 30*time.Minute, "how often, with --collect")
	p.StringVar(&f.region, "region", "us-east-1", "region that --collect reports to, and that the lines to paste name")
	p.StringVar(&f.account, "account", "000000000000", "account of the first administrator's key, 12 `digits`")
	p.StringVar(&f.registration, "registration", "open", "open: a permitted caller's first put registers a node; closed: it is refused")
	p.BoolVar(&f.fleet.NoDefaultAssociation, "no-default-association", false, "do not tell every node to report its inventory every 30 minutes")
	p.BoolVar(&f.strict, "strict", false, "refuse what AWS refuses, with AWS's sizes and quotas")
	p.Int64Var(&f.maxBody, "max-body", awsjson.DefaultMaxBody, "largest request body, in `bytes`")
	p.Int64Var(&f.bodyBudget, "body-budget", 0, "memory for what requests under way were sent, in `bytes`; who finds none is throttled (default 256 MiB, or an eighth of GOMEMLIMIT if that is less)")
	p.Int64Var(&f.limits.CallBytes, "max-call-bytes", 0, "inventory data of one call, in `bytes` (default 10 MiB; 1 MiB with --strict)")
	p.Int64Var(&f.limits.ItemBytes, "max-item-bytes", 0, "one item of a built-in type, in `bytes` (default 5 MiB; 1 MiB)")
	p.Int64Var(&f.limits.CustomItemBytes, "max-custom-item-bytes", 0, "one item of a custom type, in `bytes` (default 5 MiB; 200 KiB)")
	p.Int64Var(&f.limits.DailyNodeBytes, "max-daily-node-bytes", 0, "accepted from one node a day, in `bytes`, 0 is no limit (default 0; 5000 KiB)")
	p.IntVar(&f.limits.CustomTypes, "max-custom-types", 0, "custom types in an account and region (default 1000; 20)")
	p.Int64Var(&f.limits.ComplianceBytes, "max-compliance-bytes", 0, "items of one PutComplianceItems call, in `bytes` (default 5 MiB; 800 KiB)")
	p.IntVar(&f.limits.ComplianceTypes, "max-compliance-types", 0, "custom compliance types on a node (default 10)")
	p.DurationVar(&f.fleet.LostAfter, "lost-after", 75*time.Minute, "silence after which a node that only puts is ConnectionLost")
	p.DurationVar(&f.fleet.PingLostAfter, "ping-lost-after", 15*time.Minute, "the same for a node whose agent pings")
	p.DurationVar(&f.fleet.Retention, "retention", muster.Retention, "how long a type of a node is kept after its last report")
	p.DurationVar(&f.fleet.ExpirySettle, "expiry-settle", 35*time.Minute, "how long nodes have to report after a start or a jump of the clock before anything expires")
	p.Float64Var(&f.fleet.ExpiryShare, "expiry-max-share", 0.5, "largest `part` of the nodes that may lose data to expiry at once")
	p.StringVar(&f.level, "log-level", "info", "debug, info, warn or error")
	f.collecting.add(p)
	return cmd
}

func (f *serveFlags) run(ctx context.Context, out, logTo io.Writer, changed func(string) bool) error {
	config, err := f.config(logTo, changed)
	if err != nil {
		return err
	}
	var memory memory
	memory.watchStart()
	d, err := daemon.Start(ctx, config)
	if err != nil {
		return err
	}
	var inside *agent.Agent
	if f.collect {
		if inside, err = f.insideAgent(ctx, d, config.Log); err != nil {
			return errors.Join(fmt.Errorf("--collect: %w", err), d.Stop(ctx))
		}
	}
	fmt.Fprint(out, f.greeting(d, f.insideNode(ctx, inside)))

	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()
	var beside sync.WaitGroup
	beside.Go(func() {
		memory.watch(serving, func() bool {
			rested, err := d.Fleet.Rest(serving)
			if err != nil && serving.Err() == nil {
				config.Log.Warn("rest the store", "err", err)
			}
			return rested
		})
	})
	if inside != nil {
		beside.Go(func() { inside.Loop(serving, f.collectEvery, 0) })
	}

	select {
	case <-ctx.Done():
		config.Log.Info("stopping", "within", stopWithin)
	case err = <-d.Failed():
	}
	stopServing()
	beside.Wait()
	within, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return errors.Join(err, d.Stop(within))
}

func (f *serveFlags) config(logTo io.Writer, changed func(string) bool) (daemon.Config, error) {
	var c daemon.Config
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.level)); err != nil {
		return c, usage("--log-level %s: it is debug, info, warn or error", f.level)
	}
	data, err := filepath.Abs(f.data)
	if err != nil {
		return c, err
	}
	if given := os.Getenv("MUSTER_STORE"); given != "" && !changed("store") {
		f.store = given
	}
	if given := os.Getenv("MUSTER_CACHE"); given != "" && !changed("cache") {
		f.cache = given
	}
	f.fleet.Strict = f.strict
	switch f.registration {
	case "open":
	case "closed":
		f.fleet.ClosedRegistration = true
	default:
		return c, usage("--registration %s: it is open or closed", f.registration)
	}
	if err := f.check(); err != nil {
		return c, err
	}
	limits := f.effectiveLimits(changed)
	f.fleet.Limits = &limits
	c = daemon.Config{
		Listen: f.listen, TLS: f.tls, Data: data, Store: f.store, Cache: f.cache, Version: version(), Log: newLog(logTo, level),
		Fleet: f.fleet, MaxBody: f.maxBody, BodyBudget: f.bodyBudget, Account: muster.AccountID(f.account),
		FirstKey: sigv4.Credentials{
			AccessKeyID: os.Getenv("MUSTER_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("MUSTER_SECRET_ACCESS_KEY"),
		},
	}
	if (c.FirstKey.AccessKeyID == "") != (c.FirstKey.SecretAccessKey == "") {
		return c, errors.New("set both MUSTER_ACCESS_KEY_ID and MUSTER_SECRET_ACCESS_KEY, or neither")
	}
	return c, nil
}

// check refuses values that could only be a mistake, before anything is made.
func (f *serveFlags) check() error {
	if len(f.account) != 12 || strings.Trim(f.account, "0123456789") != "" {
		return usage("--account %s: an account has 12 digits", f.account)
	}
	if err := daemon.CheckStore(f.store); err != nil {
		return usage("--store: %v", err)
	}
	if err := daemon.CheckCache(f.cache, f.store); err != nil {
		return usage("--cache %s: %v", f.cache, err)
	}
	if (f.tls.Cert == "") != (f.tls.Key == "") {
		return usage("set both --tls-cert and --tls-key, or neither")
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{
		{"collect-every", f.collectEvery}, {"lost-after", f.fleet.LostAfter}, {"ping-lost-after", f.fleet.PingLostAfter},
		{"retention", f.fleet.Retention}, {"expiry-settle", f.fleet.ExpirySettle},
	} {
		if d.value <= 0 {
			return usage("--%s %s: it takes a time above zero, such as 90m", d.flag, d.value)
		}
	}
	if !(f.fleet.ExpiryShare > 0 && f.fleet.ExpiryShare <= 1) { // NaN is neither
		return usage("--expiry-max-share %g: it is above 0 and at most 1", f.fleet.ExpiryShare)
	}
	if f.bodyBudget < 0 {
		return usage("--body-budget %d: it takes a number of bytes, or 0 for the default", f.bodyBudget)
	}
	if f.maxBody <= 0 {
		return usage("--max-body %d: it takes a number of bytes above zero", f.maxBody)
	}
	for _, l := range []struct {
		flag  string
		value int64
	}{
		{"max-call-bytes", f.limits.CallBytes}, {"max-item-bytes", f.limits.ItemBytes},
		{"max-custom-item-bytes", f.limits.CustomItemBytes}, {"max-daily-node-bytes", f.limits.DailyNodeBytes},
		{"max-compliance-bytes", f.limits.ComplianceBytes},
		{"max-custom-types", int64(f.limits.CustomTypes)}, {"max-compliance-types", int64(f.limits.ComplianceTypes)},
	} {
		if l.value < 0 {
			return usage("--%s %d: it takes 0, for no limit, or more", l.flag, l.value)
		}
	}
	return nil
}

// effectiveLimits are those of the mode, but for the flags that were given.
func (f *serveFlags) effectiveLimits(changed func(string) bool) muster.Limits {
	limits := muster.DefaultLimits
	if f.strict {
		limits = muster.StrictLimits
	}
	override(changed("max-call-bytes"), &limits.CallBytes, f.limits.CallBytes)
	override(changed("max-item-bytes"), &limits.ItemBytes, f.limits.ItemBytes)
	override(changed("max-custom-item-bytes"), &limits.CustomItemBytes, f.limits.CustomItemBytes)
	override(changed("max-daily-node-bytes"), &limits.DailyNodeBytes, f.limits.DailyNodeBytes)
	override(changed("max-custom-types"), &limits.CustomTypes, f.limits.CustomTypes)
	override(changed("max-compliance-bytes"), &limits.ComplianceBytes, f.limits.ComplianceBytes)
	override(changed("max-compliance-types"), &limits.ComplianceTypes, f.limits.ComplianceTypes)
	return limits
}

func override[T any](given bool, field *T, value T) {
	if given {
		*field = value
	}
}

// greeting tells the URL, where the keys are, and lines to paste that work as they stand. The profile is named so that keys in
// the reader's environment do not get in the way. The node is this machine's, empty if it is not reported.
func (f *serveFlags) greeting(d *daemon.Daemon, node muster.NodeID) string {
	keys := "MUSTER_ACCESS_KEY_ID and MUSTER_SECRET_ACCESS_KEY of this process"
	with := `AWS_ACCESS_KEY_ID="$MUSTER_ACCESS_KEY_ID" AWS_SECRET_ACCESS_KEY="$MUSTER_SECRET_ACCESS_KEY" aws ssm`
	profile := ""
	switch {
	case d.Admin == (sigv4.Credentials{}):
		keys, with = "made before, and not kept here", "aws ssm"
	case d.Credentials != "":
		keys, with, profile = d.Credentials, "AWS_SHARED_CREDENTIALS_FILE="+quote(d.Credentials)+" aws ssm", " --profile default"
	}
	data := absolute(f.data)
	last := "get-inventory-schema --aggregator"
	if node != "" {
		last = fmt.Sprintf("list-inventory-entries --instance-id %s --type-name AWS:Application", node)
	}
	text := fmt.Sprintf("muster %s serves %s\n  look  %s/ui/\n  data  %s\n  keys  %s\n\nTo try, in another shell:\n\n", version(), d.URL, d.URL, data, keys)
	switch d.Trust {
	case daemon.TrustFile:
		with = "AWS_CA_BUNDLE=" + quote(absolute(f.tls.Cert)) + " " + with
	case daemon.TrustElsewhere:
		text += "(ca.pem stands for the certificate of the CA that signed " + f.tls.Cert + ")\n"
		with = "AWS_CA_BUNDLE=ca.pem " + with
	}
	for _, ask := range []string{"get-inventory", "get-inventory --aggregators Expression=AWS:Application.Name", last} {
		text += fmt.Sprintf("%s %s --endpoint-url %s --region %s%s\n", with, ask, d.URL, f.region, profile)
	}
	return text + "\n"
}

// absolute is for reading; a path that cannot be made absolute is told as it is.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// insideNode is the id under which the agent reports this machine.
func (f *serveFlags) insideNode(ctx context.Context, inside *agent.Agent) muster.NodeID {
	if inside == nil {
		return ""
	}
	host, err := inside.Host(ctx)
	if err != nil {
		return ""
	}
	node, err := inside.State.Node(host.MachineID)
	if err != nil {
		return ""
	}
	return node
}
