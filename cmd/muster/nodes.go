package main

import (
	"github.com/spf13/cobra"

	"muster"
	"muster/internal/ssmapi"
)

func newNodes() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "nodes [FILTER]",
		Short: "List the nodes, or those that pass a filter",
		Long: `List the nodes, by id, or those that pass a filter such as

  name = openssl and version < 3.0.7 and platform = Linux

Conditions on one type that are joined by and hold of one entry of the node. There are and, or, not, parentheses, has TYPE,
lacks TYPE and lacks ( … ); the operators =, !=, <, > and begins with; a comma between values of which any will do. docs/cli.md
tells all of it. In a shell, put the filter in quotes.`,
		Example: `  muster nodes
  muster nodes 'name = openssl and version < 3.0.7 and platform = Linux'
  muster nodes 'lacks (service = auditd and AWS:Service.Status = Running)' -o csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			filter, err := readFilter(args)
			if err != nil {
				return err
			}
			return f.answer(cmd, question{filter: filter}, nodeColumns(), nodeRow)
		},
	}
	f.add(cmd)
	f.addExplain(cmd)
	return cmd
}

// nodeColumns are attributes of AWS:InstanceInformation, and when it was reported.
func nodeColumns() []string {
	return []string{"InstanceId", "ComputerName", "IpAddress", "PlatformName", "PlatformVersion", "InstanceStatus", "CaptureTime"}
}

// nodeRow gives the id, what describes the node, and when it was reported.
func nodeRow(e ssmapi.InventoryResultEntity) [][]muster.Field {
	fields := []muster.Field{{Name: "InstanceId", Value: e.Id}}
	item := e.Data[string(muster.TypeInstanceInformation)]
	for _, entry := range item.Content {
		for _, field := range entry {
			if field.Name != "InstanceId" {
				fields = append(fields, field)
			}
		}
	}
	return [][]muster.Field{append(fields, muster.Field{Name: "CaptureTime", Value: string(item.CaptureTime)})}
}
