package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
)

func newDiff() *cobra.Command {
	var f askFlags
	var g groupFlags
	var types, ignore []string
	cmd := &cobra.Command{
		Use:   "diff NODE NODE | diff --where A --where B",
		Short: "List what sets two nodes, or two groups of nodes, apart",
		Long: `List the entries that one of two nodes has and the other lacks, type by type, in their order as texts, so that two versions of one
thing stand together. The exit status is 3 if there are any.

With --where twice, list what the nodes that pass the one filter have more often than those that pass the other, or less, the greatest
difference first: how many nodes of each group have it, by how many points of a hundred the share of A is greater, and the filter for
these nodes. That takes a muster to answer.`,
		Example: `  muster diff mi-0123456789abcdef0 mi-0123456789abcdef1 --type AWS:Application
  muster diff --where platform=Linux --where platform=Windows`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(g.where) > 0 {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(g.where) > 0 {
				return compareGroups(cmd, f, g)
			}
			out, err := newRows(cmd.OutOrStdout(), f.output, "TypeName", "InstanceId", "Entry")
			if err != nil {
				return err
			}
			c, err := f.client()
			if err != nil {
				return err
			}
			names := make([]muster.TypeName, len(types))
			for i, t := range types {
				names[i] = muster.TypeName(t)
			}
			if len(names) == 0 {
				if names, err = typeNames(cmd.Context(), c); err != nil {
					return err
				}
			}
			for _, t := range names {
				var sides [2][]muster.Entry
				for i, node := range args {
					if sides[i], err = entriesWithout(cmd.Context(), c, muster.NodeID(node), t, ignore); err != nil {
						return err
					}
				}
				if err := out.differences(t, args, sides); err != nil {
					return err
				}
			}
			if err := out.close(); err != nil || out.n == 0 {
				return err
			}
			return errNo
		},
	}
	f.add(cmd)
	cmd.Flags().StringSliceVar(&types, "type", nil, "`type` to compare; may be repeated (default all)")
	cmd.Flags().StringSliceVar(&ignore, "ignore", []string{"InstanceId", "InstalledTime"}, "`attributes` that make no difference")
	cmd.Flags().StringArrayVar(&g.where, "where", nil, "`filter` of a group of nodes, given twice")
	cmd.Flags().Int32Var(&g.limit, "limit", 100, "how many differences of groups to list at most")
	for _, ofNodes := range []string{"type", "ignore"} {
		cmd.MarkFlagsMutuallyExclusive("where", ofNodes)
	}
	return cmd
}

// entriesWithout gives the entries of a type on a node, in order, without the attributes to ignore.
func entriesWithout(ctx context.Context, c *client.Client, node muster.NodeID, t muster.TypeName, ignore []string) ([]muster.Entry, error) {
	var entries []muster.Entry
	for e, err := range entriesOf(ctx, c, node, t) {
		if err != nil {
			return nil, err
		}
		for _, name := range ignore {
			e = e.Without(name)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, muster.Entry.Compare)
	return entries, nil
}

// differences adds what only one of the sides has. Both are in order; an entry that one has twice and the other once is a
// difference.
func (r *rows) differences(t muster.TypeName, nodes []string, sides [2][]muster.Entry) error {
	a, b := sides[0], sides[1]
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = +1
		case len(b) == 0:
			order = -1
		default:
			order = a[0].Compare(b[0])
		}
		var err error
		switch {
		case order < 0:
			err, a = r.difference(t, nodes[0], a[0]), a[1:]
		case order > 0:
			err, b = r.difference(t, nodes[1], b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) difference(t muster.TypeName, node string, e muster.Entry) error {
	fields := []muster.Field{{Name: "TypeName", Value: string(t)}, {Name: "InstanceId", Value: node}}
	if r.structured() {
		return r.add(append(fields, e...)...)
	}
	return r.add(append(fields, muster.Field{Name: "Entry", Value: entryText(e)})...)
}

// entryText gives an entry on one line, NAME=VALUE, its Name and Version first if it has them.
func entryText(e muster.Entry) string {
	var first, rest []string
	for _, f := range e {
		text := f.Name + "=" + f.Value
		if f.Name == "Name" || f.Name == "Version" {
			first = append(first, text)
		} else {
			rest = append(rest, text)
		}
	}
	return strings.Join(append(first, rest...), " ")
}
