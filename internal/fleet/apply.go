package fleet

import (
	"slices"

	"muster"
	"muster/internal/index"
)

// applying moves the state on, by what the calls of a commit hold or by what a load gives. What changes in the index becomes
// visible when it is published, all at once.
type applying struct {
	state   *state
	begin   func(*index.Index) *index.Batch
	batches map[*space]*index.Batch
	touched map[*node]touched
	last    *space // that was asked for
}

// touched says what of a node has changed: nearly always its record alone, of which the index knows little.
type touched struct {
	space *space
	facts
	kept    bool   // put has the entry that the index was told: only its version and its time may be new
	said    uint64 // what its pings said before, as are the next two
	changed muster.Nanos
	role    string
}

func newApplying(s *state, begin func(*index.Index) *index.Batch) *applying {
	return &applying{state: s, begin: begin, batches: map[*space]*index.Batch{}, touched: map[*node]touched{}}
}

func (a *applying) take(f *Fleet, rows []muster.Row, changes []muster.Change) {
	now := f.Now()
	a.state.mu.Lock()
	for i := range changes {
		a.record(&changes[i], muster.NanosOf(now))
	}
	a.state.mu.Unlock()

	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Space == rows[0].Space {
			n++
		}
		a.batch(rows[0].Space).Define(rows[:n])
		rows = rows[n:]
	}
	for i := range changes {
		a.item(&changes[i])
	}
	for n, t := range a.touched {
		switch changed := n.said != t.said || n.changed != t.changed || n.role() != t.role || f.appearance(a.state, n, now) != n.shown; {
		case t.kept && !changed && n.said == 0: // a report by hash
			a.batchOf(t.space).Renew(n.id, t.put.Version, t.put.Captured)
		case t.put != nil || t.gone || changed:
			f.describe(a.state, a.batchOf(t.space), n, t.facts, now)
		}
	}
	clear(a.touched)
}

// settle is for a load, between its nodes.
func (a *applying) settle() {
	for _, b := range a.batches {
		b.Settle()
	}
}

func (a *applying) publish(at muster.Position) {
	for _, b := range a.batches {
		b.Publish(at)
	}
}

// record moves on everything but the index. The caller holds state.mu.
func (a *applying) record(c *muster.Change, now muster.Nanos) {
	switch key := c.Key.(type) {
	case muster.NodeKey:
		sp := a.space(key.Space)
		record, _ := c.Value.(*muster.Node)
		if record == nil {
			if n := sp.nodes[key.Node]; n != nil {
				a.registered(sp, n, n.registration, nil)
				delete(a.touched, n)
				sp.drop(n)
			}
			delete(sp.echoes, key.Node)
			sp.strays.Store(true)
			a.batchOf(sp).Undescribe(key.Node) // the store keeps items, should there be any, and so does the index
			return
		}
		n := sp.node(key.Node)
		t := a.touch(sp, n)
		was := n.registration
		n.set(record, now)
		a.registered(sp, n, was, n.registration)
		a.state.hear(sp, n)
		t.ping = record.Ping
		a.touched[n] = t
	case muster.ItemKey:
		if key.Type != muster.TypeInstanceInformation {
			return
		}
		sp := a.space(key.Space)
		n := sp.node(key.Node)
		put, _ := c.Value.(*muster.Item)
		t := a.touch(sp, n)
		t.kept = put != nil && put.Content == nil && n.infoReported != 0 && (t.put == nil || t.kept)
		t.put, t.gone = put, put == nil
		a.touched[n] = t
		n.infoReported = 0
		if put != nil {
			n.infoReported = muster.NanosOf(put.Reported)
		}
	case muster.RowKey:
		a.batchOf(a.space(key.Space)).Undefine(key.Type, []muster.RowID{key.ID})
	case muster.SplitsKey:
		if splits, ok := c.Value.(*muster.Splits); ok {
			a.batchOf(a.space(key.Space)).Split(key.Type, splits)
		}
	case muster.CustomTypeKey:
		set(a.space(key.Space).types, key.Type, c.Value)
	case muster.DeletionKey:
		set(a.space(key.Space).deletions, key.ID, c.Value)
	case muster.AssociationKey:
		sp := a.space(key.Space)
		set(sp.associations, key.ID, c.Value)
		sp.standing.Store(nil)
		sp.strays.Store(true)
	case muster.ExecutionKey:
		told, _ := c.Value.(*muster.Execution)
		a.space(key.Space).execute(key.Node, key.Association, told)
	case muster.ActivationKey:
		a.state.setActivation(key, c.Value)
	case muster.AccessKeyKey:
		set(a.state.keys, key.ID, c.Value)
	case muster.SettingKey:
		set(a.state.settings, key.Name, c.Value)
	}
}

// touch gives what has changed about the node so far.
func (a *applying) touch(sp *space, n *node) touched {
	t, ok := a.touched[n]
	if !ok {
		t = touched{space: sp, said: n.said, changed: n.changed, role: n.role()}
	}
	return t
}

// registered takes over what became of a node's registration, after its record was.
func (a *applying) registered(sp *space, n *node, was, is *muster.Registration) {
	sp.hold(n, was, is)
	if other := a.state.register(sp, n, was, is); other != nil {
		a.touched[other] = a.touch(sp, other)
	}
}

// suspect finds clones once everything is loaded.
func (a *applying) suspect(f *Fleet) {
	s, now := a.state, f.Now()
	for h := range s.shared {
		slices.SortFunc(s.hosts[h], byRegistration)
	}
	s.hearAll()
	for h := range s.shared {
		for _, n := range s.hosts[h] {
			if f.appearance(s, n, now) != n.shown {
				f.describe(s, a.batchOf(s.spaces[h.space]), n, facts{}, now)
			}
		}
	}
}

// set puts the record under the key, or takes the key away if there is none.
func set[K comparable, R muster.Record](m map[K]R, key K, value muster.Record) {
	if value == nil {
		delete(m, key)
		return
	}
	m[key] = value.(R)
}

// item moves the index on. AWS:InstanceInformation is not among its items: it is derived, see node.go.
func (a *applying) item(c *muster.Change) {
	key, ok := c.Key.(muster.ItemKey)
	if !ok || key.Type == muster.TypeInstanceInformation {
		return
	}
	b := a.batch(key.Space)
	if item, ok := c.Value.(*muster.Item); ok {
		b.Put(key, c.At, item)
	} else {
		b.Drop(key)
	}
}

// space gives the space, made if it is new. The caller holds state.mu.
func (a *applying) space(name muster.Space) *space {
	if a.last == nil || a.last.name != name {
		a.last = a.state.ensure(name)
	}
	return a.last
}

func (a *applying) batch(name muster.Space) *index.Batch {
	if a.last != nil && a.last.name == name {
		return a.batchOf(a.last)
	}
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	return a.batchOf(a.space(name))
}

func (a *applying) batchOf(sp *space) *index.Batch {
	b := a.batches[sp]
	if b == nil {
		b = a.begin(sp.index)
		a.batches[sp] = b
	}
	return b
}
