package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
	"muster/internal/history"
	"muster/internal/ssmapi"
)

// changes lists what the last reports of a node changed, of a type if one is named.
func (f *askFlags) changes(cmd *cobra.Command, c *client.Client, node muster.NodeID, types []string) error {
	out, err := newRows(cmd.OutOrStdout(), f.output, "ReportedTime", "TypeName", "Change", "Entry", "Before", "After")
	if err != nil {
		return err
	}
	out.sparse = true
	in := ssmapi.ListInventoryChangesInput{InstanceId: &node}
	if len(types) > 0 {
		in.TypeName = new(muster.TypeName(types[0]))
	}
	answer, err := client.Call[ssmapi.ListInventoryChangesInput, ssmapi.ListInventoryChangesOutput](cmd.Context(), c, "Muster.ListInventoryChanges", &in)
	if err != nil {
		return err
	}
	for _, change := range answer.Changes {
		if err := out.change(change); err != nil {
			return err
		}
	}
	return out.close()
}

// change adds what one report changed.
func (r *rows) change(c ssmapi.InventoryChange) error {
	reported := c.ReportedTime.UTC().Format(time.RFC3339)
	add := func(what string, more ...muster.Field) error {
		fields := []muster.Field{
			{Name: "ReportedTime", Value: reported},
			{Name: "TypeName", Value: strings.TrimSpace(string(c.TypeName) + " " + c.ComplianceType)},
			{Name: "Change", Value: what},
		}
		return r.add(append(fields, more...)...)
	}
	if c.Unknown {
		return add("unknown")
	}
	for _, e := range c.Entries {
		row := history.Row{Before: muster.Entry(e.Before), After: muster.Entry(e.After)}
		what := "changed"
		switch {
		case row.Before == nil:
			what = "added"
		case row.After == nil:
			what = "removed"
		}
		if err := add(what, r.changed(row)...); err != nil {
			return err
		}
	}
	if more := c.Added + c.Removed + c.Changed - len(c.Entries); more > 0 {
		return add("more", muster.Field{Name: "Entry", Value: strconv.Itoa(more) + " entries that are not kept"})
	}
	return nil
}

// changed gives the thing that a row is about and what of it is not as before; for programs, all that it was and is.
func (r *rows) changed(row history.Row) []muster.Field {
	if r.structured() {
		var all []muster.Field
		for _, f := range row.Before {
			all = append(all, muster.Field{Name: "Before." + f.Name, Value: f.Value})
		}
		for _, f := range row.After {
			all = append(all, muster.Field{Name: "After." + f.Name, Value: f.Value})
		}
		return all
	}
	var before, after []string
	for _, d := range row.Differences() {
		if d.Before != "" {
			before = append(before, d.Name+"="+d.Before)
		}
		if d.After != "" {
			after = append(after, d.Name+"="+d.After)
		}
	}
	return []muster.Field{
		{Name: "Entry", Value: entryText(row.Thing())},
		{Name: "Before", Value: strings.Join(before, " ")},
		{Name: "After", Value: strings.Join(after, " ")},
	}
}
