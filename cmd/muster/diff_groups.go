package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

// groupFlags are those that name two groups of nodes.
type groupFlags struct {
	where []string
	limit int32
}

// compareGroups lists what sets two groups of nodes apart, as the server finds it.
func compareGroups(cmd *cobra.Command, f askFlags, g groupFlags) error {
	if len(g.where) != 2 {
		return usage("--where is given twice, once for each group; '' is all nodes")
	}
	in := &ssmapi.CompareInventoryInput{MaxResults: &g.limit}
	for i, to := range []*string{&in.WhereA, &in.WhereB} {
		filter, err := readFilter(g.where[i : i+1])
		if err != nil {
			return err
		}
		*to = filter.String()
	}
	out, err := newRows(cmd.OutOrStdout(), f.output, "TypeName", "NodesA", "NodesB", "Points", "Where")
	if err != nil {
		return err
	}
	c, err := f.client()
	if err != nil {
		return err
	}
	found, err := client.Call[ssmapi.CompareInventoryInput, ssmapi.CompareInventoryOutput](cmd.Context(), c, "Muster.CompareInventory", in)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "A has %d nodes, B has %d\n", found.NodesA, found.NodesB)
	for _, d := range found.Differences {
		err := out.add(
			muster.Field{Name: "TypeName", Value: string(d.TypeName)},
			muster.Field{Name: "NodesA", Value: strconv.Itoa(d.NodesA)}, muster.Field{Name: "NodesB", Value: strconv.Itoa(d.NodesB)},
			muster.Field{Name: "Points", Value: fmt.Sprintf("%+.1f", d.Points)}, muster.Field{Name: "Where", Value: d.Where},
		)
		if err != nil {
			return err
		}
	}
	if err := out.close(); err != nil {
		return err
	}
	if found.More {
		fmt.Fprintln(cmd.ErrOrStderr(), "there are more: --limit shows up to 1000")
	}
	if len(found.Differences) == 0 {
		return nil
	}
	return errNo
}
