package index

import "muster/internal/query"

// Spelling gives a value of the attribute, which buckets have in lower case, as some node has spelt it. A value that no dictionary
// row has stays as it is.
func (s *Snapshot) Spelling(a query.Attr, folded string) string {
	if t := s.table(a.Type); t != nil {
		if c := t.column(a.Name); c != nil {
			for v := range t.spellings(c, folded) {
				return t.values.get(v).text
			}
		}
	}
	return folded
}
