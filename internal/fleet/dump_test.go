package fleet

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"muster"
	"muster/internal/history"
)

// dump is all that can be seen of a fleet, in lines.
func dump(f *Fleet, spaces ...muster.Space) []string {
	var lines []string
	note := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, sp := range spaces {
		s := f.Snapshot(sp)
		ids := nodesOf(f, sp)
		if s.Nodes() != len(ids) {
			note("%s: %d nodes in the index, %d in the registry", sp, s.Nodes(), len(ids))
		}
		for _, id := range ids {
			n, _ := f.Node(sp, id)
			note("%s %s", sp, nodeLine(id, n))
		}
		for _, t := range s.Types() {
			note("%s %s is held by %d", sp, t.Type, t.Nodes)
			for _, id := range ids {
				for _, it := range s.Items(id, t.Type) {
					var entries []muster.Entry
					for _, e := range it.Entries(0, it.Len()) {
						entries = append(entries, e)
					}
					note("%s %s", sp, itemLine(id, t.Type, it.SubType, it.Version, it.Captured, it.Reported, it.Context, entries))
				}
			}
		}
		for _, t := range f.CustomTypes(sp) {
			note("%s %s: %+v", sp, t, *f.CustomType(sp, t))
		}
		for _, d := range f.Deletions(sp) {
			note("%s %s", sp, deletionLine(&d.Deletion))
		}
	}
	return append(lines, dumpHistories(f, spaces...)...)
}

// dumpHistories has a line for each change of an item, the newest first.
func dumpHistories(f *Fleet, spaces ...muster.Space) []string {
	var nodes []muster.NodeKey
	for _, sp := range spaces {
		for _, id := range nodesOf(f, sp) {
			nodes = append(nodes, muster.NodeKey{Space: sp, Node: id})
		}
	}
	var lines []string
	err := f.Store.Histories(context.Background(), nodes, func(key muster.HistoryKey, h *muster.History) error {
		changes, err := history.Unpack(h.Packed)
		for i, c := range changes {
			lines = append(lines, historyLine(muster.ItemKey(key), i, changeLine(c)))
		}
		return err
	})
	if err != nil {
		lines = append(lines, err.Error())
	}
	slices.Sort(lines)
	return lines
}

func historyLine(item muster.ItemKey, at int, change string) string {
	return fmt.Sprintf("%s %s %s %q changed %d: %s", item.Space, item.Node, item.Type, item.SubType, at, change)
}

// changeLine leaves out which entries are the same thing before and after.
func changeLine(c history.Change) string {
	var went, came []muster.Entry
	for _, r := range c.Rows {
		if r.Before != nil {
			went = append(went, r.Before)
		}
		if r.After != nil {
			came = append(came, r.After)
		}
	}
	if c.Unknown || len(went) != c.Removed+c.Changed || len(came) != c.Added+c.Changed {
		return fmt.Sprintf("not all is kept: %+v", c)
	}
	return entriesLine(c.Reported, c.Captured, went, came)
}

func entriesLine(reported time.Time, captured muster.CaptureTime, went, came []muster.Entry) string {
	slices.SortFunc(went, muster.Entry.Compare)
	slices.SortFunc(came, muster.Entry.Compare)
	return fmt.Sprintf("%s %s %q became %q", reported.UTC().Format(time.RFC3339), captured, went, came)
}

// nodesOf gives the registered nodes.
func nodesOf(f *Fleet, name muster.Space) []muster.NodeID {
	s := f.state.Load()
	sp := s.space(name)
	if sp == nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(sp.nodes))
}

func nodeLine(id muster.NodeID, n muster.Node) string {
	for _, t := range []*time.Time{&n.Registered, &n.Reported, &n.Reporter.Last, &n.Former.Last, &n.Clone} {
		*t = t.Round(0).UTC()
	}
	pings := "never"
	if n.Ping != nil {
		pings = fmt.Sprint(n.Ping.Last.UTC(), n.Ping.Changed.UTC())
		n.Ping = nil
	}
	registration := muster.Registration{}
	if n.Registration != nil {
		registration, n.Registration = *n.Registration, nil
	}
	return fmt.Sprintf("%s: %+v pinged %s registered as %+v", id, n, pings, registration)
}

func itemLine(id muster.NodeID, t muster.TypeName, sub string, v muster.Version, captured muster.CaptureTime, reported time.Time, context muster.Entry, entries []muster.Entry) string {
	return fmt.Sprintf("%s %s %q: %s %s %s %q %q", id, t, sub, v, captured, reported.UTC().Format(time.RFC3339), []muster.Field(context), entries)
}

func deletionLine(d *muster.Deletion) string {
	return fmt.Sprintf("deletion of %s %s %q at %s: %+v", d.Type, d.Option, d.Token, d.Started.UTC().Format(time.RFC3339), d.Counts)
}

// diff gives the lines that one list has and the other has not.
func diff(got, want []string) string {
	var b strings.Builder
	for _, l := range got {
		if !slices.Contains(want, l) {
			fmt.Fprintf(&b, "got  %s\n", l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			fmt.Fprintf(&b, "want %s\n", l)
		}
	}
	if b.Len() == 0 && !slices.Equal(got, want) {
		return "the same lines in another order or number"
	}
	return b.String()
}

// same fails the test if the fleet shows something else than one that is loaded from its store.
func (r *rig) same() {
	r.t.Helper()
	live, position := dump(r.Fleet, here, there), r.Snapshot(here).Position()
	r.reopen()
	if got := r.Snapshot(here).Position(); got < position {
		r.t.Errorf("loaded, the fleet is at position %d, and was at %d", got, position)
	}
	if d := diff(live, dump(r.Fleet, here, there)); d != "" {
		r.t.Errorf("the live fleet (got) and the store (want) differ:\n%s", d)
	}
}
