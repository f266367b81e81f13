package index

import "muster/internal/query"

// HasAttribute says whether any node ever had the attribute in an entry, or in an item's context.
func (s *Snapshot) HasAttribute(a query.Attr) bool {
	t := s.table(a.Type)
	return t != nil && (t.column(a.Name) != nil || t.inContext(a.Name))
}
