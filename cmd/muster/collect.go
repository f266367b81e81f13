package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muster/internal/agent"
	"muster/internal/client"
	"muster/internal/collect"
	"muster/internal/daemon"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// collectFlags say what to gather.
type collectFlags struct {
	files  []string
	custom string
}

func (f *collectFlags) add(p *pflag.FlagSet) {
	p.StringArrayVar(&f.files, "collect-files", nil, "`glob` of files to report as AWS:File; may be repeated")
	p.StringVar(&f.custom, "collect-custom", "", "`directory` with JSON files of custom types, in the AWS agent's form")
}

func (f *collectFlags) options() collect.Options {
	o := collect.Options{Version: version(), Files: f.files}
	if f.custom != "" {
		o.Custom = os.DirFS(f.custom)
	}
	return o
}

// reportFlags are the flags of collect.
type reportFlags struct {
	collectFlags
	endpoint, region, state string
	print, newIdentity      bool
}

func newCollect() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "collect",
		Short: "Gather this machine's inventory and report it",
		Long: `Gather what is on this machine and report it once: packages (dpkg, rpm, apk), network, processor,
services, and whatever files and custom types the flags name. What has not changed since the last
report is sent as a hash only.

The endpoint, the region and the keys come from the flags or, as for any AWS tool, from the environment:
AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID … or AWS_SHARED_CREDENTIALS_FILE. A key of the role node is enough.`,
		Example: `  muster collect --print
  AWS_SHARED_CREDENTIALS_FILE=muster-data/credentials muster collect --endpoint-url http://127.0.0.1:8181 --region us-east-1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&f.endpoint, "endpoint-url", "", "`URL` of the server (default $AWS_ENDPOINT_URL)")
	p.StringVar(&f.region, "region", "", "`region` to report to (default $AWS_REGION)")
	p.StringVar(&f.state, "state", "", "`directory` for the node id and the last accepted hashes (default: muster in the user's configuration directory)")
	p.BoolVar(&f.print, "print", false, "print the report, as input for aws ssm put-inventory --cli-input-json, and send nothing")
	p.BoolVar(&f.newIdentity, "new-identity", false, "report as another node from now on: for a machine that was cloned with its machine id")
	f.add(p)
	return cmd
}

func (f *reportFlags) run(ctx context.Context, out, logTo io.Writer) error {
	log := newLog(logTo, slog.LevelInfo)
	a := &agent.Agent{Host: collect.This, Options: f.options(), Log: log}
	if !f.print {
		config, err := client.Config{Endpoint: f.endpoint, Region: f.region, Version: version()}.FromEnvironment(os.Getenv)
		if err != nil {
			return err
		}
		if a.Put, err = putAsThisHost(ctx, config); err != nil {
			return err
		}
	}
	var err error
	if a.State, err = f.openState(log); err != nil {
		return err
	}
	if f.newIdentity {
		if err := a.State.Renew(); err != nil {
			return err
		}
	}
	if f.print {
		return printReport(ctx, a, out)
	}
	if _, err := a.Once(ctx); err != nil {
		return errTold // the agent has logged it
	}
	return nil
}

func (f *reportFlags) openState(log *slog.Logger) (*agent.State, error) {
	dir := f.state
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("no directory for the state: %w; give one with --state", err)
		}
		dir = filepath.Join(config, "muster")
	}
	return agent.OpenState(dir, log)
}

// putAsThisHost tells the server with each call which host it is from.
func putAsThisHost(ctx context.Context, config client.Config) (agent.Put, error) {
	host, err := collect.This(ctx)
	if err != nil {
		return nil, err
	}
	config.Header = http.Header{ssmapi.ReporterHeader: {host.Fingerprint()}}
	c, err := client.New(config)
	if err != nil {
		return nil, err
	}
	return agent.PutBy(c), nil
}

// printReport prints the report as one PutInventory call.
func printReport(ctx context.Context, a *agent.Agent, out io.Writer) error {
	reports, options, err := a.Gather(ctx)
	if err != nil {
		return err
	}
	for _, r := range reports {
		if r.Err != nil {
			a.Log.Warn("not gathered", "type", r.Type, "error", r.Err)
		}
	}
	in, err := agent.Input(options.Node, reports)
	if err != nil {
		return err
	}
	if err := json.MarshalWrite(out, in, jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out)
	return err
}

// insideAgent reports the server's own machine to it, over HTTP as every node does.
func (f *serveFlags) insideAgent(ctx context.Context, d *daemon.Daemon, log *slog.Logger) (*agent.Agent, error) {
	if d.Admin == (sigv4.Credentials{}) {
		return nil, errors.New("the data directory has no credentials file; set MUSTER_ACCESS_KEY_ID and MUSTER_SECRET_ACCESS_KEY, or leave the flag out and run muster collect with a key")
	}
	state, err := agent.OpenState(filepath.Join(f.data, "collect"), log)
	if err != nil {
		return nil, err
	}
	put, err := putAsThisHost(ctx, client.Config{
		Endpoint: d.URL, Region: f.region, Credentials: d.Admin, Version: version(), Transport: d.Transport,
	})
	if err != nil {
		return nil, err
	}
	return &agent.Agent{Host: collect.This, Options: f.collecting.options(), Put: put, State: state, Log: log}, nil
}
