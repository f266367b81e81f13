package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"muster"
	"muster/internal/daemon"
	"muster/internal/fleet"
	"muster/internal/query"
	"muster/internal/sim"
	"muster/internal/ssmapi"
)

// What the questions name, in muster's words.
var (
	platformType   = query.Attr{Type: muster.TypeInstanceInformation, Name: "PlatformType"}
	instanceStatus = query.Attr{Type: muster.TypeInstanceInformation, Name: "InstanceStatus"}
	appName        = query.Attr{Type: application, Name: "Name"}
	appVersion     = query.Attr{Type: application, Name: "Version"}
)

// inProcess is muster asked by calls of its index, as the other embedded engines are.
type inProcess struct {
	daemon *daemon.Daemon
	dir    string
	space  muster.Space
	source *source
	node   muster.NodeID // whose entries are asked for
}

// region is the one that the fleet is in; the account is that of the daemon's first administrator.
const (
	region  muster.Region    = "us-bench-1"
	account muster.AccountID = "000000000000"
)

func startMuster(ctx context.Context, dir string) (*inProcess, error) {
	d, err := daemon.Start(ctx, daemon.Config{Data: dir, Account: account, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return &inProcess{daemon: d, dir: dir, space: muster.Space{Account: account, Region: region}}, nil
}

func (m *inProcess) name() string { return "muster" }

func (m *inProcess) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return m.daemon.Stop(ctx)
}

func (m *inProcess) size(context.Context) (int64, error) { return sizeOf(m.dir) }

// load puts all ten types of every report, without HTTP.
func (m *inProcess) load(ctx context.Context, f *source) error {
	m.source, m.node = f, f.ids[f.asked()]
	return m.put(ctx, len(f.ids), 0)
}

// put has the first so many nodes report what they have in a generation. Callers that wait share a commit, so there are more than
// processors.
func (m *inProcess) put(ctx context.Context, nodes, generation int) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range 4 * runtime.NumCPU() {
		group.Go(func() error {
			var s sim.Scratch
			for {
				number := int(next.Add(1)) - 1
				if number >= nodes {
					return nil
				}
				items := m.source.sim.Report(&s, m.source.order[number], generation)
				if err := m.daemon.Fleet.Put(ctx, m.space, putOf(m.source.ids[number], items)); err != nil {
					return fmt.Errorf("node %s: %w", m.source.ids[number], err)
				}
			}
		})
	}
	return group.Wait()
}

func putOf(node muster.NodeID, items []ssmapi.InventoryItem) *fleet.Put {
	p := &fleet.Put{Node: node, Admin: true}
	for _, it := range items {
		p.Items = append(p.Items, fleet.PutItem{
			Type: *it.TypeName, Version: *it.SchemaVersion, Captured: *it.CaptureTime, Hash: it.ContentHash,
			Context: muster.Entry(it.Context), Content: it.Content, HashOnly: it.Content == nil, Size: it.ContentSize(),
		})
	}
	return p
}

func (m *inProcess) ask(ctx context.Context, q *question, visit func([]string)) error {
	byName := query.Aggregation{By: appName}
	byVersion := query.Aggregation{By: appName, Inner: []query.Aggregation{{By: appVersion, Inner: []query.Aggregation{{By: platformType}}}}}
	switch q.id {
	case "platforms":
		return m.count(ctx, query.Aggregation{By: platformType}, math.MaxInt, visit)
	case "names":
		return m.count(ctx, byName, math.MaxInt, visit)
	case "names-page":
		return m.count(ctx, byName, pageSize, visit)
	case "versions":
		return m.count(ctx, byVersion, math.MaxInt, visit)
	case "versions-page":
		return m.count(ctx, byVersion, pageSize, visit)
	case "older":
		return m.older(ctx, visit)
	case "group":
		return m.group(ctx, visit)
	case "entries":
		return m.entries(visit)
	}
	return errNotAsked
}

// count gives a row for each innermost bucket, of so many of the outermost.
func (m *inProcess) count(ctx context.Context, by query.Aggregation, size int, visit func([]string)) error {
	tallies, _, err := m.daemon.Fleet.Snapshot(m.space).CountPage(ctx, nil, []query.Aggregation{by}, 0, size)
	if err != nil || visit == nil {
		return err
	}
	walk(tallies[0], nil, visit)
	return nil
}

// walk visits the innermost buckets.
func walk(t query.Tally, above []string, visit func([]string)) {
	for _, b := range t.Buckets {
		here := append(above[:len(above):len(above)], b.Value)
		if len(b.Inner) == 0 {
			visit(append(here, strconv.Itoa(b.Count)))
			continue
		}
		walk(b.Inner[0], here, visit)
	}
}

func (m *inProcess) older(ctx context.Context, visit func([]string)) error {
	where := query.Compile([]query.Term{
		{Attr: appName, Op: query.Equal, Values: []string{askedName}},
		{Attr: appVersion, Op: query.LessThan, Values: []string{askedVersion}},
	})
	ids, _, err := m.daemon.Fleet.Snapshot(m.space).Select(ctx, where, "", pageSize)
	if err != nil || visit == nil {
		return err
	}
	for _, id := range ids {
		visit([]string{string(id)})
	}
	return nil
}

func (m *inProcess) group(ctx context.Context, visit func([]string)) error {
	group := query.Group{Name: "asked", Where: query.Compile([]query.Term{
		{Attr: appName, Op: query.Equal, Values: []string{askedName}},
		{Attr: appVersion, Op: query.LessThan, Values: []string{askedVersion}},
		{Attr: platformType, Op: query.Equal, Values: []string{"Linux"}},
		{Attr: instanceStatus, Op: query.NotEqual, Values: []string{"Terminated"}},
	})}
	tallies, err := m.daemon.Fleet.Snapshot(m.space).Count(ctx, nil, []query.Aggregation{{Groups: []query.Group{group}}})
	if err != nil || visit == nil {
		return err
	}
	g := tallies[0].Groups[0]
	visit([]string{strconv.Itoa(g.Matching), strconv.Itoa(g.Not)})
	return nil
}

func (m *inProcess) entries(visit func([]string)) error {
	for _, item := range m.daemon.Fleet.Snapshot(m.space).Items(m.node, application) {
		for _, e := range item.Entries(0, pageSize) {
			if visit != nil {
				visit(valuesOf(e))
			}
		}
	}
	return nil
}

// valuesOf gives a column for each attribute.
func valuesOf(e muster.Entry) []string {
	row := make([]string, len(attributes))
	for i, name := range attributes {
		row[i] = absent
		if value, ok := e.Get(name); ok {
			row[i] = value
		}
	}
	return row
}

// absent is shown for an attribute that an entry does not have.
const absent = "NULL"
