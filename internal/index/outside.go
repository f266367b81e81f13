package index

import (
	"fmt"
	"slices"

	"muster"
	"muster/internal/query"
	"muster/internal/volatile"
)

// outside is the attributes of an item's entries that no dictionary row has: the volatile ones, and the item's context.
type outside struct {
	t       *table
	columns []volatile.Column
	context packedContext
}

// outsideOf unpacks what lies outside the rows of the item, of volatile attributes only those wanted; nil wants all.
func (t *table) outsideOf(i *item, wanted func(attribute string) bool) outside {
	_, values := i.rowNumbers().cut()
	columns, err := volatile.Open(t.splits.At(i.split()), []byte(values), i.entries(), wanted)
	if err != nil { // the store checks its bytes, so this one's maker is to blame
		panic(fmt.Sprintf("index: %s of split %d: %v", t.name, i.split(), err))
	}
	return outside{t, columns, i.more().context}
}

// get gives the attribute of the entry at the place. A volatile one goes before the context's.
func (o *outside) get(attribute string, at int) (value string, ok bool) {
	for c := range o.columns {
		if o.columns[c].Name == attribute {
			if value, ok := o.columns[c].Get(at); ok {
				return value, true
			}
		}
	}
	return o.context.get(o.t, attribute)
}

// liesOutside says whether the attribute may be found outside the rows of the type.
func (t *table) liesOutside(attribute string) bool {
	_, isVolatile := slices.BinarySearch(t.volatile, attribute)
	return isVolatile || slices.Contains(t.contextNames, attribute)
}

// needsOutside says whether the term looks at such an attribute.
func (t *table) needsOutside(term query.Term) bool {
	return slices.ContainsFunc(term.Attributes(), t.liesOutside)
}

func (t *table) anyLiesOutside(terms []query.Term) bool {
	return slices.ContainsFunc(terms, t.needsOutside)
}

// noteSplits remembers which attributes are volatile in any version.
func (t *table) noteSplits(s *muster.Splits) {
	t.splits = s
	t.volatile = nil
	for _, attributes := range s.Versions {
		t.volatile = append(t.volatile, attributes...)
	}
	slices.Sort(t.volatile)
	t.volatile = slices.Compact(t.volatile)
}
