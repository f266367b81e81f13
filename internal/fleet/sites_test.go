package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
)

// site is one of several servers on one store.
type site interface {
	// put stores the generation under all of siteTypes of the node.
	put(ctx context.Context, node int, generation int) error

	// read gives the generations that the site shows of the node, one for each type that it has.
	read(ctx context.Context, node int) ([]int, error)
}

var siteTypes = []muster.TypeName{app, "AWS:Network", rack, "Custom:Shelf"}

const (
	siteNodes = 12

	// racedReads is how many reads have to run beside a put of the same node for a trial to say anything.
	racedReads = 10_000

	// trialPatience ends a trial that gets nowhere.
	trialPatience = 5 * time.Minute
)

// trial has writers put generations of nodes on all sites, while readers look on all sites whether a read that began after an answered
// put sees it, and sees nothing of what nobody has begun to put, and no half of a call.
type trial struct {
	sites          []site
	begun, answers [siteNodes]atomic.Int64 // the newest generation of each node
	reads, raced   atomic.Int64
	failed         atomic.Int64 // puts and reads that a site did not answer
	found          chan error   // what is wrong, the first of it
	stop           context.CancelFunc
}

// run ends with the first thing that is wrong, or with nil when enough reads have raced and beside has returned.
func (tr *trial) run(ctx context.Context, beside func()) error {
	ctx, tr.stop = context.WithTimeoutCause(ctx, trialPatience, errors.New("the trial gets nowhere"))
	defer tr.stop()
	tr.found = make(chan error, 1)
	var all sync.WaitGroup
	for node := range siteNodes {
		all.Go(func() { tr.write(ctx, node) })
	}
	for i := range 2 * len(tr.sites) {
		all.Go(func() { tr.look(ctx, tr.sites[i%len(tr.sites)]) })
	}
	beside()
	var err error
	for enough := time.NewTicker(10 * time.Millisecond); tr.raced.Load() < racedReads && err == nil; {
		select {
		case err = <-tr.found:
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-enough.C:
		}
	}
	tr.stop()
	all.Wait()
	select {
	case err = <-tr.found:
	default:
	}
	return err
}

// pace is how long a caller waits that was not answered.
const pace = time.Millisecond

func (tr *trial) write(ctx context.Context, node int) {
	again := time.NewTicker(pace)
	defer again.Stop()
	for generation := 1; ctx.Err() == nil; generation++ {
		tr.begun[node].Store(int64(generation))
		if err := tr.sites[rand.IntN(len(tr.sites))].put(ctx, node, generation); err != nil {
			tr.failed.Add(1)
			<-again.C
			continue
		}
		tr.answers[node].Store(int64(generation))
	}
}

func (tr *trial) look(ctx context.Context, at site) {
	again := time.NewTicker(pace)
	defer again.Stop()
	for ctx.Err() == nil {
		node := rand.IntN(siteNodes)
		answered, before := tr.answers[node].Load(), tr.begun[node].Load()
		shown, err := at.read(ctx, node)
		after := tr.begun[node].Load()
		if err != nil {
			tr.failed.Add(1)
			<-again.C
			continue
		}
		tr.reads.Add(1)
		if answered < after {
			tr.raced.Add(1)
		}
		if err := judge(shown, answered, after); err != nil {
			select {
			case tr.found <- fmt.Errorf("node %d, of which generation %d was answered and %d begun before, and %d after: %w", node, answered, before, after, err):
			default:
			}
			tr.stop()
		}
	}
}

// What a read shows of a store that lets a server miss what another has committed.
var (
	errNothing = errors.New("nothing is shown of a node that was put")
	errHalf    = errors.New("half a call is shown")
	errStale   = errors.New("a stale generation is shown")
)

// judge says what is wrong with a read.
func judge(shown []int, answered, begun int64) error {
	if len(shown) == 0 {
		if answered > 0 {
			return errNothing
		}
		return nil
	}
	least, most := slices.Min(shown), slices.Max(shown)
	switch {
	case least != most || len(shown) != len(siteTypes):
		return fmt.Errorf("%w: the generations %v", errHalf, shown)
	case int64(most) < answered:
		return fmt.Errorf("%w: %d", errStale, most)
	case int64(most) > begun:
		return fmt.Errorf("a generation is shown that nobody has put: %d", most)
	}
	return nil
}

// fleetSite is a fleet that can be ended and opened again.
type fleetSite struct {
	open func() (*Fleet, error)

	mu    sync.RWMutex // for writing: while it is ended and opened
	fleet *Fleet
}

func (s *fleetSite) put(ctx context.Context, node, generation int) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.fleet.Current(ctx); err != nil {
		return err
	}
	p := Put{Node: nodeID(node)}
	for _, t := range siteTypes {
		p.Items = append(p.Items, item(t, entry("Name", strconv.Itoa(generation)), entry("Name", "of all")))
	}
	return s.fleet.Put(ctx, here, &p)
}

