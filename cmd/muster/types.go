package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

func newTypes() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:     "types [TYPE]",
		Short:   "List the types that can be asked about, and their attributes",
		Example: "  muster types\n  muster types AWS:Application -o json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			out, err := newRows(cmd.OutOrStdout(), f.output, "TypeName", "Version", "Number", "Attributes")
			if err != nil {
				return err
			}
			schemas, err := schemasOf(cmd.Context(), c, muster.TypeName(strings.Join(args, "")))
			if err != nil {
				return err
			}
			for _, s := range schemas {
				names := make([]string, len(s.Attributes))
				for i, a := range s.Attributes {
					names[i] = a.Name
				}
				if err := out.add([]muster.Field{
					{Name: "TypeName", Value: string(s.TypeName)}, {Name: "Version", Value: string(s.Version)},
					{Name: "Number", Value: strconv.Itoa(len(names))}, {Name: "Attributes", Value: strings.Join(names, " ")},
				}...); err != nil {
					return err
				}
			}
			return out.close()
		},
	}
	f.add(cmd)
	return cmd
}

// schemasOf gives the schemas of a type, or of all.
func schemasOf(ctx context.Context, c *client.Client, t muster.TypeName) ([]ssmapi.InventoryItemSchema, error) {
	var all []ssmapi.InventoryItemSchema
	in := &ssmapi.GetInventorySchemaInput{TypeName: t}
	for {
		out, err := client.Call[ssmapi.GetInventorySchemaInput, ssmapi.GetInventorySchemaOutput](ctx, c, "GetInventorySchema", in)
		if err != nil {
			return nil, err
		}
		all = append(all, out.Schemas...)
		if in.NextToken = out.NextToken; in.NextToken == "" {
			return all, nil
		}
	}
}
