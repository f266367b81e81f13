package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muster"
	"muster/internal/agent"
	"muster/internal/client"
	"muster/internal/collect"
	"muster/internal/ssmapi"
)

// enrollFlags are the flags of enroll.
type enrollFlags struct {
	server    agent.Server
	code, id  string
	dir       string
	overwrite bool
}

func newEnroll() *cobra.Command {
	var f enrollFlags
	cmd := &cobra.Command{
		Use:   "enroll",
		Short: "Register this machine with a server, for muster agent to report it",
		Long: `Register this machine with a server, by an activation that muster activation create has made there. The machine makes a key pair
and keeps it, with all else that muster agent needs, in one file that only its owner can read.

A server whose certificate is from a CA of your own is trusted by --ca-bundle or AWS_CA_BUNDLE, and by the agent from then on.`,
		Example: `  muster enroll --endpoint https://muster.example:8181 --code CODE --id ID
  muster enroll --endpoint https://muster.example:8181 --ca-bundle ca.pem --region eu-west-1 --code CODE --id ID`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&f.server.Endpoint, "endpoint", "", "`URL` of the server (default $AWS_ENDPOINT_URL)")
	p.StringVar(&f.code, "code", "", "the activation's `code`")
	p.StringVar(&f.id, "id", "", "the activation's `id`")
	p.StringVar(&f.server.Region, "region", "", "the activation's `region` (default $AWS_REGION, else us-east-1)")
	p.StringVar(&f.server.CABundle, "ca-bundle", "", "PEM `file` with the CAs to trust (default $AWS_CA_BUNDLE, else the system's)")
	p.StringVar(&f.dir, "dir", defaultAgentDir(), "state `directory`")
	p.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "endpoint-url" { // as the other commands have it
			name = "endpoint"
		}
		return pflag.NormalizedName(name)
	})
	p.BoolVar(&f.overwrite, "force", false, "register again, as another node, if this machine is registered")
	return cmd
}

func (f *enrollFlags) run(ctx context.Context, out io.Writer) error {
	server, err := f.effectiveServer()
	if err != nil {
		return err
	}
	e, err := agent.OpenEnrolment(f.dir)
	if err != nil {
		return err
	}
	if e.Node() != "" && !f.overwrite {
		return fmt.Errorf("this machine is enrolled as %s at %s; start muster agent, or give --force to enrol it again", e.Node(), e.Server().Endpoint)
	}
	host, err := collect.This(ctx)
	if err != nil {
		return err
	}
	c, err := agentClient(server, host, 0)
	if err != nil {
		return err
	}
	if err := e.Enrol(ctx, c, server, host.MachineID, f.id, f.code); err != nil {
		return withAdvice(err)
	}
	if err := e.Try(ctx, c); err != nil {
		return &advisedError{
			fmt.Errorf("registered as %s, but it gets no keys: %w", e.Node(), err),
			"If --region was wrong, deregister that node, and enrol again with --force",
		}
	}
	_, err = fmt.Fprintf(out, "enrolled as %s at %s\n\nNow start the agent, best as a service:\n\nmuster agent --dir %s\n", e.Node(), server.Endpoint, quote(f.dir))
	return err
}

// effectiveServer fills in what the flags leave to the environment.
func (f *enrollFlags) effectiveServer() (agent.Server, error) {
	s := agent.Server{
		Endpoint: cmp.Or(f.server.Endpoint, os.Getenv("AWS_ENDPOINT_URL_SSM"), os.Getenv("AWS_ENDPOINT_URL")),
		Region:   cmp.Or(f.server.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), "us-east-1"),
		CABundle: cmp.Or(f.server.CABundle, os.Getenv("AWS_CA_BUNDLE")),
	}
	switch {
	case s.Endpoint == "":
		return s, usage("no server: give its URL with --endpoint")
	case f.code == "" || f.id == "":
		return s, usage("no activation: give its --code and its --id, as muster activation create has printed them")
	}
	if s.CABundle != "" {
		var err error
		if s.CABundle, err = filepath.Abs(s.CABundle); err != nil {
			return s, err
		}
	}
	return s, nil
}

// withAdvice adds to a refusal what to do.
func withAdvice(err error) error {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &advisedError{err, "If the server's certificate is from a CA of your own, name the CA's file with --ca-bundle"}
	}
	refused, ok := errors.AsType[*client.Error](err)
	if !ok {
		return &advisedError{err, "Is --endpoint the URL under which this machine reaches the server?"}
	}
	const another = "make another activation with muster activation create"
	advice := ""
	switch refused.Code {
	case muster.CodeInvalidActivation, muster.CodeInvalidActivationID:
		advice = "Compare --code and --id with what muster activation create has printed; if it was deleted, " + another
	case muster.CodeActivationExpired:
		advice = "Give it a longer life with --expires when you " + another
	case muster.CodeRegistrationLimitExceeded:
		advice = "Let more machines register with --limit when you " + another
	case muster.CodePublicKeyAlreadyRegistered:
		advice = "The answer to the first try was lost. Run the command again, and deregister the node that was made"
	case muster.CodeValidation:
		advice = "A code has 26 characters and an id has 36; copy both as a whole"
	case muster.CodeUnknownOperation, muster.CodeMissingAuthenticationToken, "":
		advice = "Is --endpoint the URL of a muster that takes registrations?"
	default:
		return err
	}
	return &advisedError{err, advice}
}

// agentClient calls the server. Every call says which host it is from, so that two that have one enrolment are noticed. The
// pause is for client.Config.
func agentClient(s agent.Server, host collect.Host, pause time.Duration) (*client.Client, error) {
	return client.New(client.Config{
		Endpoint: s.Endpoint, Region: s.Region, CABundle: s.CABundle, Sign: client.Unsigned, Version: version(),
		Header:      http.Header{ssmapi.ReporterHeader: {host.Fingerprint()}},
		MaxAttempts: agentAttempts, Pause: pause,
	})
}
