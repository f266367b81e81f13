package fleet

import (
	"sync/atomic"
	"time"

	"muster"
)

// node is what the registry knows of a node: what its pings and puts say, and what the index was last told. A fleet has many, so
// times are numbers here, and what few nodes have is in rest. What was put as AWS:InstanceInformation, and what its pings say, is in
// the index alone.
type node struct {
	id           muster.NodeID
	registered   muster.Nanos // 0 only while a load is under way, until the node's record comes
	reported     muster.Nanos
	infoReported muster.Nanos // when AWS:InstanceInformation was last put; 0 if it is not there
	status       muster.InstanceStatus
	registration *muster.Registration // nil for one that only puts
	rest         *muster.Node         // without what is above and below; nil if there is nothing

	pinged  atomic.Int64 // the last ping, as muster.Nanos; 0 if there was none. A ping may set it that changes nothing else
	kept    muster.Nanos // the last ping that is durable
	changed muster.Nanos
	said    uint64 // a hash of what its pings say; 0 if there was none

	shown appearance // in the index; of who changes the state alone
	place int        // on the roll of its space
}

// set takes over a node's record. A ping that it has of a time to come, by a clock that was ahead, counts as of now.
func (n *node) set(r *muster.Node, now muster.Nanos) {
	n.registered, n.reported, n.status = muster.NanosOf(r.Registered), muster.NanosOf(r.Reported), r.Status
	if known, ok := muster.ParseInstanceStatus(string(r.Status)); ok {
		n.status = known // which is one text for all nodes
	}
	if n.said, n.kept, n.changed = 0, 0, 0; r.Ping != nil {
		n.said, n.kept, n.changed = hashInfo(r.Ping.Info), min(muster.NanosOf(r.Ping.Last), now), muster.NanosOf(r.Ping.Changed)
		n.heardAt(n.kept)
	}
	n.registration = r.Registration
	rest := *r
	rest.Registered, rest.Reported, rest.Status, rest.Ping, rest.Registration = time.Time{}, time.Time{}, "", nil, nil
	if n.rest = nil; rest != (muster.Node{}) {
		n.rest = &rest
	}
}

// record gives the node's record back, but for what its pings say.
func (n *node) record() muster.Node {
	var r muster.Node
	if n.rest != nil {
		r = *n.rest
	}
	r.Registered, r.Reported, r.Status, r.Registration = n.registered.Time(), n.reported.Time(), n.status, n.registration
	if n.said != 0 {
		r.Ping = &muster.Ping{Last: n.lastPing(), Changed: n.changed.Time()}
	}
	return r
}

// gone is muster.Node's Gone.
func (n *node) gone() bool {
	return n.status == muster.Terminated || n.registration.Over()
}

// heardAt moves the time of the last ping on. Others may do so at the same time.
func (n *node) heardAt(at muster.Nanos) {
	for last := n.pinged.Load(); last < int64(at) && !n.pinged.CompareAndSwap(last, int64(at)); last = n.pinged.Load() {
	}
}

// notHeardAfter takes back a time to come, which is there if the clock was set back: nobody would miss the node until then.
func (n *node) notHeardAfter(now muster.Nanos) {
	if last := n.pinged.Load(); last > int64(now) {
		n.pinged.CompareAndSwap(last, int64(now))
	}
}

func (n *node) lastPing() time.Time { return muster.Nanos(n.pinged.Load()).Time() }

func (sp *space) node(id muster.NodeID) *node {
	n := sp.nodes[id]
	if n == nil {
		n = &node{id: muster.NodeID(sp.names.Copy(string(id))), place: len(sp.roll)}
		sp.nodes[n.id] = n
		sp.roll = append(sp.roll, n)
	}
	return n
}

// drop takes a node out.
func (sp *space) drop(n *node) {
	last := sp.roll[len(sp.roll)-1]
	last.place, sp.roll[n.place] = n.place, last
	sp.roll[len(sp.roll)-1] = nil
	sp.roll = sp.roll[:len(sp.roll)-1]
	delete(sp.nodes, n.id)
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