func (s *fleetSite) read(ctx context.Context, node int) ([]int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.fleet.Current(ctx); err != nil {
		return nil, err
	}
	var shown []int
	snapshot := s.fleet.Snapshot(here)
	for _, t := range siteTypes {
		for _, it := range snapshot.Items(nodeID(node), t) {
			for _, e := range it.Entries(0, 1) {
				name, _ := e.Get("Name")
				generation, err := strconv.Atoi(name)
				if err != nil {
					return nil, err
				}
				shown = append(shown, generation)
			}
		}
	}
	return shown, nil
}

func (s *fleetSite) restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.fleet.Close()
	opened, openErr := s.open()
	if openErr == nil {
		s.fleet = opened
	}
	return errors.Join(err, openErr)
}

// openSites opens fleets, which end with the test.
func openSites(t *testing.T, servers int, engine func() (store.Store, error)) *trial {
	t.Helper()
	tr := &trial{}
	for range servers {
		s := &fleetSite{open: func() (*Fleet, error) {
			st, err := engine()
			if err != nil {
				return nil, err
			}
			return Open(context.Background(), Config{Store: st, Log: slog.New(slog.DiscardHandler)})
		}}
		var err error
		if s.fleet, err = s.open(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.fleet.Close(); err != nil {
				t.Error(err)
			}
		})
		tr.sites = append(tr.sites, s)
	}
	return tr
}

// finish runs the trial, and holds the fleets against each other when it is over.
func (tr *trial) finish(t *testing.T, beside func()) {
	t.Helper()
	if err := tr.run(t.Context(), beside); err != nil {
		t.Error(err)
	}
	t.Logf("%d reads, of which %d raced a put; %d calls were not answered", tr.reads.Load(), tr.raced.Load(), tr.failed.Load())
	for _, s := range tr.sites { // what the trial has left in the queues comes before
		if err := s.(*fleetSite).fleet.commit(t.Context(), probeCall()); err != nil {
			t.Fatal(err)
		}
	}
	var first []string
	for i, s := range tr.sites {
		f := s.(*fleetSite).fleet
		if err := f.Current(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := dump(f, here, there); i == 0 {
			first = d
		} else if d := diff(d, first); d != "" {
			t.Errorf("server %d (got) and the first (want) differ:\n%s", i+1, d)
		}
	}
}

// proceed waits for so many more reads, or for the end of the trial.
func (tr *trial) proceed(t *testing.T, reads int64) {
	for seen := tr.reads.Load(); tr.reads.Load() < seen+reads && len(tr.found) == 0; runtime.Gosched() {
		if t.Context().Err() != nil {
			return
		}
	}
}

// trySites has fleets that end and open again all the time, and do what the background does.
func trySites(t *testing.T, servers int, engine func() (store.Store, error)) {
	tr := openSites(t, servers, engine)
	tr.finish(t, func() {
		for i := range 3 * servers {
			s := tr.sites[i%servers].(*fleetSite)
			for range 5 {
				if err := s.fleet.Work(t.Context()); err != nil {
					t.Error(err)
				}
				tr.proceed(t, racedReads/100)
			}
			if err := s.restart(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestServers has several servers in memory.
func TestServers(t *testing.T) {
	t.Parallel()
	memory := store.NewMemory()
	trySites(t, 3, func() (store.Store, error) { return memory.Server(), nil })
}

// TestServersOnPostgres has them on one database.
func TestServersOnPostgres(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	for _, servers := range []int{2, 3} {
		t.Run(fmt.Sprint(servers), func(t *testing.T) {
			dsn := server.Schema(t)
			trySites(t, servers, func() (store.Store, error) { return postgres.Open(context.Background(), dsn) })
		})
	}
	t.Run("naive", func(t *testing.T) {
		dsn := server.Schema(t)
		tr := &trial{sites: []site{openNaive(t, dsn), openNaive(t, dsn), openNaive(t, dsn)}}
		err := tr.run(t.Context(), func() {})
		if err == nil || !slices.ContainsFunc([]error{errNothing, errHalf, errStale}, func(wrong error) bool { return errors.Is(err, wrong) }) {
			t.Errorf("the trial of a store that numbers commits without a lock ends with %v", err)
		}
		t.Log(err)
	})
}

// TestDatabaseIsKilled has the database killed under the load of several servers, and started again: what was answered is there, and the
// servers go on by themselves.
func TestDatabaseIsKilled(t *testing.T) {
	t.Parallel()
	server := pgtest.StartDurable(t)
	dsn := server.Schema(t)
	tr := openSites(t, 3, func() (store.Store, error) { return postgres.Open(context.Background(), dsn) })
	tr.finish(t, func() {
		for range 3 {
			tr.proceed(t, racedReads/20)
			server.Kill(t)
			server.Restart(t)
		}
		tr.proceed(t, racedReads/20)
	})
	for i, s := range tr.sites {
		if err := s.(*fleetSite).fleet.Ready(); err != nil {
			t.Errorf("server %d is not ready: %v", i+1, err)
		}
	}
}
