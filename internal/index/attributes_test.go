package index

import (
	"fmt"
	"slices"
	"strings"

	"muster"
	"muster/internal/query"
)

// compareAttributes holds the attributes of every type against those that its entries have. Only AWS:InstanceInformation has no rows
// but those of the nodes that are there.
func compareAttributes(s *Snapshot, m *model) error {
	for _, typ := range types {
		values := map[string][]string{} // by attribute
		for _, n := range m.nodes {
			for key, it := range n.items {
				for _, e := range it.seen {
					for _, f := range e {
						if key.typ == typ && !slices.Contains(values[f.Name], f.Value) {
							values[f.Name] = append(values[f.Name], f.Value)
						}
					}
				}
			}
		}
		got := s.Attributes(typ)
		if !slices.IsSortedFunc(got, func(a, b AttributeStats) int { return strings.Compare(a.Name, b.Name) }) {
			return fmt.Errorf("the attributes of %s are %v", typ, got)
		}
		for _, a := range got {
			if typ == muster.TypeInstanceInformation && !a.Outside && a.Distinct != len(values[a.Name]) {
				return fmt.Errorf("%s.%s has %d values, want %q", typ, a.Name, a.Distinct, values[a.Name])
			}
		}
		for name, spelt := range values {
			if !slices.ContainsFunc(got, func(a AttributeStats) bool { return a.Name == name }) {
				return fmt.Errorf("%s has no %s among %v", typ, name, got)
			}
			for _, text := range spelt {
				if found := s.Spelling(query.Attr{Type: typ, Name: name}, query.Fold(text)); !strings.EqualFold(found, text) {
					return fmt.Errorf("%s.%s: %q is spelt %q", typ, name, text, found)
				}
			}
		}
	}
	return nil
}
