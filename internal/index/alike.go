package index

import (
	"context"

	"muster"
	"muster/internal/query"
)

// Alike is items that have the same sub-type and the same entry.
type Alike struct {
	SubType string
	Entry   muster.Entry // without its item's context, and without what is volatile in it
	Items   int
}

// Alike counts the items of a type of which each has one entry, of the nodes that satisfy where, by what they say. Items with fewer
// or more entries are left out. They come by no certain order. It fails only when the context ends.
func (s *Snapshot) Alike(ctx context.Context, where query.Where, name muster.TypeName) ([]Alike, error) {
	t := s.table(name)
	if t == nil {
		return nil, nil
	}
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	hits := e.where(where)
	type said struct {
		subType string
		row     uint32
	}
	counts := map[said]int{}
	var rows []uint32
	for ordinal := range t.holders.each {
		if !e.goOn(1) {
			break
		}
		if !hits.has(ordinal) {
			continue
		}
		of := s.records.get(ordinal).of(t)
		for i := range of {
			if numbers := of[i].rowNumbers(); numbers.n == 1 {
				rows = numbers.appendTo(rows[:0])
				counts[said{of[i].more().subType, rows[0]}]++
			}
		}
	}
	if e.err != nil {
		return nil, e.err
	}
	all := make([]Alike, 0, len(counts))
	for of, n := range counts {
		all = append(all, Alike{of.subType, t.entry(of.row), n})
	}
	return all, nil
}
