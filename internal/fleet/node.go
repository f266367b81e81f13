package fleet

import (
	"time"

	"muster"
	"muster/internal/index"
)

// node is what the registry knows of a node: what its pings and puts say, and what the index was last told.
type node struct {
	id     muster.NodeID
	record *muster.Node // nil only while a load is under way
	info   *muster.Item // AWS:InstanceInformation as it was put, nil if it never was; its one entry is the Context

	shown appearance // in the index; the committer's alone
}

// appearance is what the clock changes about a node.
type appearance struct {
	status muster.InstanceStatus
	cloned bool
}

func (f *Fleet) appearance(n *node, now time.Time) appearance {
	return appearance{f.status(n, now), !f.Strict && n.cloned(now)}
}

func (sp *space) node(id muster.NodeID) *node {
	n := sp.nodes[id]
	if n == nil {
		n = &node{id: id}
		sp.nodes[id] = n
	}
	return n
}

// status is what the put AWS:InstanceInformation says, for as long as it is there, else what the clock does.
func (f *Fleet) status(n *node, now time.Time) muster.InstanceStatus {
	switch {
	case n.info != nil && n.record.Status != "":
		return n.record.Status
	case now.Sub(n.record.Reported) >= f.LostAfter:
		return muster.ConnectionLost
	}
	return muster.Active
}

// describe tells the index what AWS:InstanceInformation is for the node now: what was put for it, with the attributes that the
// server knows better.
func (f *Fleet) describe(b *index.Batch, n *node, now time.Time) {
	if n.record == nil {
		return // its record comes in a later batch of the load
	}
	n.shown = f.appearance(n, now)

	version, captured, put := muster.Version("1.0"), n.captured(n.shown.status, f.LostAfter), muster.Entry{}
	if n.info != nil {
		version, captured, put = n.info.Version, n.info.Captured, n.info.Context
	}
	fields := append(make([]muster.Field, 0, len(put)+4), put...)
	if _, ok := put.Get("ResourceType"); !ok {
		fields = append(fields, muster.Field{Name: "ResourceType", Value: n.id.ResourceType()})
	}
	if n.shown.cloned {
		fields = append(fields, muster.Field{Name: "SuspectedClone", Value: "true"})
	}
	fields = append(fields, muster.Field{Name: "InstanceId", Value: string(n.id)}, muster.Field{Name: "InstanceStatus", Value: string(n.shown.status)})
	entry := muster.NewEntry(fields) // of two with one name the last stands
	b.Describe(n.id, version, captured, entry)
}

// captured is the moment that a node without a put description came to be as it is shown.
func (n *node) captured(shown muster.InstanceStatus, lostAfter time.Duration) muster.CaptureTime {
	if shown == muster.ConnectionLost {
		return muster.NewCaptureTime(n.record.Reported.Add(lostAfter))
	}
	return muster.NewCaptureTime(n.record.Registered)
}

// cloneMemory is how long two hosts that took turns under one id count as a suspected clone, and how long a host may be away
// before its return says nothing.
const cloneMemory = 7 * 24 * time.Hour

// cloned says whether two hosts seem to share the node's id.
func (n *node) cloned(now time.Time) bool {
	return n.record != nil && !n.record.Clone.IsZero() && now.Sub(n.record.Clone) < cloneMemory
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
			if n.record == nil || f.appearance(n, now) == n.shown {
				continue
			}
			if b == nil {
				b = sp.index.Begin()
			}
			f.describe(b, n, now)
		}
		s.mu.RUnlock()
		if b != nil {
			b.Publish(sp.index.Snapshot().Position())
		}
	}
}
