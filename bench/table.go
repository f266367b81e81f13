package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// writeMarkdown writes the result as the tables that docs/performance.md has.
func (r *result) writeMarkdown(w io.Writer) {
	fmt.Fprintf(w, "%d × %s, %s, %s, %s", r.Machine.Count, r.Machine.Processor, r.Machine.Memory, r.Machine.OS, r.Machine.Go)
	for _, name := range []string{"PostgreSQL", "SQLite", "DuckDB"} {
		fmt.Fprintf(w, "; %s %s", name, r.Engines[name])
	}
	fmt.Fprintf(w, "; seed %d; %s\n", r.Seed, r.Date.Format(time.DateOnly))
	for _, t := range r.Trials {
		fmt.Fprintf(w, "\n### %s nodes\n\n", thousands(t.Nodes))
		t.writeTimes(w)
		fmt.Fprintln(w)
		t.writeTails(w)
		fmt.Fprintln(w)
		t.writeLoads(w)
	}
	if len(r.Ingest) > 0 {
		fmt.Fprintf(w, "\n### Full reports taken in\n\n")
		writeIntake(w, r.Ingest)
	}
}

// writeTimes has a row for each question, a column for each engine, and in each cell the median and how many times that of muster
// in process it is.
func (t *trial) writeTimes(w io.Writer) {
	row(w, "median, and times that of muster", func(engine string) string { return engine }, t)
	row(w, "---", func(string) string { return "---:" }, t)
	for _, q := range questions {
		a := t.Asked[q.id]
		title := q.title
		if a.Rows > pageSize {
			title += fmt.Sprintf(" (%s rows)", thousands(a.Rows))
		}
		muster := a.Times[t.Loaded[0].Engine]
		row(w, title, func(engine string) string {
			times := a.Times[engine]
			if len(times) == 0 {
				return a.without(engine)
			}
			if engine == t.Loaded[0].Engine || len(muster) == 0 {
				return short(times.median())
			}
			return short(times.median()) + ", " + factor(float64(times.median())/float64(muster.median()))
		}, t)
	}
}

// writeTails has what the medians hide: the first answer, and the 99th percentile of those that were given often.
func (t *trial) writeTails(w io.Writer) {
	row(w, "first, and 99th percentile", func(engine string) string { return engine }, t)
	row(w, "---", func(string) string { return "---:" }, t)
	for _, q := range questions {
		a := t.Asked[q.id]
		row(w, q.title, func(engine string) string {
			times := a.Times[engine]
			if len(times) == 0 {
				return a.without(engine)
			}
			cell := short(a.First[engine])
			if p99, ok := times.p99(); ok {
				cell += ", " + short(p99)
			}
			return cell
		}, t)
	}
}

func row(w io.Writer, first string, cell func(engine string) string, t *trial) {
	cells := []string{first}
	for _, engine := range t.engines() {
		cells = append(cells, cell(engine))
	}
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

// without is the cell of an engine that has no times: it was not asked, or it failed.
func (a *asked) without(engine string) string {
	if a.Failed[engine] != "" || a.Differs[engine] != "" {
		return "failed"
	}
	return "–"
}

// writeLoads says what the fleet took to load and to keep, and what failed.
func (t *trial) writeLoads(w io.Writer) {
	fmt.Fprint(w, "| | loaded in | on disk |\n|---|---:|---:|\n")
	for _, l := range t.Loaded {
		if l.Failed != "" {
			fmt.Fprintf(w, "| %s | failed | |\n", l.Engine)
		} else if l.Bytes > 0 {
			fmt.Fprintf(w, "| %s | %.0f s | %.0f MB |\n", l.Engine, l.Took.Seconds(), float64(l.Bytes)/1e6)
		}
	}
	if failed := t.failures(); len(failed) > 0 {
		fmt.Fprintln(w)
		for _, why := range failed {
			why, _, _ = strings.Cut(why, "\n") // what follows is a stack trace or the like, and in the result
			fmt.Fprintf(w, "* %s\n", why)
		}
	}
}

func writeIntake(w io.Writer, all []intake) {
	fmt.Fprint(w, "| | clients | reports a second | muster takes |\n|---|---:|---:|---:|\n")
	for _, i := range all {
		if i.Failed != "" {
			why, _, _ := strings.Cut(i.Failed, "\n")
			fmt.Fprintf(w, "| %s | %d | failed: %s | |\n", i.Engine, i.Clients, why)
			continue
		}
		fmt.Fprintf(w, "| %s | %d | %s | %s |\n", i.Engine, i.Clients, thousands(int(i.median())), factor(all[0].median()/i.median()))
	}
}

// short gives two or three digits of a duration in milliseconds.
func short(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 0.1:
		return fmt.Sprintf("%.3f ms", ms)
	case ms < 1:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return thousands(int(ms+0.5)) + " ms"
}

// factor gives a ratio with about two digits.
func factor(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.1f×", x)
	}
	return thousands(int(x+0.5)) + "×"
}

// thousands writes n with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
