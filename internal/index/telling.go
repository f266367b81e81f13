package index

import (
	"muster"
	"muster/internal/query"
)

// Telling gives those of an entry's attributes that tell it from the others in its type's dictionary: in the order given, the first
// that it has, and then each that fewer entries have together with those before, until one is left. An attribute that may lie outside
// the dictionary is left out.
func (s *Snapshot) Telling(name muster.TypeName, e muster.Entry, order []string) (telling []muster.Field) {
	t := s.table(name)
	if t == nil {
		return nil
	}
	var rows []uint32
	for _, attribute := range order {
		value, ok := e.Get(attribute)
		c := t.column(attribute)
		if !ok || c == nil || t.liesOutside(attribute) {
			continue
		}
		fewer := t.rowsSaying(c, value, rows)
		if telling != nil && len(fewer) == len(rows) {
			continue
		}
		rows, telling = fewer, append(telling, muster.Field{Name: attribute, Value: value})
		if len(rows) <= 1 {
			break
		}
	}
	return telling
}

// rowsSaying gives those of the rows that have the value in any spelling; of no rows, those of all.
func (t *table) rowsSaying(c *column, value string, of []uint32) (rows []uint32) {
	for v := range t.spellings(c, query.Fold(value)) {
		has := t.rowsWith.get(v)
		if of == nil {
			for row := range has.each {
				rows = append(rows, row)
			}
			continue
		}
		for _, row := range of {
			if has.has(row) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}
