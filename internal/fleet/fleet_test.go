package fleet

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

const (
	app  = muster.TypeName("AWS:Application")
	rack = muster.TypeName("Custom:Rack")
)

var (
	here  = muster.Space{Account: "111122223333", Region: "eu-west-1"}
	there = muster.Space{Account: "111122223333", Region: "us-east-1"}
)

// rig is a fleet under test, on a store that outlives it and whose disk fails on demand, with a clock that can be set and a log
// that can be read.
type rig struct {
	*Fleet
	t      testing.TB
	config Config
	engine func() store.Store // opens the store
	memory *store.Memory      // as are the disk, nil if the engine is another
	disk   *storetest.Faulty
	log    *logBuffer

	mu     sync.Mutex
	offset time.Duration // of the fleet's clock
	stands time.Time     // where the clock stands, but for the offset; zero if it goes
}

// newRig opens a fleet; its Store, Now and Log are the rig's. It is closed when the test ends.
func newRig(t testing.TB, c Config) *rig {
	memory := store.NewMemory()
	r := &rig{memory: memory, disk: storetest.NewFaulty(memory)}
	r.engine = func() store.Store {
		if r.Fleet == nil && r.config.Store != nil {
			memory.Reopen()
		}
		return r.disk
	}
	return r.begin(t, c)
}

// newRigOn is newRig with a store that the engine opens.
func newRigOn(t testing.TB, engine func() store.Store, c Config) *rig {
	return (&rig{engine: engine}).begin(t, c)
}

// newSharedRig is newRig as one of the servers of the memory.
func newSharedRig(t testing.TB, memory *store.Memory, c Config) *rig {
	return newRigOn(t, func() store.Store { return memory.Server() }, c)
}

func (r *rig) begin(t testing.TB, c Config) *rig {
	r.t, r.config, r.log = t, c, &logBuffer{}
	r.config.Log = slog.New(slog.NewTextHandler(r.log, nil))
	r.config.Now = r.now
	r.open()
	t.Cleanup(func() {
		if r.Fleet != nil {
			r.close()
		}
	})
	return r
}

