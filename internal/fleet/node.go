package fleet

import (
	"time"

	"muster"
	"muster/internal/index"
)

// node is what the registry knows of a node: what its pings and puts say, and what the index was last told. A fleet has many, so
// times are numbers here, and what few nodes have is in rest. What was put as AWS:InstanceInformation is in the index alone.
type node struct {
	id           muster.NodeID
	registered   muster.Nanos // 0 only while a load is under way, until the node's record comes
	reported     muster.Nanos
	infoReported muster.Nanos // when AWS:InstanceInformation was last put; 0 if it is not there
	status       muster.InstanceStatus
	rest         *muster.Node // without what is above; nil if there is nothing

	shown appearance // in the index; the committer's alone
}

// set takes over a node's record.
func (n *node) set(r *muster.Node) {
	n.registered, n.reported, n.status = muster.NanosOf(r.Registered), muster.NanosOf(r.Reported), r.Status
	if known, ok := muster.ParseInstanceStatus(string(r.Status)); ok {
		n.status = known // which is one text for all nodes
	}
	rest := *r
	rest.Registered, rest.Reported, rest.Status = time.Time{}, time.Time{}, ""
	if n.rest = nil; rest != (muster.Node{}) {
		n.rest = &rest
	}
}

// record gives the node's record back.
func (n *node) record() muster.Node {
	var r muster.Node
	if n.rest != nil {
		r = *n.rest
	}
	r.Registered, r.Reported, r.Status = n.registered.Time(), n.reported.Time(), n.status
	return r
}

// appearance is what the clock changes about a node.
type appearance struct {
	status muster.InstanceStatus
	cloned bool
}

func (f *Fleet) appearance(n *node, now time.Time) appearance {
	return appearance{f.shownStatus(n, now), !f.Strict && n.cloned(now)}
}

func (sp *space) node(id muster.NodeID) *node {
	n := sp.nodes[id]
	if n == nil {
		n = &node{id: id}
		sp.nodes[id] = n
	}
	return n
}

// shownStatus is what the put AWS:InstanceInformation says, for as long as it is there, else what the clock does.
func (f *Fleet) shownStatus(n *node, now time.Time) muster.InstanceStatus {
	switch {
	case n.infoReported != 0 && n.status != "":
		return n.status
	case now.Sub(n.reported.Time()) >= f.LostAfter:
		return muster.ConnectionLost
	}
	return muster.Active
}

// describe tells the index what AWS:InstanceInformation is for the node now: what was put for it, with the attributes that the
// server knows better. put is what was put just now; without it, the index has what was put before.
func (f *Fleet) describe(b *index.Batch, n *node, put *muster.Item, now time.Time) {
	n.shown = f.appearance(n, now)

	version, captured, entry := muster.Version("1.0"), n.captured(n.shown.status, f.LostAfter), muster.Entry{}
	if put != nil {
		version, captured, entry = put.Version, put.Captured, put.Context
	} else if n.infoReported != 0 {
		version, captured, entry = b.Described(n.id)
	}
	entry = entry.Without(suspectedClone)
	fields := append(make([]muster.Field, 0, len(entry)+4), entry...)
	if _, ok := entry.Get("ResourceType"); !ok {
		fields = append(fields, muster.Field{Name: "ResourceType", Value: n.id.ResourceType()})
	}
	if n.shown.cloned {
		fields = append(fields, muster.Field{Name: suspectedClone, Value: "true"})
	}
	fields = append(fields, muster.Field{Name: "InstanceId", Value: string(n.id)}, muster.Field{Name: "InstanceStatus", Value: string(n.shown.status)})
	b.Describe(n.id, version, captured, muster.NewEntry(fields)) // of two with one name the last stands
}

// suspectedClone is an attribute of muster's own.
const suspectedClone = "SuspectedClone"

// captured is the moment that a node without a put description came to be as it is shown.
func (n *node) captured(shown muster.InstanceStatus, lostAfter time.Duration) muster.CaptureTime {
	if shown == muster.ConnectionLost {
		return muster.NewCaptureTime(n.reported.Time().Add(lostAfter))
	}
	return muster.NewCaptureTime(n.registered.Time())
}

// cloneMemory is how long two hosts that took turns under one id count as a suspected clone, and how long a host may be away
// before its return says nothing.
const cloneMemory = 7 * 24 * time.Hour

// cloned says whether two hosts seem to share the node's id.
func (n *node) cloned(now time.Time) bool {
	return n.rest != nil && !n.rest.Clone.IsZero() && now.Sub(n.rest.Clone) < cloneMemory
}

// reportedBy gives the record as it is after a put by the host with that fingerprint, and whether this put is the sign of a
// clone: a host that was replaced is back while the other one was reporting. One change of fingerprint is a reinstallation.
func reportedBy(r muster.Node, fingerprint string, now time.Time) (after muster.Node, clone bool) {
	r.Reported = now
	switch {
	case fingerprint == "":
		return r, false
	case fingerprint == r.Reporter.Fingerprint || r.Reporter.Fingerprint == "":
		r.Reporter = muster.Reporter{Fingerprint: fingerprint, Last: now}
		return r, false
	}
	clone = fingerprint == r.Former.Fingerprint && now.Sub(r.Former.Last) < cloneMemory
	r.Former, r.Reporter = r.Reporter, muster.Reporter{Fingerprint: fingerprint, Last: now}
	if clone {
		r.Clone = now
	}
	return r, clone
}

// redescribe tells the index of the nodes whose appearance has changed with the clock. It runs in the committer.
func (f *Fleet) redescribe(s *state, now time.Time) {
	for _, sp := range s.eachSpace() {
		var b *index.Batch
		s.mu.RLock()
		for _, n := range sp.nodes {
			if f.appearance(n, now) == n.shown {
				continue
			}
			if b == nil {
				b = sp.index.Begin()
			}
			f.describe(b, n, nil, now)
		}
		s.mu.RUnlock()
		if b != nil {
			b.Publish(sp.index.Snapshot().Position())
		}
	}
}
