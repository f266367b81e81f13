package server

import (
	"context"
	"time"

	"muster"
	"muster/internal/fleet"
	"muster/internal/index"
	"muster/internal/query"
)

// managedNode is a node as the operations on nodes see it: what is shown of it as AWS:InstanceInformation, and its record.
type managedNode struct {
	id       muster.NodeID
	info     muster.Entry
	captured muster.CaptureTime
	record   muster.Node

	fleet    *fleet.Fleet
	orders   fleet.Orders
	space    muster.Space
	snapshot *index.Snapshot
}

// get gives an attribute of its AWS:InstanceInformation, empty if there is none.
func (n *managedNode) get(attribute string) string {
	value, _ := n.info.Get(attribute)
	return value
}

func (n *managedNode) status() muster.InstanceStatus {
	return muster.InstanceStatus(n.get("InstanceStatus"))
}

// pingStatus is the status in the words of DescribeInstanceInformation.
func (n *managedNode) pingStatus() string {
	if n.status() == muster.Active {
		return "Online"
	}
	return "ConnectionLost"
}

// lastHeard is when the node last pinged or, if it never did, when it last reported.
func (n *managedNode) lastHeard() time.Time {
	if n.record.Ping != nil {
		return n.record.Ping.Last
	}
	return n.record.Reported
}

func (n *managedNode) sourceType() string {
	if n.id.ResourceType() == "ManagedInstance" {
		return "AWS::SSM::ManagedInstance"
	}
	return "AWS::EC2::Instance"
}

// activation is the one that the node registered by, empty if there is none.
func (n *managedNode) activation() string {
	if n.record.Registration == nil {
		return ""
	}
	return n.record.Registration.Activation
}

// tags are by key.
func (n *managedNode) tags() []muster.Tag {
	tags, _ := fleet.TagsOf(n.snapshot, n.id)
	return tags
}

// nodeSearch is a condition on nodes: what the index tells at once, and what has to be asked of each node that is left.
type nodeSearch struct {
	where query.Where
	keep  []func(*managedNode) bool
}

func (q nodeSearch) keeps(n *managedNode) bool {
	for _, keep := range q.keep {
		if !keep(n) {
			return false
		}
	}
	return true
}

// askAtOnce is how many nodes the index is asked for first where not every one may pass, and then more and more: each time it
// searches anew.
const askAtOnce = 1000

// search gives the nodes that pass, by id: those after the one given, at most size, and whether there are more.
func (s *Server) search(ctx context.Context, space muster.Space, snapshot *index.Snapshot, q nodeSearch, after muster.NodeID, size int) (found []managedNode, more bool, err error) {
	// One for all that are looked at, for most may not pass.
	n := &managedNode{fleet: s.fleet, orders: s.fleet.Orders(space), space: space, snapshot: snapshot}
	for atOnce := askAtOnce; ; atOnce *= 4 {
		ask := size + 1 - len(found)
		if len(q.keep) > 0 {
			ask = max(ask, atOnce)
		}
		ids, rest, err := snapshot.Select(ctx, q.where, after, ask)
		if err != nil {
			return nil, false, err
		}
		for _, id := range ids {
			n.id = id
			if !n.registered() || !q.keeps(n) || !n.describe() {
				continue
			}
			if len(found) == size {
				return found, true, nil
			}
			found = append(found, *n)
		}
		if !rest {
			return found, false, nil
		}
		after = ids[len(ids)-1]
	}
}

// managedNode gives the node, if it is still there.
func (s *Server) managedNode(space muster.Space, snapshot *index.Snapshot, id muster.NodeID) (managedNode, bool) {
	n := managedNode{id: id, fleet: s.fleet, orders: s.fleet.Orders(space), space: space, snapshot: snapshot}
	return n, n.registered() && n.describe()
}

// registered reads the node's record, and says whether there is one.
func (n *managedNode) registered() (ok bool) {
	n.record, ok = n.fleet.Node(n.space, n.id)
	return ok
}

// describe reads what is shown of the node, which takes longer, and says whether anything is.
func (n *managedNode) describe() bool {
	n.info, n.captured = nil, ""
	for _, it := range n.snapshot.Items(n.id, muster.TypeInstanceInformation) {
		n.captured = it.Captured
		for _, e := range it.Entries(0, 1) {
			n.info = e
		}
	}
	return n.info != nil
}
