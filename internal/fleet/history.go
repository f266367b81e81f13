package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"muster"
	"muster/internal/history"
	"muster/internal/index"
	"muster/internal/store"
)

// What a report changes in an item is worked out before its commit, from what the index has, and counts only if that is what the
// store has when it is decided. It becomes part of the item's history in the same commit.

var (
	// errReadHistory asks Put to come again with the item's history among the reads, where a change was not foreseen.
	errReadHistory = errors.New("the history has to be read")

	// errCompareAgain asks it to come again because the item has moved on since its content was compared.
	errCompareAgain = errors.New("the content has to be compared again")
)

// maxCompares is how often a content is compared. Others may report for the same node without end: then the change is unknown.
const maxCompares = 4

// comparison is what the content that an item is put with changes in it.
type comparison struct {
	from    muster.Position // of the item that it was compared with; 0 if none was there
	differs bool            // so the history has to be read
	packed  []byte          // the change, see internal/history; nil for none
}

// prepare makes the content of the i-th item, and compares it.
func (c *putCall) prepare(x *index.Index, i int) {
	it := &c.put.Items[i]
	content, stable := it.content(x)
	s := x.Snapshot() // behind what the content was numbered by
	before := s.ItemRows(c.put.Node, it.Type, it.subType())
	found := comparison{from: before.At}
	if change, differs := compare(before, content, stable, s.Splits(it.Type)); differs {
		found.differs, found.packed = true, c.pack(change, it)
	}
	c.contents[i], c.comparisons[i] = content, found
}

func (c *putCall) pack(change history.Change, it *PutItem) []byte {
	change.Reported, change.Captured = c.now, it.Captured
	return history.Pack(change)
}

// differs says whether AWS:InstanceInformation is put with something else than what is shown of the node, and so likely than what was
// put before.
func (it *PutItem) differs(s *index.Snapshot, node muster.NodeID) bool {
	for _, shown := range s.Items(node, it.Type) {
		for _, e := range shown.Entries(0, 1) {
			return slices.ContainsFunc(it.Content, func(put muster.Entry) bool {
				return slices.ContainsFunc(put, func(f muster.Field) bool { value, has := e.Get(f.Name); return !has || value != f.Value })
			})
		}
	}
	return false
}

// compare says what becomes of the rows of an item by a content whose entries, without their volatile values, stable gives. Of an item
// that was not there it is nothing.
func compare(before index.ItemRows, content *muster.Content, stable func(at int) muster.Entry, splits *muster.Splits) (c history.Change, differs bool) {
	if before.At == 0 || before.Are(content.Rows) {
		return c, false
	}
	gone, fresh := difference(before.Rows(), content.Rows)
	went, came := make([]muster.Entry, len(gone)), make([]muster.Entry, len(fresh))
	for i, row := range gone {
		went[i] = before.Entry(row)
	}
	for i, at := range fresh {
		came[i] = stable(at)
	}
	if before.Split != content.Split { // an attribute that only one of them has beside its rows makes no difference
		for _, name := range slices.Concat(splits.At(before.Split), splits.At(content.Split)) {
			withoutAttribute(went, name)
			withoutAttribute(came, name)
		}
	}
	return history.Compare(went, came)
}

func withoutAttribute(entries []muster.Entry, name string) {
	for i := range entries {
		entries[i] = entries[i].Without(name)
	}
}

// difference gives the rows that one list has and the other lacks, as often as that is so, and the places of those that are new in the
// other. Order makes no difference, but it hardly ever changes: so it is made use of.
func difference(before, after []muster.RowID) (gone []muster.RowID, fresh []int) {
	for a, b := 0, 0; a < len(before) || b < len(after); {
		if a < len(before) && b < len(after) && before[a] == after[b] {
			a, b = a+1, b+1
			continue
		}
		skipA, skipB := resume(before[a:], after[b:])
		gone = append(gone, before[a:a+skipA]...)
		for range skipB {
			fresh = append(fresh, b)
			b++
		}
		a += skipA
	}
	if len(gone) == 0 || len(fresh) == 0 {
		return gone, fresh
	}
	slices.Sort(gone)
	slices.SortFunc(fresh, func(a, b int) int { return cmp.Compare(after[a], after[b]) })
	return cancel(gone, fresh, after)
}