func (r *rig) open() {
	r.t.Helper()
	r.config.Store = r.engine()
	f, err := Open(context.Background(), r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Fleet = f
}

func (r *rig) close() {
	r.t.Helper()
	if err := r.Fleet.Close(); err != nil {
		r.t.Error(err)
	}
	r.Fleet = nil
}

func (r *rig) reopen() {
	r.t.Helper()
	r.close()
	r.open()
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stands.IsZero() {
		return r.stands.Add(r.offset)
	}
	return time.Now().Add(r.offset)
}

// while takes the step again and again until the others are done, and once at least.
func while(others *sync.WaitGroup, step func()) {
	done := make(chan struct{})
	go func() {
		others.Wait()
		close(done)
	}()
	for working := true; working; {
		step()
		select {
		case <-done:
			working = false
		default:
		}
	}
}

// setClock makes the clock jump.
func (r *rig) setClock(by time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offset += by
}

// live lets the fleet live through the time, in steps that are not a jump.
func (r *rig) live(d time.Duration) {
	r.t.Helper()
	r.work()
	for d > 0 {
		step := min(d, clockJump)
		d -= step
		r.setClock(step)
		r.work()
	}
}

func (r *rig) work() {
	r.t.Helper()
	if err := r.Work(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tryPut(n muster.NodeID, items ...PutItem) error {
	return r.Put(context.Background(), here, &Put{Node: n, Items: items})
}

func (r *rig) put(n muster.NodeID, items ...PutItem) {
	r.t.Helper()
	if err := r.tryPut(n, items...); err != nil {
		r.t.Fatalf("put %s: %v", n, err)
	}
}

func (r *rig) tryDelete(req DeleteRequest) (string, error) {
	id, _, err := r.DeleteType(context.Background(), here, req)
	return id, err
}

func (r *rig) delete(req DeleteRequest) string {
	r.t.Helper()
	id, err := r.tryDelete(req)
	if err != nil {
		r.t.Fatalf("delete %s: %v", req.Type, err)
	}
	return id
}

// together has the calls decided in one commit, in their order. It needs a synctest bubble, which tells when a call waits.
func (r *rig) together(calls ...func() error) []error {
	r.t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	go wait(context.Background(), &r.queue, &request{done: make(chan error, 1), run: func() {
		close(held)
		<-release
	}})
	<-held
	errs := make([]error, len(calls))
	var group sync.WaitGroup
	for i, call := range calls {
		group.Go(func() { errs[i] = call() })
		synctest.Wait()
	}
	close(release)
	group.Wait()
	return errs
}

// holds says which types of the node there are, and "" if it is not registered.
func (r *rig) holds(n muster.NodeID) string {
	var types []string
	s := r.Snapshot(here)
	for _, t := range s.Types() {
		if len(s.Items(n, t.Type)) > 0 {
			types = append(types, string(t.Type))
		}
	}
	if _, registered := r.Node(here, n); registered != s.Has(n) {
		r.t.Errorf("%s is registered: %v, in the index: %v", n, registered, s.Has(n))
	}
	return strings.Join(types, " ")
}

// info gives an attribute of the node's AWS:InstanceInformation.
func (r *rig) info(n muster.NodeID, attribute string) string {
	r.t.Helper()
	items := r.Snapshot(here).Items(n, muster.TypeInstanceInformation)
	if len(items) != 1 {
		r.t.Fatalf("%s is described %d times", n, len(items))
	}
	for _, e := range items[0].Entries(0, items[0].Len()) {
		value, _ := e.Get(attribute)
		return value
	}
	r.t.Fatalf("the description of %s is empty", n)
	return ""
}

// item is one with content. Its hash is made of the content.
func item(t muster.TypeName, entries ...muster.Entry) PutItem {
	return PutItem{
		Type: t, Version: "1.0", Captured: "2026-01-02T03:04:05Z", Hash: muster.ContentHash(fmt.Sprint(entries)),
		Content: append([]muster.Entry{}, entries...),
	}
}

func versioned(it PutItem, v muster.Version) PutItem {
	it.Version = v
	return it
}

// again is the item without its content.
func again(it PutItem) PutItem {
	it.Content, it.HashOnly = nil, true
	return it
}

func entry(pairs ...string) muster.Entry {
	var fields []muster.Field
	for pair := range slices.Chunk(pairs, 2) {
		fields = append(fields, muster.Field{Name: pair[0], Value: pair[1]})
	}
	return muster.NewEntry(fields)
}

// described is an AWS:InstanceInformation with the status.
func described(status muster.InstanceStatus) PutItem {
	return item(muster.TypeInstanceInformation, entry("ComputerName", "host", "InstanceStatus", string(status)))
}

func nodeID(i int) muster.NodeID { return muster.NodeID(fmt.Sprintf("mi-%017d", i)) }

// code is the wire's name of the error, "" for none.
func code(err error) muster.Code {
	if err == nil {
		return ""
	}
	if e, ok := err.(*muster.Error); ok {
		return e.Code
	}
	return muster.CodeInternalServerError
}

// bubble runs the test where time passes as soon as nothing else is to do.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, test)
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) count(part string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), part)
}

// TestProgress has a load say how far it is, every five seconds, and when it is at its end.
func TestProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log logBuffer
		p := newProgress(slog.New(slog.NewTextHandler(&log, nil)), "loading")
		for range 12 {
			p.add(2, 0)
			time.Sleep(time.Second)
		}
		p.end("loaded")
		if log.count("msg=loading") != 2 || log.count("rows=22 records=0 for=10s") != 1 || log.count("msg=loaded rows=24 records=0 for=12s") != 1 {
			t.Errorf("the log says\n%s", &log.text)
		}
		newProgress(slog.New(slog.NewTextHandler(&log, nil)), "x").end("nothing")
		if log.count("nothing") != 0 {
			t.Error("the end of nothing is told")
		}
	})
}
