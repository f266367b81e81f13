package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"muster/internal/agent"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

func newActivation() *cobra.Command {
	var f endpointFlags
	cmd := &cobra.Command{
		Use:   "activation",
		Short: "Let machines register: make, list and delete activations",
		Long: `Make, list and delete the activations of a running server, as its administrator. An activation is an id and a code with which
machines register themselves, with amazon-ssm-agent or with muster's own agent; after that each has keys of its own.

Server and key are found as muster keys finds them.`,
		Args: cobra.NoArgs,
		RunE: help,
	}
	f.add(cmd.PersistentFlags())
	f.addRegion(cmd.PersistentFlags())
	cmd.AddCommand(newActivationCreate(&f), newActivationList(&f), newActivationDelete(&f))
	return cmd
}

func newActivationCreate(f *endpointFlags) *cobra.Command {
	var in ssmapi.CreateActivationInput
	var role, name, description, nodesURL string
	var limit int32
	var expires time.Duration
	var tags []string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make an activation, and print the lines to paste on the machines",
		Long: `Make an activation, and print for each platform the lines to paste on its machines. The code is never shown again.

The agents must reach the server under the URL that is in the lines: give it with --nodes-url if it is another than the one
that this command uses.`,
		Example: `  muster activation create --limit 500 --nodes-url https://muster.example:8181
  muster activation create --name web --tag Team=shop --tag Stage=test --expires 72h`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := f.config()
			if err != nil {
				return err
			}
			url, err := agent.ServerURL(cmp.Or(nodesURL, config.Endpoint))
			if err != nil {
				return usage("--nodes-url: %s", err)
			}
			c, err := client.New(config)
			if err != nil {
				return err
			}
			in.IamRole, in.DefaultInstanceName, in.Description, in.RegistrationLimit = &role, optional(name), optional(description), &limit
			in.ExpirationDate = &ssmapi.Timestamp{Time: time.Now().Add(expires)}
			if in.Tags, err = parseTags(tags); err != nil {
				return err
			}
			out, err := client.Call[ssmapi.CreateActivationInput, ssmapi.CreateActivationOutput](cmd.Context(), c, "CreateActivation", &in)
			if err != nil {
				return err
			}
			invitation := agent.Invitation{URL: url, Region: config.Region, ID: out.ActivationId, Code: out.ActivationCode}
			return enrolment{invitation, int(limit), in.ExpirationDate.Time}.print(cmd.OutOrStdout())
		},
	}
	p := cmd.Flags()
	p.Int32Var(&limit, "limit", 1, "how many machines may register with it, 1 to 1000")
	p.DurationVar(&expires, "expires", 24*time.Hour, "how long it is good, at most 720h")
	p.StringVar(&name, "name", "", "name that its nodes are shown with")
	p.StringVar(&description, "description", "", "what it is for")
	p.StringVar(&role, "role", "muster", "IamRole that its nodes are shown with; nothing depends on it")
	p.StringArrayVar(&tags, "tag", nil, "`KEY=VALUE` that its nodes get; once for each tag")
	p.StringVar(&nodesURL, "nodes-url", "", "`URL` under which the machines reach the server")
	return cmd
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func parseTags(texts []string) (ssmapi.List[ssmapi.Tag], error) {
	var tags ssmapi.List[ssmapi.Tag]
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usage("--tag %s: it is KEY=VALUE", text)
		}
		tags = append(tags, ssmapi.Tag{Key: &key, Value: &value})
	}
	return tags, nil
}

func newActivationList(f *endpointFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the activations, newest first, without their codes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ACTIVATION\tREGISTERED\tEXPIRES\tNAME\tDESCRIPTION")
			in := &ssmapi.DescribeActivationsInput{}
			for {
				out, err := client.Call[ssmapi.DescribeActivationsInput, ssmapi.DescribeActivationsOutput](cmd.Context(), c, "DescribeActivations", in)
				if err != nil {
					return err
				}
				for _, a := range out.ActivationList {
					expires := a.ExpirationDate.UTC().Format("2006-01-02 15:04")
					if a.Expired {
						expires = "expired"
					}
					registered := strconv.Itoa(a.RegistrationsCount) + " of " + strconv.Itoa(a.RegistrationLimit)
					fmt.Fprintln(w, strings.Join([]string{a.ActivationId, registered, expires, a.DefaultInstanceName, a.Description}, "\t"))
				}
				if in.NextToken = out.NextToken; in.NextToken == "" {
					return w.Flush()
				}
			}
		},
	}
}

func newActivationDelete(f *endpointFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "delete ACTIVATION",
		Short: "Delete an activation; the nodes that it registered stay",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			_, err = client.Call[ssmapi.DeleteActivationInput, ssmapi.DeleteActivationOutput](cmd.Context(), c, "DeleteActivation",
				&ssmapi.DeleteActivationInput{ActivationId: &args[0]})
			return err
		},
	}
}
