package index

import (
	"slices"
	"strings"

	"muster"
)

// AttributeStats is how much there is of an attribute in the dictionary of its type.
type AttributeStats struct {
	Name     string
	Rows     int  // distinct entries that have it
	Distinct int  // its values there
	Outside  bool // entries have it outside the dictionary, too, since its values hardly repeat or hold for all of an item
}

// Attributes gives those that the type's entries have, by name. It costs a few operations for each 500 distinct values.
func (s *Snapshot) Attributes(name muster.TypeName) []AttributeStats {
	t := s.table(name)
	if t == nil {
		return nil
	}
	var all []AttributeStats
	for id := range t.names.from(place{}) {
		if c := t.columns.get(id); c.rows > 0 {
			all = append(all, AttributeStats{c.name, c.rows, c.values.len(), t.liesOutside(c.name)})
		}
	}
	for _, name := range slices.Concat(t.volatile, t.contextNames) {
		if !slices.ContainsFunc(all, func(a AttributeStats) bool { return a.Name == name }) {
			all = append(all, AttributeStats{Name: name, Outside: true})
		}
	}
	slices.SortFunc(all, func(a, b AttributeStats) int { return strings.Compare(a.Name, b.Name) })
	return all
}
