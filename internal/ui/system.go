package ui

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"

	"muster"
	"muster/internal/fleet"
	"muster/internal/index"
)

// systemPage is how this server is. It asks for nothing that takes a look at every node.
type systemPage struct {
	NotReady string // why reports are refused; empty if they are taken
	Now      fleetFigures
	Regions  []regionRow
	Store    string
	Size     int64 // of the store, bytes; 0 if it is elsewhere
	Memory   memory
	Started  time.Time
	Runtime  string
	Threads  int // that run at once
	Position uint64
	Expired  uint64 // items
	Refused  uint64 // sweeps
	Ignored  uint64 // items
	Reloads  uint64

	Commits     chart
	CommitTimes chart
	Slowest     []question
}

// fleetFigures are rates of the last hour.
type fleetFigures struct {
	Nodes, Reports int
	Commits        fleet.Commits
}

// regionRow is how much there is in a region.
type regionRow struct {
	index.Stats
	Region muster.Region
	Types  int // that some node has
	To     string
}

// memory is that of the process, in bytes.
type memory struct {
	Held, Live int64 // from the system, and of what is in use
	Limit      int64 // GOMEMLIMIT; 0 for none
}

// question is one of the slowest.
type question struct {
	fleet.Question
	Milliseconds string
	To           string // of a page
}

// pageMethod is how a page asks.
const pageMethod = "page"

func (u *UI) system(v *visit) (view, error) {
	stats := u.Fleet.Stats()
	p := systemPage{
		Memory: readMemory(), Started: u.started, Runtime: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		Threads: runtime.GOMAXPROCS(0), Position: stats.Position.Load(), Expired: stats.Expired.Load(),
		Refused: stats.ExpiryRefused.Load(), Ignored: stats.IgnoredItems.Load(), Reloads: stats.Reloads.Load(),
	}
	if err := u.Fleet.Ready(); err != nil {
		p.NotReady = err.Error()
	}
	p.Store, p.Size = u.Store()
	p.regions(v)
	p.rates(v)
	for _, q := range u.Fleet.SlowestQuestions(v.caller.Space.Account) {
		p.Slowest = append(p.Slowest, newQuestion(q))
	}
	return view{Template: "system.html", Title: "System", Page: p}, nil
}

func (p *systemPage) regions(v *visit) {
	account := v.caller.Space.Account
	for _, region := range v.ui.Fleet.Regions(account) {
		snapshot := v.ui.Fleet.Snapshot(muster.Space{Account: account, Region: region})
		row := regionRow{Stats: snapshot.Stats(), Region: region, Types: len(snapshot.Types()), To: "/ui/" + string(region) + "/"}
		p.Now.Nodes += row.Nodes
		p.Regions = append(p.Regions, row)
	}
}

// rates shows the commits of the last hour.
func (p *systemPage) rates(v *visit) {
	for _, n := range v.ui.Fleet.ReportsByMinute() {
		p.Now.Reports += n
	}
	minutes := v.ui.Fleet.CommitsByMinute()
	p.Now.Commits = fleet.Sum(minutes)
	var counts, times []int
	for _, m := range minutes {
		counts = append(counts, m.Count)
		times = append(times, int(m.Mean().Microseconds()))
	}
	p.Commits = minuteChart("Commits of this server, in each of the last 60 minutes", "Commits", counts)
	p.CommitTimes = minuteChart("How long a commit took on average, in microseconds", "µs", times)
}

// CallsEach is how many calls shared a commit, on average.
func (f fleetFigures) CallsEach() float64 {
	return float64(f.Commits.Calls) / float64(max(1, f.Commits.Count))
}

func newQuestion(q fleet.Question) question {
	shown := question{Question: q, Milliseconds: milliseconds(q.Took)}
	if q.Method == pageMethod && !strings.HasSuffix(q.Text, "…") { // it was cut
		shown.To = q.Text
	}
	return shown
}

// readMemory asks the runtime, which does not stop for it.
func readMemory() memory {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
	}
	metrics.Read(samples)
	m := memory{
		Held: int64(samples[0].Value.Uint64() - samples[1].Value.Uint64()), Live: int64(samples[2].Value.Uint64()),
		Limit: debug.SetMemoryLimit(-1),
	}
	if m.Limit == math.MaxInt64 {
		m.Limit = 0
	}
	return m
}
