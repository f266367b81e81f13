package fleet

import (
	"cmp"
	"time"

	"muster"
	"muster/internal/index"
)

// appearance is what the clock changes about a node.
type appearance struct {
	status muster.InstanceStatus
	cloned bool
}

func (f *Fleet) appearance(s *state, n *node, now time.Time) appearance {
	return appearance{f.shownStatus(s, n, now), !f.Strict && s.suspected(n, now)}
}

// shownStatus is Terminated of a node that is gone, until somebody says otherwise. Else a node that pings is judged by its pings,
// and one that only puts by what it put as AWS:InstanceInformation, for as long as that is there, or by its puts.
func (f *Fleet) shownStatus(s *state, n *node, now time.Time) muster.InstanceStatus {
	switch {
	case n.gone():
		return muster.Terminated
	case n.said == 0 && n.infoReported != 0 && n.status != "":
		return n.status
	case !now.Before(f.lostAt(s, n)):
		return muster.ConnectionLost
	}
	return muster.Active
}

// lostAt is when the node is lost if nothing more is heard of it.
func (f *Fleet) lostAt(s *state, n *node) time.Time {
	if n.said == 0 {
		return max(n.registered, n.reported).Time().Add(f.LostAfter)
	}
	return s.heard(n, f.pingLag()).Add(f.PingLostAfter)
}

// heard is when the node's last ping may have come. Of those before the state was loaded the store's word may be late by
// the lag, and while no server was there none could come: a node is not lost because of either.
func (s *state) heard(n *node, lag time.Duration) time.Time {
	at := n.lastPing()
	if late := at.Add(lag); at.Before(s.loaded) && late.After(s.loaded) {
		return s.loaded
	} else if at.Before(s.loaded) {
		return late
	}
	return at
}

// facts is what is known of a node at the moment at which it is described, besides what the index has of it.
type facts struct {
	put  *muster.Item // its AWS:InstanceInformation, put just now
	gone bool         // that is there no more
	ping *muster.Ping // as its record has just been written; nil if it was not
}

// describe tells the index what AWS:InstanceInformation is for the node now: what was put for it, over that what its pings say, and
// over that what the server knows better.
func (f *Fleet) describe(s *state, b *index.Batch, n *node, known facts, now time.Time) {
	n.shown = f.appearance(s, n, now)

	version, captured, entry := muster.Version("1.0"), muster.CaptureTime(""), muster.Entry{}
	switch {
	case known.put != nil:
		version, captured, entry = known.put.Version, known.put.Captured, known.put.Context
		if n.said != 0 && known.ping == nil { // in a load the record came before
			_, _, said := b.Described(n.id)
			entry = said.Over(entry)
		}
	case n.infoReported != 0 || n.said != 0 && !known.gone:
		version, captured, entry = b.Described(n.id)
	}
	entry = entry.Without(suspectedClone)
	if known.ping != nil {
		entry = known.ping.Info.Over(entry)
	}
	if n.said != 0 || n.infoReported == 0 {
		captured = muster.NewCaptureTime(f.since(s, n))
	}
	b.Describe(n.id, cmp.Or(version, "1.0"), captured, f.withOwn(n, entry))
}

// withOwn adds what the server knows better than anybody who puts.
func (f *Fleet) withOwn(n *node, entry muster.Entry) muster.Entry {
	fields := append(make([]muster.Field, 0, len(entry)+4), entry...)
	if _, ok := entry.Get("ResourceType"); !ok || n.said != 0 {
		fields = append(fields, muster.Field{Name: "ResourceType", Value: n.id.ResourceType()})
	}
	if role := n.role(); role != "" {
		fields = append(fields, muster.Field{Name: "IamRole", Value: role})
	}
	if n.shown.cloned {
		fields = append(fields, muster.Field{Name: suspectedClone, Value: "true"})
	}
	fields = append(fields, muster.Field{Name: "InstanceId", Value: string(n.id)}, muster.Field{Name: "InstanceStatus", Value: string(n.shown.status)})
	return muster.NewEntry(fields) // of two with one name the last stands
}

// role is the IamRole that the node was registered with, empty if it was not.
func (n *node) role() string {
	if r := n.registration; r != nil {
		return r.Role
	}
	return ""
}

// suspectedClone is an attribute of muster's own.
const suspectedClone = "SuspectedClone"

// since is the moment that the node came to be as it is shown, unless that is what was put.
func (f *Fleet) since(s *state, n *node) time.Time {
	switch {
	case n.shown.status == muster.ConnectionLost && n.said != 0:
		return n.lastPing().Add(f.PingLostAfter) // as the next start will find it, too
	case n.shown.status == muster.ConnectionLost:
		return f.lostAt(s, n)
	case n.said != 0:
		return n.changed.Time()
	}
	return n.registered.Time()
}

// redescribe tells the index of the nodes whose appearance has changed with the clock. It runs between.
func (f *Fleet) redescribe(s *state, now time.Time) {
	s.hearAll()
	for _, sp := range s.eachSpace() {
		var b *index.Batch
		s.mu.RLock()
		for _, n := range sp.roll {
			n.notHeardAfter(muster.NanosOf(now))
			if f.appearance(s, n, now) == n.shown {
				continue
			}
			if b == nil {
				b = sp.index.Begin()
			}
			f.describe(s, b, n, facts{}, now)
		}
		s.mu.RUnlock()
		if b != nil {
			b.Publish(sp.index.Snapshot().Position())
		}
	}
}
