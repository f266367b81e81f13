package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// compare makes all trials. Engines hold their fleets side by side, so that they can be asked by turns.
func compare(ctx context.Context, o options) (r *result, err error) {
	dir, err := os.MkdirTemp(o.dir, "muster-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // the user postgres has to pass
		return nil, err
	}
	server, err := startPostgres(filepath.Join(dir, "postgres"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()

	r = newResult(o)
	if r.Engines["PostgreSQL"], err = server.version(ctx); err != nil {
		return nil, err
	}
	lite, err := newSQLite(dir)
	if err != nil {
		return nil, err
	}
	duck, err := newDuck(dir)
	if err != nil {
		return nil, err
	}
	engines := []engine{server.dictionary(), server.normalised(), lite, duck.dictionary(), duck.wide()}
	if o.nodes <= o.jsonbNodes {
		engines = append(engines, server.jsonb())
	}
	if err := r.try(ctx, newSource(o.seed, o.nodes), filepath.Join(dir, "muster"), engines); err != nil {
		return nil, err
	}
	if o.nodes > o.jsonbNodes {
		if err := r.try(ctx, newSource(o.seed, o.jsonbNodes), filepath.Join(dir, "muster-for-jsonb"), []engine{server.jsonb()}); err != nil {
			return nil, err
		}
	}
	if !o.noIngest {
		r.Ingest, err = ingest(ctx, o.seed, intakeTurn, server, filepath.Join(dir, "muster-ingest"))
	}
	return r, err
}

// try loads a fleet into muster and the other engines, and asks all of them.
func (r *result) try(ctx context.Context, f *source, musterDir string, others []engine) (err error) {
	m, err := startMuster(ctx, musterDir)
	if err != nil {
		return err
	}
	http, err := newOverHTTP(m)
	if err != nil {
		return errors.Join(err, m.close())
	}
	engines := append([]engine{m, &afterReports{m}, http}, others...)
	defer func() {
		for _, e := range engines {
			err = errors.Join(err, e.close())
		}
	}()
	t := &trial{Nodes: len(f.ids), Asked: map[string]*asked{}}
	for _, e := range engines {
		began := time.Now()
		if err := e.load(ctx, f); err != nil {
			return fmt.Errorf("%s: load: %w", e.name(), err)
		}
		l := loaded{Engine: e.name(), Took: time.Since(began)}
		if l.Bytes, err = e.size(ctx); err != nil {
			return fmt.Errorf("%s: size: %w", e.name(), err)
		}
		t.Loaded = append(t.Loaded, l)
		progress("%s has %d nodes after %.1fs", l.Engine, t.Nodes, l.Took.Seconds())
	}
	for _, q := range questions {
		if t.Asked[q.id], err = measure(ctx, q, engines); err != nil {
			return fmt.Errorf("%s: %w", q.title, err)
		}
	}
	r.Trials = append(r.Trials, t)
	return nil
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

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