// resumeWithin is how far apart resume looks for where two lists go on alike.
const resumeWithin = 16

// resume gives how many rows to skip of two lists that do not begin alike.
func resume(before, after []muster.RowID) (skipBefore, skipAfter int) {
	for n := 1; n <= resumeWithin; n++ {
		switch {
		case n < len(before) && n < len(after) && before[n] == after[n]:
			return n, n
		case n < len(before) && len(after) > 0 && before[n] == after[0]:
			return n, 0
		case n < len(after) && len(before) > 0 && after[n] == before[0]:
			return 0, n
		}
	}
	return min(1, len(before)), min(1, len(after))
}

// cancel takes out what both have, which are in order.
func cancel(gone []muster.RowID, fresh []int, after []muster.RowID) (_ []muster.RowID, _ []int) {
	keptGone, keptFresh := gone[:0], fresh[:0]
	for len(gone) > 0 && len(fresh) > 0 {
		switch order := cmp.Compare(gone[0], after[fresh[0]]); {
		case order < 0:
			keptGone, gone = append(keptGone, gone[0]), gone[1:]
		case order > 0:
			keptFresh, fresh = append(keptFresh, fresh[0]), fresh[1:]
		default:
			gone, fresh = gone[1:], fresh[1:]
		}
	}
	return append(keptGone, gone...), append(keptFresh, fresh...)
}

func (c *putCall) historyKey(i int) muster.HistoryKey { return c.keys[1+i].(muster.ItemKey).History() }

func (c *putCall) readsHistory(i int) bool {
	return c.readHistory || c.comparisons != nil && c.comparisons[i].differs
}

// appendHistory adds what becomes of the history of the i-th item, if the put changes what is stored of it.
func (c *putCall) appendHistory(changes []muster.Change, v store.View, i int, stored, item *muster.Item) ([]muster.Change, error) {
	if stored == nil || item.Content == nil {
		return changes, nil
	}
	change, err := c.change(i, stored, item)
	if err != nil || change == nil {
		return changes, err
	}
	if !c.readsHistory(i) {
		return nil, errReadHistory
	}
	var record []byte
	if before := store.Get[*muster.History](v, c.historyKey(i)); before != nil {
		record = before.Packed
	}
	after := &muster.History{Packed: history.Add(record, change)}
	return append(changes, muster.Change{Key: c.historyKey(i), Value: after}), nil
}

// change is what the i-th item changes in the stored one, packed, nil for nothing. What AWS:InstanceInformation says lies in its
// context.
func (c *putCall) change(i int, stored, item *muster.Item) ([]byte, error) {
	it := &c.put.Items[i]
	if it.Type == muster.TypeInstanceInformation {
		if change, differs := history.Compare(entryIn(stored), entryIn(item)); differs {
			return c.pack(change, it), nil
		}
		return nil, nil
	}
	switch found := c.comparisons[i]; {
	case found.from == stored.At:
		return found.packed, nil
	case c.compared+1 < maxCompares:
		return nil, errCompareAgain
	}
	return c.pack(history.Change{Unknown: true}, it), nil
}

// entryIn gives what AWS:InstanceInformation was put with: one entry, or none.
func entryIn(info *muster.Item) []muster.Entry {
	if len(info.Context) == 0 {
		return nil
	}
	return []muster.Entry{info.Context}
}

// ItemHistory is what the last reports changed in an item.
type ItemHistory struct {
	Type    muster.TypeName
	SubType string           // the ComplianceType of an AWS:ComplianceItem
	Changes []history.Change // the newest first
}

// History gives what the last reports of a node changed, by type. The store is asked: nothing of it is in memory.
func (f *Fleet) History(ctx context.Context, space muster.Space, node muster.NodeID) ([]ItemHistory, error) {
	var all []ItemHistory
	err := f.Store.Histories(ctx, []muster.NodeKey{{Space: space, Node: node}}, func(key muster.HistoryKey, h *muster.History) error {
		changes, err := history.Unpack(h.Packed)
		if err != nil {
			return fmt.Errorf("%s: %w", store.NameOf(key), err)
		}
		all = append(all, ItemHistory{key.Type, key.SubType, changes})
		return nil
	})
	slices.SortFunc(all, func(a, b ItemHistory) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.SubType, b.SubType))
	})
	return all, err
}
