// Command bench compares muster with other engines that could keep an inventory: the same made-up fleet in each, the same
// questions in the same run, every answer checked equal before a time is printed. It is no benchmark of muster alone; those are
// beside the code.
//
//	go -C bench run . -nodes 10000
//	go -C bench run . -nodes 100000 -out result.json -chart ../docs/img/comparison.svg
//	go -C bench run . -from result.json -chart ../docs/img/comparison.svg
//
// The result is written after each product. When an engine fails the result says so, and the others go on.
// Stopped by a signal, a run removes its data; go run passes signals on only from a terminal, so send others to what go build made.
//
// DuckDB and SQLite run in the process, for which the build needs a C compiler. PostgreSQL is started for the run, as the user
// postgres when run by root, and removed after it. Everything lies in one temporary directory.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
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
	context.AfterFunc(ctx, stop) // a second signal does not wait for anything
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	r, err := o.result(ctx)
	if r == nil || len(r.Trials) == 0 {
		return cmp.Or(err, errors.New("there is nothing to show"))
	}
	r.writeMarkdown(os.Stdout)
	if o.chart != "" {
		err = errors.Join(err, os.WriteFile(o.chart, r.svg(), 0o644))
	}
	return err
}

// result gives what was measured, now or before. When that ends early there is a result too, of what came before the error.
func (o options) result(ctx context.Context) (*result, error) {
	if o.from != "" {
		return readResult(o.from)
	}
	if o.out == "" {
		o.out = filepath.Join(os.TempDir(), fmt.Sprintf("muster-bench-%s.json", time.Now().Format("20060102-150405")))
	}
	r := newResult(o)
	save := func() error {
		if len(r.Trials) == 0 {
			return nil
		}
		return r.save(o.out)
	}
	err := errors.Join(r.compare(ctx, o, save), r.agreed())
	if saved := save(); saved != nil {
		return r, errors.Join(err, fmt.Errorf("save the result: %w", saved))
	}
	if len(r.Trials) > 0 {
		log.Print("the result is in ", o.out)
	}
	return r, err
}
