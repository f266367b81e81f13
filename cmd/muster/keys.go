package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

func newKeys() *cobra.Command {
	var f endpointFlags
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make, list and revoke access keys",
		Long: `Make, list and revoke the access keys of a running server, as its administrator.

Without other settings this speaks to http://127.0.0.1:8181 with the key in muster-data/credentials. The environment
that AWS tools read goes before: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID …, AWS_SHARED_CREDENTIALS_FILE or AWS_PROFILE.`,
		Args: cobra.NoArgs,
		RunE: help,
	}
	f.add(cmd.PersistentFlags())
	cmd.AddCommand(newKeysCreate(&f), newKeysList(&f), newKeysRevoke(&f))
	return cmd
}

func newKeysCreate(f *endpointFlags) *cobra.Command {
	var role, node, comment string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make an access key and print it, once",
		Long: `Make an access key and print it as a profile of an AWS credentials file. The secret is never shown again.

Roles: admin may do all; read may ask, not report; node may report for the node given with --node, and ask nothing.`,
		Example: `  muster keys create --role read --comment dashboards
  muster keys create --role node --node mi-0123456789abcdef0 >node-credentials`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			in := &ssmapi.CreateAccessKeyInput{Role: (*muster.Role)(&role), Comment: comment}
			if node != "" {
				in.InstanceId = (*muster.NodeID)(&node)
			}
			out, err := client.Call[ssmapi.CreateAccessKeyInput, ssmapi.CreateAccessKeyOutput](cmd.Context(), c, "Muster.CreateAccessKey", in)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", out.AccessKey.AccessKeyId, out.SecretAccessKey)
			return nil
		},
	}
	cmd.Flags().StringVar(&role, "role", "read", "admin, read or node")
	cmd.Flags().StringVar(&node, "node", "", "`id` of the node, with --role node")
	cmd.Flags().StringVar(&comment, "comment", "", "whom or what the key is for")
	return cmd
}

func newKeysList(f *endpointFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the access keys, without their secrets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			out, err := client.Call[ssmapi.ListAccessKeysInput, ssmapi.ListAccessKeysOutput](cmd.Context(), c, "Muster.ListAccessKeys", nil)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "KEY\tROLE\tNODE\tCREATED\tCOMMENT")
			for _, k := range out.AccessKeys {
				fmt.Fprintln(w, strings.Join([]string{k.AccessKeyId, string(k.Role), string(k.InstanceId), k.CreateTime.UTC().Format("2006-01-02 15:04"), k.Comment}, "\t"))
			}
			return w.Flush()
		},
	}
}

func newKeysRevoke(f *endpointFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke KEY",
		Short: "Take an access key away, at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			_, err = client.Call[ssmapi.RevokeAccessKeyInput, ssmapi.RevokeAccessKeyOutput](cmd.Context(), c, "Muster.RevokeAccessKey",
				&ssmapi.RevokeAccessKeyInput{AccessKeyId: &args[0]})
			return err
		},
	}
}
