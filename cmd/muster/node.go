package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/ask"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

func newNode() *cobra.Command {
	var f askFlags
	var changes bool
	cmd := &cobra.Command{
		Use:   "node ID [TYPE [FILTER]] | node ID [TYPE] --changes",
		Short: "Show what one node has reported: its types, the entries of one, or what changed",
		Long: `Show which types a node has reported, and when; or the entries of one type, those that pass a filter whose conditions are on that
type. The exit status is 3 if there is no such node.

With --changes, list what its last reports changed, of one type or of all, the newest first: entries that were added, removed or changed,
with the attributes that are not as before. That takes a muster to answer, which keeps the last four changes of each type.`,
		Example: `  muster node mi-0123456789abcdef0
  muster node mi-0123456789abcdef0 AWS:Application 'name begins with lib'
  muster node mi-0123456789abcdef0 AWS:Application --changes`,
		Args: func(cmd *cobra.Command, args []string) error {
			if changes {
				return cobra.RangeArgs(1, 2)(cmd, args)
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			if changes {
				err = f.changes(cmd, c, muster.NodeID(args[0]), args[1:])
			} else if len(args) == 1 {
				err = f.items(cmd, c, muster.NodeID(args[0]))
			} else {
				err = f.item(cmd, c, muster.NodeID(args[0]), muster.TypeName(args[1]), args[2:])
			}
			if refused, ok := errors.AsType[*client.Error](err); ok && refused.Code == muster.CodeInvalidInstanceID {
				fmt.Fprintf(cmd.ErrOrStderr(), "muster: there is no node %s\n", args[0])
				return errNo
			}
			return err
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&changes, "changes", false, "list what its last reports changed")
	return cmd
}

// items lists the types that the node has.
func (f *askFlags) items(cmd *cobra.Command, c *client.Client, node muster.NodeID) error {
	out, err := newRows(cmd.OutOrStdout(), f.output, "TypeName", "SchemaVersion", "CaptureTime")
	if err != nil {
		return err
	}
	types, err := typeNames(cmd.Context(), c)
	if err != nil {
		return err
	}
	one := int32(1)
	for _, t := range types {
		page, err := client.Call[ssmapi.ListInventoryEntriesInput, ssmapi.ListInventoryEntriesOutput](cmd.Context(), c, "ListInventoryEntries",
			&ssmapi.ListInventoryEntriesInput{InstanceId: &node, TypeName: &t, MaxResults: &one})
		if err != nil {
			return err
		}
		if page.CaptureTime == "" {
			continue
		}
		if err := out.add(
			muster.Field{Name: "TypeName", Value: string(t)},
			muster.Field{Name: "SchemaVersion", Value: string(page.SchemaVersion)},
			muster.Field{Name: "CaptureTime", Value: string(page.CaptureTime)},
		); err != nil {
			return err
		}
	}
	return out.close()
}

// item lists the entries of one type.
func (f *askFlags) item(cmd *cobra.Command, c *client.Client, node muster.NodeID, t muster.TypeName, words []string) error {
	filter, err := readFilter(words)
	if err != nil {
		return err
	}
	attribute := ask.AmongTypes(t)
	types, err := filter.Types(attribute)
	if err != nil {
		return err
	}
	for _, other := range types {
		if other != t {
			return usage("the filter is on %s, and the entries are of %s", other, t)
		}
	}
	wanted, err := filter.Entries(t, attribute)
	if err != nil {
		return err
	}
	columns, err := attributesOf(cmd.Context(), c, t)
	if err != nil {
		return err
	}
	out, err := newRows(cmd.OutOrStdout(), f.output, columns...)
	if err != nil {
		return err
	}
	out.sparse = true
	for e, err := range entriesOf(cmd.Context(), c, node, t) {
		if err != nil {
			return err
		}
		if wanted(e) {
			if err := out.add(withNode(string(node), columns, e)[1:]...); err != nil {
				return err
			}
		}
	}
	return out.close()
}

// entriesOf gives the entries of a type on a node, page by page.
func entriesOf(ctx context.Context, c *client.Client, node muster.NodeID, t muster.TypeName) iter.Seq2[muster.Entry, error] {
	return func(yield func(muster.Entry, error) bool) {
		in := &ssmapi.ListInventoryEntriesInput{InstanceId: &node, TypeName: &t}
		for {
			out, err := client.Call[ssmapi.ListInventoryEntriesInput, ssmapi.ListInventoryEntriesOutput](ctx, c, "ListInventoryEntries", in)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range out.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if in.NextToken = out.NextToken; in.NextToken == "" {
				return
			}
		}
	}
}

// typeNames gives the types there are, each once.
func typeNames(ctx context.Context, c *client.Client) ([]muster.TypeName, error) {
	schemas, err := schemasOf(ctx, c, "")
	if err != nil {
		return nil, err
	}
	var names []muster.TypeName
	for _, s := range schemas {
		if !slices.Contains(names, s.TypeName) {
			names = append(names, s.TypeName)
		}
	}
	return names, nil
}
