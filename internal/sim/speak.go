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

// report speaks for a node as the agent does: what the server has accepted before goes as a hash, and if the server does not know
// a hash, all goes again in full. It is where a node's other conversations with a server would begin.
func (r *Run) report(ctx context.Context, sp *speaker, i, generation int) (sent, error) {
	var out sent
	var sums [types]uint64
	id := r.Fleet.id(i)
	err := r.Target.put(ctx, sp, id, func(s *Scratch) (items []ssmapi.InventoryItem) {
		items, sums = r.due(s, i, generation)
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
		out.resent, out.content = true, out.content+types
		err = r.Target.put(ctx, sp, id, func(s *Scratch) []ssmapi.InventoryItem { return r.Fleet.Report(s, i, generation) })
	}
	if err == nil {
		r.known[i] = known{true, int32(generation), sums}
	}
	return out, err
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
