package index

import "muster"

// ItemRows is the dictionary rows of an item.
type ItemRows struct {
	At    muster.Position // of the put
	Split uint32          // the version of the type's splits that the item was put under
	Rows  []muster.RowID  // in the order they were put

	table *table
}

// ItemRows gives those of an item that was put. Of one that is not there At is 0.
func (s *Snapshot) ItemRows(node muster.NodeID, name muster.TypeName, subType string) ItemRows {
	r, t := s.record(node), s.table(name)
	if r == nil || t == nil {
		return ItemRows{}
	}
	at, found := r.find(t.id, subType)
	if !found {
		return ItemRows{}
	}
	i := &r.items[at]
	rows := i.rowNumbers().appendTo(make([]uint32, 0, i.rows))
	held := ItemRows{At: i.at, Split: i.split, Rows: make([]muster.RowID, len(rows)), table: t}
	for n, row := range rows {
		held.Rows[n] = muster.RowID(row)
	}
	return held
}

// Entry gives the entry of one of the rows, without its volatile values. Its strings are the index's and may be kept.
func (r ItemRows) Entry(row muster.RowID) muster.Entry { return r.table.entry(uint32(row)) }
