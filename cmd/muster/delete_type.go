package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

func newDeleteType() *cobra.Command {
	var f askFlags
	var schemaOption string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "delete-type TYPE",
		Short: "Delete a custom type from all nodes, and wait until it is gone",
		Long: `Delete a custom type from all nodes, and wait until it is gone. With --schema keep its schema stays, with delete it goes too, and
with disable it stays while later puts of the type are dropped.`,
		Example: `  muster delete-type Custom:RackInfo --dry-run
  muster delete-type Custom:RackInfo --schema delete`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &ssmapi.DeleteInventoryInput{TypeName: (*muster.TypeName)(&args[0]), DryRun: dryRun}
			switch schemaOption {
			case "keep":
			case "delete":
				in.SchemaDeleteOption = new(muster.SchemaDeleteOption("DeleteSchema"))
			case "disable":
				in.SchemaDeleteOption = new(muster.SchemaDeleteOption("DisableSchema"))
			default:
				return usage("--schema %s: it is keep, delete or disable", schemaOption)
			}
			c, err := f.client()
			if err != nil {
				return err
			}
			out, err := client.Call[ssmapi.DeleteInventoryInput, ssmapi.DeleteInventoryOutput](cmd.Context(), c, "DeleteInventory", in)
			if err != nil {
				return err
			}
			if dryRun {
				fmt.Fprintf(cmd.OutOrStdout(), "%s would be deleted from %d nodes\n", args[0], out.DeletionSummary.TotalCount)
				return nil
			}
			return waitDeleted(cmd.Context(), c, cmd.OutOrStdout(), out.DeletionId)
		},
	}
	f.addEndpoint(cmd)
	cmd.Flags().StringVar(&schemaOption, "schema", "keep", "what becomes of its schema: keep, delete or disable")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say how many nodes have it, and delete nothing")
	return cmd
}

// waitDeleted says how far the deletion is until it is done.
func waitDeleted(ctx context.Context, c *client.Client, w io.Writer, id string) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	said := -1
	for {
		out, err := client.Call[ssmapi.DescribeInventoryDeletionsInput, ssmapi.DescribeInventoryDeletionsOutput](ctx, c, "DescribeInventoryDeletions",
			&ssmapi.DescribeInventoryDeletionsInput{DeletionId: &id})
		if err != nil {
			return err
		}
		if len(out.InventoryDeletions) == 0 {
			return fmt.Errorf("the deletion %s is not known any more", id)
		}
		d := out.InventoryDeletions[0]
		if done := d.DeletionSummary.TotalCount - d.DeletionSummary.RemainingCount; done != said {
			fmt.Fprintf(w, "deleted %s from %d of %d nodes\n", d.TypeName, done, d.DeletionSummary.TotalCount)
			said = done
		}
		if d.LastStatus == ssmapi.DeletionComplete {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; the deletion %s goes on", ctx.Err(), id)
		case <-tick.C:
		}
	}
}
