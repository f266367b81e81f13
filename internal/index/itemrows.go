package index

import "muster"

// ItemRows is the dictionary rows of an item.
type ItemRows struct {
	At    muster.Position // of the put
	Split uint32          // the version of the type's splits that the item was put under

	rows  packed
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
	return ItemRows{At: i.at, Split: i.split(), rows: i.rowNumbers(), table: t}
}

// Rows gives the rows in the order they were put.
func (r ItemRows) Rows() []muster.RowID {
	rows := make([]muster.RowID, 0, r.rows.n)
	for row := range r.rows.each {
		rows = append(rows, muster.RowID(row))
	}
	return rows
}

// Are says whether the rows are these, in their order.
func (r ItemRows) Are(rows []muster.RowID) bool {
	if len(rows) != int(r.rows.n) {
		return false
	}
	i := 0
	for row := range r.rows.each {
		if rows[i] != muster.RowID(row) {
			return false
		}
		i++
	}
	return true
}

// Entry gives the entry of one of the rows, without its volatile values. Its strings are the index's and may be kept.
func (r ItemRows) Entry(row muster.RowID) muster.Entry { return r.table.entry(uint32(row)) }
