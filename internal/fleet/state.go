package fleet

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
)

// state is the fleet in memory: what the store's Load gives, and what every commit moves on. One goroutine alone changes it: the
// committer, or the follower if there is one;
// the maps are read under mu, the records in them are never changed but replaced.
type state struct {
	loaded  time.Time
	loading bool // what needs the whole fleet waits until it is there
	at      muster.Position

	mu       sync.RWMutex
	spaces   map[muster.Space]*space
	keys     map[string]*muster.AccessKey
	settings map[string]*muster.Setting

	activations      map[muster.ActivationKey]*muster.Activation
	activationSpaces map[string]muster.Space        // of each by its id
	machines         map[muster.NodeID]muster.Space // the nodes that registered themselves
	hosts            map[host][]*node               // those of them that were not deregistered since; of who changes the state
	shared           map[host]muster.Nanos          // hosts of several nodes: when one was last heard of though a younger one is there
}

// space is one account in one region.
type space struct {
	name      muster.Space
	index     *index.Index
	nodes     map[muster.NodeID]*node
	roll      []*node                      // the same in no order: a walk of the map takes many times as long
	names     index.Texts                  // of nodes
	holders   map[muster.PublicKeyID]*node // of the public keys that nodes sign with
	types     map[muster.TypeName]*muster.CustomType
	deletions map[string]*muster.Deletion

	associations muster.Associations
	standing     atomic.Pointer[standing] // made of them; nil until it is asked for
	executions   map[muster.NodeID][]execution
	echoes       map[muster.NodeID]echo // a caller's that pings, under state.mu
	strays       atomic.Bool            // there may be executions of associations, or by nodes, that are no more
}

// load builds a state from the store.
func (f *Fleet) load(ctx context.Context) (*state, error) {
	s := &state{
		loaded:   f.Now(),
		loading:  true,
		spaces:   map[muster.Space]*space{},
		keys:     map[string]*muster.AccessKey{},
		settings: map[string]*muster.Setting{},

		activations:      map[muster.ActivationKey]*muster.Activation{},
		activationSpaces: map[string]muster.Space{},
		machines:         map[muster.NodeID]muster.Space{},
		hosts:            map[host][]*node{},
		shared:           map[host]muster.Nanos{},
	}
	a := newApplying(s, (*index.Index).BeginLoad)
	p := newProgress(f.Log, "loading the fleet")
	at, err := f.Store.Load(ctx, func(b store.Batch) error {
		a.take(f, b.Rows, b.Changes)
		p.add(len(b.Rows), len(b.Changes))
		if b.Whole {
			a.settle()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, sp := range s.spaces {
		a.batchOf(sp) // so that it gets the position too
	}
	s.loading, s.at = false, at
	f.stats.Position.Store(uint64(at))
	a.suspect(f)
	a.publish(at)
	p.end("the fleet is loaded")
	return s, nil
}

// progress tells how far something is that takes long.
type progress struct {
	log           *slog.Logger
	what          string
	began, told   time.Time
	rows, records int
}

const tellProgressEvery = 5 * time.Second

func newProgress(log *slog.Logger, what string) *progress {
	now := time.Now()
	return &progress{log: log, what: what, began: now, told: now}
}

func (p *progress) add(rows, records int) {
	p.rows, p.records = p.rows+rows, p.records+records
	if now := time.Now(); now.Sub(p.told) >= tellProgressEvery {
		p.told = now
		p.tell(p.what, time.Second)
	}
}

// end tells of what is done, if there was anything to do.
func (p *progress) end(done string) {
	if p.rows+p.records > 0 {
		p.tell(done, time.Millisecond)
	}
}

func (p *progress) tell(what string, precision time.Duration) {
	p.log.Info(what, "rows", p.rows, "records", p.records, "for", time.Since(p.began).Round(precision))
}

// space gives the space, or nil if nothing is in it.
func (s *state) space(name muster.Space) *space {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spaces[name]
}

// eachSpace gives the spaces as they are now.
func (s *state) eachSpace() []*space {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*space, 0, len(s.spaces))
	for _, sp := range s.spaces {
		all = append(all, sp)
	}
	return all
}

// ensure gives the space, made if it is new. The caller holds s.mu.
func (s *state) ensure(name muster.Space) *space {
	sp := s.spaces[name]
	if sp == nil {
		sp = &space{
			name:      name,
			index:     index.New(),
			nodes:     map[muster.NodeID]*node{},
			holders:   map[muster.PublicKeyID]*node{},
			types:     map[muster.TypeName]*muster.CustomType{},
			deletions: map[string]*muster.Deletion{},

			associations: muster.Associations{},
			executions:   map[muster.NodeID][]execution{},
			echoes:       map[muster.NodeID]echo{},
		}
		s.spaces[name] = sp
	}
	return sp
}

// itemKey is what the item is stored under.
func itemKey(space muster.Space, h index.Holder) muster.ItemKey {
	return muster.ItemKey{Space: space, Node: h.Node, Type: h.Type, SubType: h.SubType}
}
