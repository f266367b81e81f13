// Command growth shows how muster's costs grow with the fleet: for each size it starts the real binary on an empty directory,
// loads a made-up fleet over HTTP, checks every acknowledged hash, restarts, and asks. It compares muster with nothing but itself.
//
//	go -C bench run ./growth -nodes 1000,10000,100000
//	go -C bench run ./growth -nodes 1000000 -direct
//	go -C bench run ./growth -nodes 1000000 -loaded DIR
//	go -C bench run ./growth -nodes 1000000 -loaded DIR -binary ANOTHER
//	go -C bench run ./growth -from a.json,b.json -chart ../docs/img/growth.svg
//
// The table goes to stdout, the numbers to a file. GOMEMLIMIT and its like reach the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

type options struct {
	nodes, from string
	seed        uint64
	clients     int
	direct      bool
	loaded      string
	binary      string
	dir         string
	out, chart  string
}

func main() {
	var o options
	flag.StringVar(&o.nodes, "nodes", "1000,10000,100000", "`sizes` of the fleets, ascending")
	flag.Uint64Var(&o.seed, "seed", 1, "which fleet of each size")
	flag.IntVar(&o.clients, "clients", 64, "how many nodes report at once")
	flag.BoolVar(&o.direct, "direct", false, "load with muster sim --data, without HTTP")
	flag.StringVar(&o.loaded, "loaded", "", "load nothing, but ask a data `directory` that muster sim --data has filled with one fleet, which stays")
	flag.StringVar(&o.binary, "binary", "", "the muster to measure, a `file` (default: one is built of this checkout)")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "where the `directory` with all data is made")
	flag.StringVar(&o.out, "out", "", "`file` for the numbers as JSON (default: growth.json in the temporary directory of the system)")
	flag.StringVar(&o.chart, "chart", "", "`file` for the plots, in SVG")
	flag.StringVar(&o.from, "from", "", "measure nothing, but show the numbers in these `files`, in the order of their sizes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
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
		return readResults(strings.Split(o.from, ","))
	}
	var sizes []int
	for text := range strings.SplitSeq(o.nodes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-nodes %s: want numbers of nodes", o.nodes)
		}
		sizes = append(sizes, n)
	}
	if o.out == "" {
		o.out = filepath.Join(os.TempDir(), "growth.json")
	}
	if o.loaded != "" && len(sizes) > 1 {
		return nil, errors.New("-loaded is a directory with one fleet: give its size alone with -nodes")
	}
	r := newResult(o)
	if err := o.measure(ctx, r, sizes); err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "the numbers are in", o.out)
	return r, nil
}

// measure goes through the sizes, and saves after each: the last takes the longest.
func (o options) measure(ctx context.Context, r *result, sizes []int) error {
	dir, err := os.MkdirTemp(o.dir, "muster-growth-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := o.binary
	if binary == "" {
		binary = filepath.Join(dir, "muster")
		if err := build(ctx, binary); err != nil {
			return err
		}
	}
	for _, nodes := range sizes {
		fmt.Fprintf(os.Stderr, "%d nodes\n", nodes)
		s, err := o.measureSize(ctx, binary, filepath.Join(dir, "data"), nodes)
		if err != nil {
			return fmt.Errorf("%d nodes: %w", nodes, err)
		}
		r.Sizes = append(r.Sizes, s)
		if err := r.save(o.out); err != nil {
			return err
		}
	}
	return nil
}
