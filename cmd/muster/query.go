package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/ask"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

func newQuery() *cobra.Command {
	var f askFlags
	var show string
	cmd := &cobra.Command{
		Use:   "query FILTER",
		Short: "List the entries that a filter asks for, and the nodes that they are on",
		Long: `List the entries of one type on the nodes that pass a filter: those that the filter asks for or, if it asks for none of that type,
all. The type is the first that the filter names, unless --type names another.

AWS shows AWS:InstanceInformation and AWS:PatchSummary so, muster any type.`,
		Example: `  muster query 'name = openssl and version < 3.0.7'
  muster query 'platform = Linux' --type AWS:Network -o ndjson`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			filter, err := readFilter(args)
			if err != nil {
				return err
			}
			attribute := f.attribute(cmd.Context())
			types, err := filter.Types(attribute)
			if err != nil {
				return err
			}
			q := question{filter: filter, show: append(types, muster.TypeInstanceInformation)[0]}
			if show != "" {
				q.show = muster.TypeName(show)
			}
			return f.entries(cmd, q, attribute)
		},
	}
	f.add(cmd)
	f.addExplain(cmd)
	cmd.Flags().StringVar(&show, "type", "", "`type` whose entries to list (default: the first that the filter names)")
	return cmd
}

func (f *askFlags) entries(cmd *cobra.Command, q question, attribute ask.Attribute) error {
	if f.explain {
		return f.print(cmd.OutOrStdout(), q)
	}
	wanted, err := q.filter.Entries(q.show, attribute)
	if err != nil {
		return err
	}
	c, err := f.client()
	if err != nil {
		return err
	}
	columns, err := attributesOf(cmd.Context(), c, q.show)
	if err != nil {
		return err
	}
	out, err := newRows(cmd.OutOrStdout(), f.output, append([]string{"InstanceId"}, columns...)...)
	if err != nil {
		return err
	}
	out.sparse = true
	return out.answer(cmd.Context(), c, q, func(e ssmapi.InventoryResultEntity) (rows [][]muster.Field) {
		for _, entry := range e.Data[string(q.show)].Content {
			if wanted(entry) {
				rows = append(rows, withNode(e.Id, columns, entry))
			}
		}
		return rows
	})
}

// withNode gives the fields of an entry: the node, then the attributes in the order of the schema, then the rest.
func withNode(node string, columns []string, e muster.Entry) []muster.Field {
	fields := []muster.Field{{Name: "InstanceId", Value: node}}
	for _, c := range columns {
		if value, ok := e.Get(c); ok {
			fields = append(fields, muster.Field{Name: c, Value: value})
		}
	}
	for _, f := range e {
		if f.Name != "InstanceId" && !slices.Contains(columns, f.Name) {
			fields = append(fields, f)
		}
	}
	return fields
}

// attributesOf gives the attributes of a type, in the order of its highest version, but for InstanceId.
func attributesOf(ctx context.Context, c *client.Client, t muster.TypeName) ([]string, error) {
	schemas, err := schemasOf(ctx, c, t)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range slices.Backward(schemas) {
		for _, a := range s.Attributes {
			if a.Name != "InstanceId" && !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
		}
	}
	return names, nil
}
