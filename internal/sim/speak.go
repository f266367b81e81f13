package sim

import (
	"context"
	"errors"

	"muster"
	"muster/internal/client"
	"muster/internal/ssmapi"
)

// known is what a node remembers of the server's answers, which is all that it needs for the hash protocol.
type known struct {
	reported   bool
	generation int32         // of the last accepted report
	sums       [types]uint64 // which its hashes are made of
}

// sent is what became of one report.
type sent struct {
	content, hashes int
	resent          bool
}

// report speaks for a node as an administrator may.
func (r *Run) report(ctx context.Context, sp *speaker, i, generation int) (sent, error) {
	return r.speak(i, generation, func(report func(*Scratch) []ssmapi.InventoryItem) error {
		return r.Target.put(ctx, sp, r.id(i), report)
	})
}

// speak reports as the agent does: what the server has accepted before goes as a hash, and if the server does not know a hash, all
// goes again in full.
func (r *Run) speak(i, generation int, put func(report func(*Scratch) []ssmapi.InventoryItem) error) (sent, error) {
	var out sent
	var sums [types]uint64
	err := put(func(s *Scratch) (items []ssmapi.InventoryItem) {
		items, sums = r.due(s, i, generation)
		items = items[r.first():]
		for n := range items {
			if items[n].Content == nil {
				out.hashes++
			} else {
				out.content++
			}
		}
		return items
	})
	if unknownHash(err) {
		out.resent, out.content = true, out.content+types-r.first()
		err = put(func(s *Scratch) []ssmapi.InventoryItem { return r.Fleet.Report(s, i, generation)[r.first():] })
	}
	if err == nil {
		r.known[i] = known{true, int32(generation), sums}
	}
	return out, err
}

// id is the node's: its own, or the one that it registered as.
func (r *Run) id(i int) muster.NodeID {
	if r.life != nil {
		return r.life.agents[i].id
	}
	return r.Fleet.id(i)
}

// first is the first item that is put. AWS:InstanceInformation is before all others, and agents tell that by their pings.
func (r *Run) first() int {
	if r.life != nil {
		return 1
	}
	return 0
}

// due gives what the node has to report, and what its items come to. If nothing has befallen it, the content need not be made up
// again to know the hashes.
func (r *Run) due(s *Scratch, i, generation int) ([]ssmapi.InventoryItem, [types]uint64) {
	k := &r.known[i]
	if k.reported && r.Fleet.still(i, int(k.generation), generation) {
		return r.Fleet.hashes(s, i, generation, &k.sums), k.sums
	}
	items := r.Fleet.Report(s, i, generation)
	for n := range items {
		if k.reported && k.sums[n] == s.sums[n] {
			hashOnly(&items[n], items[types-1].SchemaVersion)
		}
	}
	return items, s.sums
}

// hashOnly takes the content away and, as the AWS agent does by mistake, gives the item the version of the last one of the call.
func hashOnly(it *ssmapi.InventoryItem, last *muster.Version) {
	it.Content, it.SchemaVersion = nil, last
}

// unknownHash says whether a put was refused because the server has other content than the hash is of, or none.
func unknownHash(err error) bool {
	if refused, ok := errors.AsType[*client.Error](err); ok {
		return refused.Code == muster.CodeItemContentMismatch
	}
	refused, ok := errors.AsType[*muster.Error](err)
	return ok && refused.Code == muster.CodeItemContentMismatch
}
