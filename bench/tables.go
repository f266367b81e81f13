package main

import (
	"context"

	"muster"
)

// table names one of the tables that rows are put into.
type table string

const (
	nodeTable        table = "node"
	dictionaryTable  table = "dictionary"
	applicationTable table = "application"
)

// tables are those that a fleet is put into: what each product is given is the dictionary form. Others are made of it in place, by
// the section "fill" of their queries, which takes a fraction of the time.
var tables = []table{nodeTable, dictionaryTable, applicationTable}

// installedTime is the attribute that is nearly unique to its node: in a dictionary it would make every entry distinct.
const installedTime = "InstalledTime"

// filler puts one fleet into the tables.
type filler struct {
	put     func(t table, row []any) error // a call for each row, whose values are in the order of the columns and may be kept
	entries map[string]any                 // numbers in the dictionary, an int32 each, made a value once for its millions of rows
	key     []byte
}

// fillTables puts the fleet into the tables.
func fillTables(ctx context.Context, f *source, put func(t table, row []any) error) error {
	to := &filler{put: put, entries: map[string]any{}}
	seen := map[[2]string]bool{}
	for n := range f.nodes(ctx) {
		platform, _ := n.information.Get("PlatformType")
		var number any = int32(n.number)
		if err := put(nodeTable, []any{number, string(n.id), platform, string(muster.Active)}); err != nil {
			return err
		}
		for in := range n.installed(seen) {
			if err := to.application(number, in); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (to *filler) application(node any, in installed) error {
	entry, err := to.entry(in)
	if err != nil {
		return err
	}
	var time any
	if value, ok := in.Get(installedTime); ok {
		time = value
	}
	return to.put(applicationTable, []any{node, int16(in.place), entry, int16(in.repeats), time})
}

// entry gives the number of the entry in the dictionary, into which it is put if it is new.
func (to *filler) entry(in installed) (any, error) {
	to.key = to.key[:0]
	for _, f := range in.Entry {
		if f.Name != installedTime {
			to.key = append(append(to.key, f.Name...), 0)
			to.key = append(append(to.key, f.Value...), 0)
		}
	}
	if entry, known := to.entries[string(to.key)]; known {
		return entry, nil
	}
	var entry any = int32(len(to.entries))
	to.entries[string(to.key)] = entry
	row := []any{entry, in.name, in.version}
	for _, name := range attributes {
		if name == installedTime {
			continue
		}
		var value any
		if text, ok := in.Get(name); ok {
			value = text
		}
		row = append(row, value)
	}
	return entry, to.put(dictionaryTable, row)
}
