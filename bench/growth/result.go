package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// result is all that a run measured, as it is written to a file.
type result struct {
	Date      time.Time
	Processor string
	Count     int // of processors
	Go        string
	Seed      uint64
	Clients   int
	Sizes     []*size // ascending
}

func newResult(o options) *result {
	return &result{
		Date: time.Now().UTC().Truncate(time.Second), Processor: processor(), Count: runtime.NumCPU(), Go: runtime.Version(),
		Seed: o.seed, Clients: o.clients,
	}
}

// processor is the model's name, empty where the system does not tell.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, name, _ := strings.Cut(string(info), "model name")
	name, _, _ = strings.Cut(name, "\n")
	return strings.Trim(name, "\t :")
}

func (r *result) save(name string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

// readResults puts the sizes of several runs into the first.
func readResults(names []string) (*result, error) {
	var all *result
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		r := new(result)
		if err := json.Unmarshal(text, r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if all == nil {
			all = r
			continue
		}
		all.Sizes = append(all.Sizes, r.Sizes...)
	}
	slices.SortFunc(all.Sizes, func(a, b *size) int { return cmp.Compare(a.Nodes, b.Nodes) })
	if len(all.Sizes) == 0 {
		return nil, fmt.Errorf("%s: no sizes", strings.Join(names, ", "))
	}
	return all, nil
}

// figure is a line of the table: a number of each size, 0 where there is none.
type figure struct {
	title string
	of    func(*size) float64
	text  func(float64) string
	per   bool // shown per node as well
	load  bool // of the load, which without HTTP is another thing
}

// figures are what a fleet costs. Times are in seconds, the rest in bytes.
func (r *result) figures() []figure {
	each := func(title string, text func(float64) string, of func(*size) float64) figure {
		return figure{title: title, of: of, text: text, per: true}
	}
	loading := func(title string, text func(float64) string, of func(*size) float64) figure {
		return figure{title: title, of: of, text: text, per: true, load: true}
	}
	all := []figure{
		loading("load", duration, func(s *size) float64 { return s.Load.Seconds() }),
		loading("processor's time of the load", duration, func(s *size) float64 { return s.Loaded.CPU.Seconds() }),
		each("a report of hashes", duration, func(s *size) float64 { return s.Hashes.Seconds() }),
		each("memory after the load", bytesText, func(s *size) float64 { return float64(s.Loaded.Resident) }),
		loading("its peak", bytesText, func(s *size) float64 { return float64(s.Loaded.Peak) }),
		each("start", duration, func(s *size) float64 { return s.Ready.Seconds() }),
		each("memory after a restart", bytesText, func(s *size) float64 { return float64(s.Restarted.Resident) }),
		each("its peak", bytesText, func(s *size) float64 { return float64(s.Restarted.Peak) }),
		each("memory after the questions", bytesText, func(s *size) float64 { return float64(s.Asked.Resident) }),
		each("disk", bytesText, func(s *size) float64 { return float64(s.Disk) }),
	}
	for i, a := range r.Sizes[0].Answers {
		all = append(all,
			figure{title: a.Question, text: duration, of: func(s *size) float64 { return s.Answers[i].Median.Seconds() }},
			figure{title: "99th percentile", text: duration, of: func(s *size) float64 { return s.Answers[i].P99.Seconds() }})
	}
	return all
}

// writeMarkdown writes the table. Growth is the exponent between the last two sizes: 1 is linear, 0 no growth.
func (r *result) writeMarkdown(w io.Writer) {
	fmt.Fprintf(w, "%s, %d × %s, %s, %d clients\n\n|", r.Date.Format(time.DateOnly), r.Count, r.Processor, r.Go, r.Clients)
	for _, s := range r.Sizes {
		fmt.Fprintf(w, " | %s nodes", thousands(s.Nodes))
		if s.Direct {
			fmt.Fprint(w, ", without HTTP")
		}
	}
	fmt.Fprintf(w, " | growth |\n|---%s|---|\n", strings.Repeat("|---", len(r.Sizes)))
	for _, f := range r.figures() {
		fmt.Fprintf(w, "| %s", f.title)
		for _, s := range r.Sizes {
			fmt.Fprintf(w, " | %s", f.cell(s))
		}
		fmt.Fprintf(w, " | %s |\n", r.growth(f))
	}
}

func (f *figure) cell(s *size) string {
	value := f.of(s)
	switch {
	case value == 0:
		return ""
	case f.per:
		return fmt.Sprintf("%s, %s a node", f.text(value), f.text(value/float64(s.Nodes)))
	}
	return f.text(value)
}

func (r *result) growth(f figure) string {
	if len(r.Sizes) < 2 {
		return ""
	}
	a, b := r.Sizes[len(r.Sizes)-2], r.Sizes[len(r.Sizes)-1]
	if f.of(a) == 0 || f.of(b) == 0 || f.load && a.Direct != b.Direct {
		return ""
	}
	return fmt.Sprintf("%.2f", math.Log(f.of(b)/f.of(a))/math.Log(float64(b.Nodes)/float64(a.Nodes)))
}

// duration gives three digits.
func duration(seconds float64) string {
	switch {
	case seconds >= 120:
		return fmt.Sprintf("%.1f min", seconds/60)
	case seconds >= 1:
		return digits(seconds) + " s"
	case seconds >= 1e-3:
		return digits(seconds*1e3) + " ms"
	}
	return digits(seconds*1e6) + " µs"
}

func bytesText(n float64) string {
	switch {
	case n >= 1e9:
		return digits(n/1e9) + " GB"
	case n >= 1e6:
		return digits(n/1e6) + " MB"
	case n >= 1e3:
		return digits(n/1e3) + " kB"
	}
	return digits(n) + " B"
}

// digits gives three of a number.
func digits(n float64) string {
	return fmt.Sprintf("%.*f", max(0, 2-int(math.Floor(math.Log10(n)))), n)
}

// thousands separates them by commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
