package index

import "muster"

// Dictionaries gives the types that have dictionary rows.
func (s *Snapshot) Dictionaries() []muster.TypeName {
	var names []muster.TypeName
	for _, t := range s.tables {
		if !t.byNode && t.rows > 0 {
			names = append(names, t.name)
		}
	}
	return names
}

// Unused gives those rows of a dictionary that no node has, of so many numbers above the one given. It gives the last number that
// it looked at, which is 0 when there are none above it.
func (s *Snapshot) Unused(name muster.TypeName, after muster.RowID, look int) (unused []muster.RowID, last muster.RowID) {
	t := s.table(name)
	if t == nil {
		return nil, 0
	}
	for row := uint32(after) + 1; row < t.shape.cap(); row++ {
		if look--; look < 0 {
			return unused, muster.RowID(row - 1)
		}
		if t.shape.get(row) != 0 && t.nodes.get(row).len() == 0 {
			unused = append(unused, muster.RowID(row))
		}
	}
	return unused, 0
}

// Retired is rows that were retired together.
type Retired struct {
	Rows []muster.RowID
	mark uint64 // a row that is used again and then retired again has another
}

// Retire keeps Lookup from finding rows that no node has, until one has them again. It gives those of the rows that it was new for.
// Like StillRetired it is the writer's, between batches.
func (x *Index) Retire(name muster.TypeName, rows []muster.RowID) Retired {
	t := x.Snapshot().table(name)
	t.retirements++
	now := Retired{mark: t.retirements}
	for _, id := range rows {
		row := uint32(id)
		if t.retired[row] != 0 || t.shape.get(row) == 0 || t.nodes.get(row).len() > 0 {
			continue
		}
		t.retired[row] = now.mark
		t.rowIDs.remove(t.hashOf(row), row)
		now.Rows = append(now.Rows, id)
	}
	return now
}

// StillRetired gives those of the rows that no node has had since.
func (x *Index) StillRetired(name muster.TypeName, r Retired) (still []muster.RowID) {
	t := x.Snapshot().table(name)
	for _, id := range r.Rows {
		if t.retired[uint32(id)] == r.mark {
			still = append(still, id)
		}
	}
	return still
}

func (t *table) hashOf(row uint32) uint32 {
	hash, _ := t.hash(t.entry(row))
	return hash
}

// revive lets Lookup find a row again.
func (t *table) revive(row uint32) {
	if t.retired[row] != 0 {
		delete(t.retired, row)
		t.rowIDs.add(t.hashOf(row), row)
	}
}

// Undefine takes rows that no node has out of their dictionary. Their numbers are not used again.
func (b *Batch) Undefine(name muster.TypeName, rows []muster.RowID) {
	b.waitBeside()
	t := b.table(name)
	for _, id := range rows {
		row := uint32(id)
		if t.shape.get(row) == 0 {
			continue
		}
		if t.retired[row] == 0 {
			t.rowIDs.remove(t.hashOf(row), row)
		}
		delete(t.retired, row)
		t.clearRow(b.next.gen, row)
		t.nodes.drop(b.next.gen, row)
	}
}
