package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/invariant"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
)

// TestReplay makes random operations on a fleet and on the model, which must agree on every answer and on everything that can
// be seen, and so must the fleet that is loaded from the store. The seeds are always the same ones; a disagreement is reported
// as the shortest list of operations that still shows it.
func TestReplay(t *testing.T) {
	t.Parallel()
	seeds := uint64(25)
	if testing.Short() {
		seeds = 10
	}
	replaySeeds(t, seeds, func(t *testing.T, ops []op) error {
		return replayInBubble(t, ops, muster.PingLag, newRig)
	})
}

// TestReplayShared is TestReplay of a server that need not be the only one.
func TestReplayShared(t *testing.T) {
	t.Parallel()
	replaySeeds(t, 10, func(t *testing.T, ops []op) error {
		return replayInBubble(t, ops, 0, func(t testing.TB, c Config) *rig { return newSharedRig(t, store.NewMemory(), c) })
	})
}

// TestReplayOnPostgres is TestReplayShared with a real database, which lives in the real time: the fleet's clock stands between two
// operations.
func TestReplayOnPostgres(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	replaySeeds(t, 2, func(t *testing.T, ops []op) error {
		dsn := server.Schema(t)
		r := &rig{stands: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), engine: func() store.Store {
			s, err := postgres.Open(context.Background(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}}
		r.begin(t, replayConfig())
		defer r.close()
		return replay(r, ops, 0, r.live, r.work)
	})
}

func replaySeeds(t *testing.T, seeds uint64, replay func(*testing.T, []op) error) {
	if invariant.Enabled && os.Getenv("MUSTER_SLOW") == "" { // the race detector takes ten times as long
		seeds = (seeds + 4) / 5
	}
	for seed := range seeds {
		ops := randomOps(seed)
		err := replay(t, ops)
		if err == nil {
			continue
		}
		ops = shortest(ops, func(ops []op) bool { return replay(t, ops) != nil })
		t.Fatalf("seed %d: %v\nthe shortest operations that fail:\n%s%v", seed, err, describeOps(ops), replay(t, ops))
	}
}

// Everything happens at multiples of tick, and nothing is due at one of them, so it does not matter when within a tick the
// background looks.
const (
	tick           = 20 * time.Minute
	replayRetain   = 6*tick + tick/2
	replayLost     = 3*tick + tick/2
	replayPingLost = 2*tick + tick/2
	replaySettle   = tick / 2
)

var replayLimits = muster.Limits{CustomTypes: 2, ComplianceTypes: 1}

// op is one operation. It says what it does without reference to earlier ones, so that a list with some taken out still runs.
type op struct {
	kind  string // put, ping, delete, wait or reopen
	space muster.Space
	put   Put
	ping  muster.Entry // of put.Node
	del   DeleteRequest
}

func (o op) String() string {
	switch o.kind {
	case "put":
		var b strings.Builder
		fmt.Fprintf(&b, "put %s %s reporter %q admin %v", o.space.Region, o.put.Node, o.put.Reporter, o.put.Admin)
		for _, it := range o.put.Items {
			fmt.Fprintf(&b, "\n\t    %s %s hash %q only %v context %v: %v", it.Type, it.Version, it.Hash, it.HashOnly, it.Context, it.Content)
		}
		return b.String()
	case "ping":
		return fmt.Sprintf("ping %s %s %v", o.space.Region, o.put.Node, o.ping)
	case "delete":
		return fmt.Sprintf("delete %s %+v", o.space.Region, o.del)
	}
	return o.kind
}

func describeOps(ops []op) string {
	var b strings.Builder
	for _, o := range ops {
		fmt.Fprintf(&b, "\t%v\n", o)
	}
	return b.String()
}

func randomOps(seed uint64) []op {
	r := rand.New(rand.NewPCG(seed, 2))
	ops := make([]op, 250)
	for i := range ops {
		o := op{kind: "put", space: here}
		if r.IntN(4) == 0 {
			o.space = there
		}
		switch n := r.IntN(20); {
		case n < 3:
			o.kind = "wait"
		case n < 4:
			o.kind = "reopen"
		case n < 5:
			o.kind = "delete"
			o.del = DeleteRequest{
				Type:   pick(r, rack, rack, "Custom:Shelf", "Custom:Cable"),
				Option: pick(r, muster.KeepSchema, muster.DisableSchema, muster.DeleteSchema),
				Token:  pick(r, "", "", "t", "u"),
			}
		case n < 9:
			o.kind = "ping"
			o.put.Node = nodeID(r.IntN(3))
			o.ping = pick(r, nil, entry("AgentVersion", "3"), entry("AgentVersion", pick(r, "3", "3", "4"), "ComputerName", "", "IpAddress", "192.0.2.1"))
		default:
			o.put = randomPut(r, i)
		}
		ops[i] = o
	}
	return ops
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func randomPut(r *rand.Rand, i int) Put {
	p := Put{Node: nodeID(r.IntN(3)), Reporter: pick(r, "", "x", "x", "y"), Admin: r.IntN(3) == 0}
	types := []muster.TypeName{app, rack, "Custom:Shelf", muster.TypeComplianceItem, muster.TypeInstanceInformation}
	if r.IntN(5) == 0 {
		types[1] = "Custom:Cable"
	}
	r.Shuffle(len(types), func(i, j int) { types[i], types[j] = types[j], types[i] })
	for _, t := range types[:1+r.IntN(3)] {
		subs := []string{""}
		if t == muster.TypeComplianceItem {
			subs = [][]string{{"Patch"}, {"Patch", "Custom:a"}, {"Custom:a"}, {"Custom:b"}, {"Custom:a", "Custom:b"}}[r.IntN(5)]
		}
		for _, sub := range subs {
			p.Items = append(p.Items, randomItem(r, t, sub, i))
		}
	}
	return p
}

func randomItem(r *rand.Rand, t muster.TypeName, sub string, i int) PutItem {
	it := PutItem{
		Type: t, Version: "1.0", Hash: pick[muster.ContentHash](r, "", "h", "h", "h", "h", "i"),
		Captured: muster.CaptureTime(fmt.Sprintf("2026-01-02T03:04:%02dZ", i%60)),
	}
	if t.Custom() {
		it.Version = pick[muster.Version](r, "1.0", "1.0", "1.9", "1.10")
	}
	if sub != "" {
		it.Context = entry("ComplianceType", sub, "ExecutionId", fmt.Sprint(i%3))
	}
	if it.Hash != "" && r.IntN(4) == 0 {
		it.HashOnly = true
		return it
	}
	it.Content = []muster.Entry{}
	switch {
	case t == muster.TypeInstanceInformation:
		if r.IntN(5) > 0 {
			it.Content = append(it.Content, entry("ComputerName", fmt.Sprint(i), "InstanceStatus", pick(r, "", "", "Active", "Active", "stopped", "odd", "Terminated")))
		}
	default:
		for range r.IntN(4) {
			name := pick(r, "Name", "Depth", "Width")
			if r.IntN(20) == 0 {
				name = "name" // another spelling
			}
			it.Content = append(it.Content, entry(name, fmt.Sprint(r.IntN(5)), "Same", "x"))
		}
	}
	return it
}

func replayConfig() Config {
	limits := replayLimits
	return Config{Limits: &limits, LostAfter: replayLost, PingLostAfter: replayPingLost, Retention: replayRetain, ExpirySettle: replaySettle}
}

// replayInBubble runs the operations in a bubble of their own.
func replayInBubble(t *testing.T, ops []op, lag time.Duration, open func(testing.TB, Config) *rig) (err error) {
	synctest.Test(t, func(t *testing.T) {
		err = replay(open(t, replayConfig()), ops, lag, time.Sleep, synctest.Wait)
	})
	return err
}

// replay runs the operations. live lets time pass, and settle waits until what the background does is done.
func replay(r *rig, ops []op, lag time.Duration, live func(time.Duration), settle func()) error {
	m := newModel(r.now(), lag)
	for i, o := range ops {
		if err := step(r, m, o, live, settle); err != nil {
			return fmt.Errorf("operation %d, %v: %w", i+1, o, err)
		}
	}
	return nil
}

func step(r *rig, m *model, o op, live func(time.Duration), settle func()) error {
	var got, want muster.Code
	switch o.kind {
	case "put":
		p := o.put
		p.Items = slices.Clone(p.Items)
		want = m.put(r.now(), o.space, &o.put)
		got = code(r.Put(context.Background(), o.space, &p))
	case "ping":
		want = m.ping(r.now(), o.space, o.put.Node, o.ping)
		got = code(r.Ping(context.Background(), o.space, o.put.Node, o.ping))
	case "delete":
		id, fault := m.delete(r.now(), o.space, o.del)
		gotID, _, err := r.DeleteType(context.Background(), o.space, o.del)
		got, want = code(err), fault
		if first, known := m.ids[id]; err == nil && known && first != gotID {
			return fmt.Errorf("the deletion has the id %s, and had %s", gotID, first)
		} else if !known {
			m.ids[id] = gotID
		}
	case "wait":
		live(tick)
		m.expire(r.now())
	case "reopen":
		r.reopen()
		m.reopen(r.now())
	}
	if got != want {
		return fmt.Errorf("answers %q, want %q", got, want)
	}
	settle()
	if d := diff(dump(r.Fleet, here, there), m.dump(r.now(), here, there)); d != "" {
		return fmt.Errorf("the fleet (got) and the model (want) differ:\n%s", d)
	}
	return nil
}

// shortest takes elements out, many at a time and then fewer, as long as the rest still fails.
func shortest[T any](list []T, fails func([]T) bool) []T {
	for size := len(list) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(list); {
			if fewer := slices.Concat(list[:at], list[at+size:]); fails(fewer) {
				list = fewer
			} else {
				at += size
			}
		}
	}
	return list
}
