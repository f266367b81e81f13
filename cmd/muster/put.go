package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

func newPut() *cobra.Command {
	var f askFlags
	var version, entries, captured string
	cmd := &cobra.Command{
		Use:   "put NODE TYPE [NAME=VALUE …]",
		Short: "Report an item of a node: one entry from the command line, or those of a file",
		Long: `Report an item of a node, which replaces what the node had of that type: one entry made of the attributes given, or the entries in
a file, a JSON array of objects with strings. Without either the item is empty.`,
		Example: `  muster put mi-0123456789abcdef0 Custom:RackInfo Row=C Rack=7
  muster put mi-0123456789abcdef0 AWS:Application --entries packages.json`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			node, typ := muster.NodeID(args[0]), muster.TypeName(args[1])
			item := ssmapi.InventoryItem{TypeName: &typ, Content: ssmapi.Entries{}}
			if s, ok := schema.Builtin(typ); ok && version == "" {
				version = string(s.Version)
			}
			if version == "" {
				version = "1.0"
			}
			item.SchemaVersion = (*muster.Version)(&version)
			if captured == "" {
				captured = time.Now().UTC().Format("2006-01-02T15:04:05Z")
			}
			item.CaptureTime = (*muster.CaptureTime)(&captured)
			var err error
			switch {
			case entries != "" && len(args) > 2:
				return usage("%s and --entries: give one of them", args[2])
			case entries != "":
				item.Content, err = readEntries(cmd.InOrStdin(), entries)
			case len(args) > 2:
				item.Content, err = oneEntry(args[2:])
			}
			if err != nil {
				return err
			}
			c, err := f.client()
			if err != nil {
				return err
			}
			_, err = client.Call[ssmapi.PutInventoryInput, ssmapi.PutInventoryOutput](cmd.Context(), c, "PutInventory",
				&ssmapi.PutInventoryInput{InstanceId: &node, Items: ssmapi.List[ssmapi.InventoryItem]{item}})
			return err
		},
	}
	f.addEndpoint(cmd)
	p := cmd.Flags()
	p.StringVar(&entries, "entries", "", "`file` with the entries; - is the standard input")
	p.StringVar(&version, "schema-version", "", "schema version of the item (default the highest of AWS's types, 1.0 of custom ones)")
	p.StringVar(&captured, "captured", "", "`time` of the report, as 2026-01-02T03:04:05Z (default now)")
	return cmd
}

func oneEntry(words []string) (ssmapi.Entries, error) {
	var fields []muster.Field
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return nil, usage("%s: an attribute is NAME=VALUE", word)
		}
		fields = append(fields, muster.Field{Name: name, Value: value})
	}
	return ssmapi.Entries{muster.NewEntry(fields)}, nil
}

func readEntries(stdin io.Reader, file string) (ssmapi.Entries, error) {
	in := stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		in = opened
	}
	entries := ssmapi.Entries{}
	if err := json.UnmarshalRead(in, &entries); err != nil {
		return nil, fmt.Errorf("%s: %w; it is a JSON array of objects with strings", file, err)
	}
	return entries, nil
}
