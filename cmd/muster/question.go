package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"muster"
	"muster/internal/ask"
	"muster/internal/client"
	"muster/internal/query"
	operations "muster/internal/server"
	"muster/internal/ssmapi"
)

// askFlags are those of the commands that ask.
type askFlags struct {
	endpointFlags
	output  string
	explain bool
}

func (f *askFlags) addEndpoint(cmd *cobra.Command) {
	f.endpointFlags.add(cmd.Flags())
	f.addRegion(cmd.Flags())
}

func (f *askFlags) add(cmd *cobra.Command) {
	f.addEndpoint(cmd)
	cmd.Flags().StringVarP(&f.output, "output", "o", "table", "`format`: table, json, ndjson or csv")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats(), cobra.ShellCompDirectiveNoFileComp)))
}

func (f *askFlags) addExplain(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.explain, "explain", false, "print the request, and the aws command that is the same, and ask nothing")
}

// attribute takes keys apart as the server does. The names of custom types may have dots: where that matters, it asks once which
// types there are.
func (f *askFlags) attribute(ctx context.Context) ask.Attribute {
	types := sync.OnceValues(func() ([]muster.TypeName, error) {
		c, err := f.client()
		if err != nil {
			return nil, err
		}
		return typeNames(ctx, c)
	})
	return func(key string) (query.Attr, error) {
		if strings.Count(key, ".") < 2 {
			return ask.AnyAttribute(key)
		}
		known, err := types()
		if err != nil {
			return query.Attr{}, err
		}
		return ask.AmongTypes(known...)(key)
	}
}

// question is what is asked of all nodes.
type question struct {
	filter ask.Filter
	show   muster.TypeName // empty is AWS:InstanceInformation
	count  ssmapi.List[ssmapi.InventoryAggregator]
}

// readFilter reads the words of a command line. Where they are wrong it points there.
func readFilter(words []string) (ask.Filter, error) {
	text := strings.Join(words, " ")
	f, err := ask.Parse(text)
	if err == nil {
		_, err = f.Where(ask.AnyAttribute)
	}
	if wrong, ok := errors.AsType[*ask.Error](err); ok {
		return f, fmt.Errorf("%w\n  %s\n  %s^", wrong, text, strings.Repeat(" ", len([]rune(text[:wrong.At]))))
	}
	return f, err
}

// request gives the call of SSM that asks it or, where its filters cannot, the one of muster's own.
func (q question) request() (operation string, in *ssmapi.QueryInventoryInput, err error) {
	in = &ssmapi.QueryInventoryInput{Aggregators: q.count}
	if q.show != "" {
		in.ResultAttributes = ssmapi.List[ssmapi.ResultAttribute]{{TypeName: &q.show}}
	}
	terms, ok, err := q.filter.Terms(ask.AnyAttribute)
	if filters, fit := operations.Filters(terms); err == nil && ok && fit {
		in.Filters = filters
		return "GetInventory", in, nil
	}
	in.Where = q.filter.String()
	return "Muster.QueryInventory", in, err
}

// entities asks, page by page.
func (q question) entities(ctx context.Context, c *client.Client) iter.Seq2[ssmapi.InventoryResultEntity, error] {
	return func(yield func(ssmapi.InventoryResultEntity, error) bool) {
		operation, in, err := q.request()
		for err == nil {
			var out *ssmapi.GetInventoryOutput
			if out, err = client.Call[ssmapi.QueryInventoryInput, ssmapi.GetInventoryOutput](ctx, c, operation, in); err != nil {
				break
			}
			for _, e := range out.Entities {
				if !yield(e, nil) {
					return
				}
			}
			if in.NextToken = out.NextToken; in.NextToken == "" {
				return
			}
		}
		if refused, ok := errors.AsType[*client.Error](err); ok && in.Where != "" && refused.Code == muster.CodeUnknownOperation {
			err = fmt.Errorf("%w; the filter is more than AWS's filters can say, which takes a muster to answer", err)
		}
		yield(ssmapi.InventoryResultEntity{}, err)
	}
}

// answer asks, or explains what would be asked, and writes the rows that each entity comes to.
func (f *askFlags) answer(cmd *cobra.Command, q question, columns []string, rowsOf func(ssmapi.InventoryResultEntity) [][]muster.Field) error {
	if f.explain {
		return f.print(cmd.OutOrStdout(), q)
	}
	out, err := newRows(cmd.OutOrStdout(), f.output, columns...)
	if err != nil {
		return err
	}
	c, err := f.client()
	if err != nil {
		return err
	}
	if err := out.answer(cmd.Context(), c, q, rowsOf); err != nil || out.n > 0 || out.structured() || q.filter.String() != "" {
		return err
	}
	config, err := f.server()
	fmt.Fprintf(cmd.ErrOrStderr(), "no node has reported to %s in %s: muster collect reports this machine, --region names another region\n", config.Endpoint, config.Region)
	return err
}

func (r *rows) answer(ctx context.Context, c *client.Client, q question, rowsOf func(ssmapi.InventoryResultEntity) [][]muster.Field) error {
	for e, err := range q.entities(ctx, c) {
		if err != nil {
			return err
		}
		for _, row := range rowsOf(e) {
			if err := r.add(row...); err != nil {
				return err
			}
		}
	}
	return r.close()
}

// print writes the request, and the command of the AWS CLI that makes it.
func (f *askFlags) print(w io.Writer, q question) error {
	operation, in, err := q.request()
	if err != nil {
		return err
	}
	config, err := f.server()
	if err != nil {
		return err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %s\n", operation, body)
	if in.Where != "" {
		fmt.Fprintln(w, "(no aws command: AWS's filters cannot say it, and muster's own operation is asked)")
		return nil
	}
	line := "aws ssm get-inventory --endpoint-url " + quote(config.Endpoint) + " --region " + quote(config.Region)
	if f.profile != "" {
		line += " --profile " + quote(f.profile)
	}
	for _, p := range []struct {
		flag  string
		value any
		empty bool
	}{
		{"--filters", in.Filters, len(in.Filters) == 0},
		{"--aggregators", in.Aggregators, len(in.Aggregators) == 0},
		{"--result-attributes", in.ResultAttributes, len(in.ResultAttributes) == 0},
	} {
		if p.empty {
			continue
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return err
		}
		line += " " + p.flag + " " + quote(string(value))
	}
	fmt.Fprintln(w, line)
	return nil
}
