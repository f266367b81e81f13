package main

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

func newCount() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "count [ATTRIBUTE] [by ATTRIBUTE …] [where FILTER]",
		Short: "Count nodes: all, those that pass a filter, or by attributes",
		Long: `Count the nodes by the values of an attribute, and by further ones inside each value. Without an attribute, count the nodes.

An attribute is written in full, AWS:Application.Name, or by a short name of the filter language, name. After by, a word that
begins with a capital is an attribute of the type before it. Values are in lower case, the most frequent first.`,
		Example: `  muster count
  muster count where 'name = openssl and version < 3.0.7'
  muster count AWS:Application.Name by Version where 'platform = Linux'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			q, columns, err := readCount(args, f.attribute(cmd.Context()))
			if err != nil {
				return err
			}
			return f.answer(cmd, q, columns, func(e ssmapi.InventoryResultEntity) [][]muster.Field { return countRows(e, columns) })
		},
	}
	f.add(cmd)
	f.addExplain(cmd)
	return cmd
}

// readCount reads the arguments, and gives the columns of the answer.
func readCount(args []string, attribute ask.Attribute) (q question, columns []string, err error) {
	by := args
	if at := slices.Index(args, "where"); at >= 0 {
		by = args[:at]
		if q.filter, err = readFilter(args[at+1:]); err != nil {
			return q, nil, err
		}
	}
	var counted []query.Attr
	for i, word := range by {
		if word == "by" && i > 0 {
			continue
		}
		a, err := countAttribute(word, counted, attribute)
		if err != nil {
			return q, nil, err
		}
		counted = append(counted, a)
		if !slices.Contains(columns, a.Name) {
			columns = append(columns, a.Name)
		}
	}
	for _, a := range slices.Backward(counted) {
		key := a.String()
		q.count = ssmapi.List[ssmapi.InventoryAggregator]{{Expression: &key, Aggregators: q.count}}
	}
	if len(counted) == 0 {
		q.count = ssmapi.List[ssmapi.InventoryAggregator]{{Groups: ssmapi.List[ssmapi.InventoryGroup]{everyNode()}}}
	}
	return q, append(columns, "Count"), nil
}

// countAttribute reads an attribute that stands after others.
func countAttribute(word string, before []query.Attr, attribute ask.Attribute) (query.Attr, error) {
	if _, err := ask.AnyAttribute(word); err == nil {
		return attribute(word)
	}
	if key, ok := ask.Key(word); ok {
		return attribute(key)
	}
	if first, _ := utf8.DecodeRuneInString(word); unicode.IsUpper(first) && len(before) > 0 {
		return query.Attr{Type: before[len(before)-1].Type, Name: word}, nil
	}
	return query.Attr{}, usage("%s is no attribute: write it in full, AWS:Application.Name, or a short name, and put what is to pass a filter after where", word)
}

// everyGroup is the name of a group that counts the nodes.
const everyGroup = "Nodes"

// everyNode is a group that no node is outside of.
func everyNode() ssmapi.InventoryGroup {
	name, key, exists := everyGroup, "TypeName", "Exists"
	return ssmapi.InventoryGroup{Name: &name, Filters: ssmapi.List[ssmapi.InventoryFilter]{
		{Key: &key, Values: ssmapi.List[string]{string(muster.TypeInstanceInformation)}, Type: &exists},
	}}
}

// countRows gives a row for each group, of which there is one if everyNode was asked for.
func countRows(e ssmapi.InventoryResultEntity, columns []string) (rows [][]muster.Field) {
	for name, item := range e.Data {
		for _, row := range item.Content {
			if name == everyGroup {
				matching, ok := row.Get("matchingCount")
				if !ok {
					continue
				}
				row = muster.Entry{{Name: "Count", Value: matching}}
			}
			rows = append(rows, inOrder(row, columns))
		}
	}
	return rows
}

func inOrder(e muster.Entry, columns []string) []muster.Field {
	var fields []muster.Field
	for _, c := range columns {
		if value, ok := e.Get(c); ok {
			fields = append(fields, muster.Field{Name: c, Value: value})
		}
	}
	return fields
}
