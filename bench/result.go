package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// result is all that a run measured, as it is written to a file.
type result struct {
	Date    time.Time
	Machine machine
	Engines map[string]string // versions
	Seed    uint64
	Trials  []*trial
	Ingest  []intake `json:",omitempty"`
}

// trial is one fleet in several engines.
type trial struct {
	Nodes  int
	Loaded []loaded
	Asked  map[string]*asked // by question
}

// loaded is what it took to take a fleet in, and what it takes to keep it.
type loaded struct {
	Engine string
	Took   time.Duration
	Bytes  int64  // 0 where the fleet is that of the engine before
	Failed string `json:",omitempty"` // why there is no fleet
}

func newTrial(nodes int) *trial {
	t := &trial{Nodes: nodes, Asked: map[string]*asked{}}
	for _, q := range questions {
		t.Asked[q.id] = newAsked()
	}
	return t
}

// engines are the names of those that have the fleet, muster in process first.
func (t *trial) engines() (names []string) {
	for _, l := range t.Loaded {
		if l.Failed == "" {
			names = append(names, l.Engine)
		}
	}
	return names
}

// failures says which engine failed in what, and why.
func (t *trial) failures() (all []string) {
	for _, l := range t.Loaded {
		if l.Failed != "" {
			all = append(all, fmt.Sprintf("%s failed: %s", l.Engine, l.Failed))
		}
		for _, q := range questions {
			if why := t.Asked[q.id].Failed[l.Engine]; why != "" {
				all = append(all, fmt.Sprintf("%s failed: %s: %s", l.Engine, q.title, why))
			}
			if row := t.Asked[q.id].Differs[l.Engine]; row != "" {
				all = append(all, fmt.Sprintf("%s answers differently: %s: %s", l.Engine, q.title, row))
			}
		}
	}
	return all
}

// agreed is an error if not all answers to a question were the same, or muster gave none.
func (r *result) agreed() error {
	for _, t := range r.Trials {
		for _, q := range questions {
			a := t.Asked[q.id]
			if len(a.Differs) > 0 {
				return fmt.Errorf("%s: the answers differ", q.title)
			}
			if why := a.Failed[t.Loaded[0].Engine]; why != "" {
				return fmt.Errorf("%s: %s failed: %s", q.title, t.Loaded[0].Engine, why)
			}
		}
	}
	return nil
}

// machine is where it was measured.
type machine struct {
	Processor string
	Count     int
	Memory    string
	OS, Go    string
}

func newResult(o options) *result {
	r := &result{Date: time.Now().UTC().Truncate(time.Second), Seed: o.seed, Engines: map[string]string{"PostgreSQL": postgresVersion()}}
	r.Machine = machine{
		Processor: field("/proc/cpuinfo", "model name"), Count: runtime.NumCPU(), Memory: field("/proc/meminfo", "MemTotal"),
		OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			switch module.Path {
			case "github.com/duckdb/duckdb-go/v2":
				r.Engines["DuckDB"] = "by duckdb-go " + module.Version
			case "github.com/mattn/go-sqlite3":
				r.Engines["SQLite"] = "by go-sqlite3 " + module.Version
			}
		}
	}
	return r
}

// field gives what a file of /proc says under a name, if there is one.
func field(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func readResult(file string) (*result, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &result{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// save writes the result to the file, as a whole or not at all.
func (r *result) save(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
