package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// product is what runs one or more forms of the inventory. It is opened in a directory of its own, which is removed when it has
// been stopped.
type product struct {
	name string
	open func(dir string) (forms []engine, stop func() error, err error)
}

// products are the others that muster is compared with, those that load fastest first, and apart from them the one that is too slow
// for a big fleet.
func products() (others []product, jsonb product) {
	return []product{
		{"DuckDB", openDuck},
		{"PostgreSQL", openPostgres((*postgres).dictionary, (*postgres).normalised)},
		{"SQLite", openSQLite},
	}, product{"PostgreSQL, jsonb", openPostgres((*postgres).jsonb)}
}

// compare makes all trials: one product after the other is opened, measured and removed, and then the result so far is saved. What
// fails is part of the result; the error is of muster.
func (r *result) compare(ctx context.Context, o options, save func() error) (err error) {
	dir, err := os.MkdirTemp(o.dir, "muster-bench-")
	if err != nil {
		return err
	}
	log.Print("all data is in ", dir)
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // the user postgres has to pass
		return err
	}
	others, jsonb := products()
	if o.nodes <= o.jsonbNodes {
		others = append(others, jsonb)
	}
	if err := r.try(ctx, newSource(o.seed, o.nodes), dir, others, save); err != nil {
		return err
	}
	if o.nodes > o.jsonbNodes {
		if err := r.try(ctx, newSource(o.seed, o.jsonbNodes), dir, []product{jsonb}, save); err != nil {
			return err
		}
	}
	if !o.noIngest {
		r.Ingest, err = ingest(ctx, o.seed, intakeTurn, dir)
	}
	return err
}

// try holds a fleet in muster, and against it in one product after the other.
func (r *result) try(ctx context.Context, f *source, dir string, others []product, save func() error) (err error) {
	m, err := startMuster(ctx, filepath.Join(dir, fmt.Sprintf("muster-%d", len(f.ids))))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	http, err := newOverHTTP(m)
	if err != nil {
		return err
	}
	t := newTrial(len(f.ids))
	t.ask(ctx, t.load(ctx, f, []engine{m, &afterReports{m}, http}))
	if err := ctx.Err(); err != nil {
		return err
	}
	if failed := t.failures(); failed != nil {
		return errors.New(strings.Join(failed, "\n"))
	}
	r.Trials = append(r.Trials, t)
	for _, p := range others {
		if err := save(); err != nil {
			return err
		}
		if err := t.against(ctx, p, f, m, filepath.Join(dir, "other")); err != nil {
			return err
		}
	}
	return save()
}

// against measures one product, with which muster in process takes turns: so both have been measured at the same time.
func (t *trial) against(ctx context.Context, p product, f *source, m engine, dir string) (err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	forms, stop, err := p.open(dir)
	if err != nil {
		t.add(loaded{Engine: p.name, Failed: err.Error()})
		return ctx.Err()
	}
	t.ask(ctx, append([]engine{m}, t.load(ctx, f, forms)...))
	if err := stop(); err != nil {
		log.Printf("%s does not stop well: %v", p.name, err)
	}
	return ctx.Err()
}

// load gives the fleet to the engines, and gives back those that took it.
func (t *trial) load(ctx context.Context, f *source, engines []engine) (able []engine) {
	for _, e := range engines {
		l := loaded{Engine: e.name()}
		began := time.Now()
		err := e.load(ctx, f)
		if ctx.Err() != nil { // the run is stopped, which is no failure of the engine
			break
		}
		l.Took = time.Since(began)
		if err == nil {
			l.Bytes, err = e.size(ctx)
		}
		if err != nil {
			l.Failed = err.Error()
		} else {
			able = append(able, e)
		}
		t.add(l)
	}
	return able
}

// add has the engine in the result.
func (t *trial) add(l loaded) {
	t.Loaded = append(t.Loaded, l)
	if l.Failed != "" {
		log.Printf("%s failed: %s", l.Engine, l.Failed)
		return
	}
	log.Printf("%s has %d nodes after %.1fs", l.Engine, t.Nodes, l.Took.Seconds())
}

// ask asks the engines everything.
func (t *trial) ask(ctx context.Context, engines []engine) {
	for _, q := range questions {
		t.Asked[q.id].measure(ctx, q, engines)
	}
}

// sizeOf is of all files in a directory.
func sizeOf(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}
