// Command bench compares muster with other engines that could keep an inventory: the same made-up fleet in each, the same
// questions in the same run, every answer checked equal before a time is printed. It is no benchmark of muster alone; those are
// beside the code.
//
//	go -C bench run . -nodes 10000
//	go -C bench run . -nodes 100000 -out result.json -chart ../docs/img/comparison.svg
//	go -C bench run . -from result.json -chart ../docs/img/comparison.svg
//
// DuckDB and SQLite run in the process, for which the build needs a C compiler. PostgreSQL is started for the run, as the user
// postgres when run by root, and removed after it. Everything lies in one temporary directory.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type options struct {
	nodes, jsonbNodes int
	seed              uint64
	dir               string
	out, chart, from  string
	noIngest          bool
}

func main() {
	var o options
	flag.IntVar(&o.nodes, "nodes", 10_000, "how many nodes the fleet has")
	flag.IntVar(&o.jsonbNodes, "jsonb-nodes", 5_000, "how many of them PostgreSQL's jsonb form gets at most: it is too big and too slow for more")
	flag.Uint64Var(&o.seed, "seed", 1, "which fleet of that size")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "where the `directory` with all data is made")
	flag.StringVar(&o.out, "out", "", "`file` for the result as JSON (default: one in the temporary directory of the system)")
	flag.StringVar(&o.chart, "chart", "", "`file` for the result as a chart, in SVG")
	flag.StringVar(&o.from, "from", "", "measure nothing, but show the result in this `file`")
	flag.BoolVar(&o.noIngest, "no-ingest", false, "leave out how fast reports are taken in")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	r, err := o.result(ctx)
	if err != nil {
		return err
	}
	r.writeMarkdown(os.Stdout)
	if o.chart == "" {
		return nil
	}
	return os.WriteFile(o.chart, r.svg(), 0o644)
}

// result gives what was measured, now or before.
func (o options) result(ctx context.Context) (*result, error) {
	if o.from != "" {
		return readResult(o.from)
	}
	r, err := compare(ctx, o)
	if err != nil {
		return nil, err
	}
	name, err := r.save(o.out)
	if err != nil {
		return nil, fmt.Errorf("save the result: %w", err)
	}
	fmt.Fprintln(os.Stderr, "the result is in", name)
	return r, nil
}
