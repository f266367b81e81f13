package fleet

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	"muster"
	"muster/internal/store"
)

// Ping takes in what a node's agent says of it: a sign of life and, under the names of AWS:InstanceInformation, what it is. What it
// lacks, or has empty, stays as it was.
//
// An agent pings every five minutes and nearly always says the same. That changes a time in memory alone: 200,000 nodes would
// otherwise have some 700 records written anew each second, which nobody needs. What is stored of the time lags by up to
// muster.PingLag, less for a node that also puts; everything else is durable when Ping returns. Where there are other servers they have
// to know the time as well, so that each ping is a commit.
func (f *Fleet) Ping(ctx context.Context, space muster.Space, node muster.NodeID, info muster.Entry) error {
	info = slices.DeleteFunc(slices.Clone(info), func(a muster.Field) bool { return a.Value == "" })
	now := f.Now()
	n, back := f.pinging(space, node, now)
	says := hashInfo(info)
	if n != nil && !back && n.knows(says) && now.Sub(n.kept).Abs() < f.pingLag() {
		return nil
	}
	call := pingCall{f: f, key: muster.NodeKey{Space: space, Node: node}, info: info, now: now, back: back}
	if err := f.commit(ctx, store.Call{Reads: []muster.Key{call.key}, Decide: call.decide}); err != nil {
		return err
	}
	if call.said != says {
		f.noteEcho(call.key, echo{says, call.said})
	}
	return nil
}

// pingLag is how far the stored time of a node's last ping may lie behind.
func (f *Fleet) pingLag() time.Duration {
	if f.follower != nil {
		return 0
	}
	return muster.PingLag
}

// pinged is what the registry knows of a node's pings.
type pinged struct {
	said uint64
	echo echo
	kept time.Time
}

// echo is a ping that lacks some of what the node's pings say taken together, and says nothing else: both as hashes.
type echo struct{ ping, said uint64 }

// knows says whether a ping is known to say nothing new.
func (p *pinged) knows(ping uint64) bool { return ping == p.said || p.echo == echo{ping, p.said} }

// noteEcho is called of a ping that has been taken in: from then on it says nothing new. Few nodes ever lack what they said before,
// so that these are kept aside, and only in memory.
func (f *Fleet) noteEcho(by muster.NodeKey, e echo) {
	s := f.state.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	if sp := s.spaces[by.Space]; sp != nil && sp.nodes[by.Node] != nil {
		sp.echoes[by.Node] = e
	}
}

// pinging notes the ping of a node that is known to ping, and says what was known of it and whether it had been lost.
func (f *Fleet) pinging(space muster.Space, id muster.NodeID, now time.Time) (known *pinged, back bool) {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	sp := s.spaces[space]
	if sp == nil {
		return nil, false
	}
	n := sp.nodes[id]
	if n == nil || n.said == 0 || n.gone() {
		return nil, false
	}
	back = f.shownStatus(s, n, now) != muster.Active
	n.heardAt(muster.NanosOf(now))
	return &pinged{n.said, sp.echoes[id], n.kept.Time()}, back
}

// pingCall is a Ping that says something new, or whose time is to be made durable.
type pingCall struct {
	f    *Fleet
	key  muster.NodeKey
	info muster.Entry
	now  time.Time
	back bool // the node had been lost

	said uint64 // a hash of what the node's pings say with this one; decide finds it
}

func (c *pingCall) decide(v store.View) ([]muster.Change, error) {
	stored := store.Get[*muster.Node](v, c.key)
	record := muster.Node{Registered: c.now}
	if stored != nil {
		record = *stored
	}
	if stored == nil && c.f.ClosedRegistration || record.Gone() {
		return nil, muster.ErrInvalidInstanceID(c.key.Node)
	}
	after := &muster.Ping{Last: c.now, Changed: c.now, Info: c.info}
	if before := record.Ping; before != nil {
		after.Info = c.info.Over(before.Info)
		if !c.back && after.Info.Equal(before.Info) {
			after.Changed = before.Changed
		}
	}
	record.Ping, c.said = after, hashInfo(after.Info)
	return []muster.Change{{Key: c.key, Value: &record}}, nil
}

// withLast gives the ping with the time of the last one that memory knows of, if it is later or the stored one is yet to come.
func withLast(p *muster.Ping, last, now time.Time) *muster.Ping {
	if p == nil || !last.After(p.Last) && !p.Last.After(now) {
		return p
	}
	after := *p
	after.Last = last
	return &after
}

// hashInfo stands for what pings say. A node that finds two that have one hash deceives nobody but those who look at this node. It
// is never 0.
func hashInfo(info muster.Entry) uint64 {
	h := fnv.New64a()
	for _, f := range info {
		h.Write([]byte(f.Name))
		h.Write([]byte{0xff}) // in no UTF-8 text
		h.Write([]byte(f.Value))
		h.Write([]byte{0xff})
	}
	return max(1, h.Sum64())
}
