package index

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"muster/internal/query"
)

// CountSearched counts the nodes by those values of an attribute that have the words in them, in upper or lower case: first the values
// that begin with the words, then the others, each by Count, the greatest first, and those with the same by name. It gives so many
// from one on, named by folded text, and how many there are. It fails only when the context ends.
func (s *Snapshot) CountSearched(ctx context.Context, a query.Attr, words string, from, size int) (part []query.Bucket, all int, err error) {
	t := s.table(a.Type)
	if t == nil {
		return nil, 0, nil
	}
	found, err := s.searched(ctx, t, a, query.Fold(words))
	slices.SortStableFunc(found, func(a, b searched) int {
		return cmp.Or(cmp.Compare(min(a.at, 1), min(b.at, 1)), cmp.Compare(b.nodes, a.nodes))
	})
	from = min(from, len(found))
	for _, f := range found[from : from+min(size, len(found)-from)] {
		part = append(part, query.Bucket{Value: query.Fold(f.text), Count: f.nodes, Total: f.nodes})
	}
	return part, len(found), err
}

// searched is a value with the words in it.
type searched struct {
	text  string
	at    int // where the words are
	nodes int
}

// searched gives the values by name.
func (s *Snapshot) searched(ctx context.Context, t *table, a query.Attr, folded string) (found []searched, err error) {
	if t.liesOutside(a.Name) {
		return s.searchedInItems(ctx, a, folded)
	}
	column := t.column(a.Name)
	if column == nil {
		return nil, nil
	}
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	all, together := e.where(nil), e.union() // a node may report before it is described
	now := searched{at: -1}
	flush := func() {
		if now.nodes = together.countIn(all); now.nodes > 0 {
			found = append(found, now)
		}
		together.reset()
	}
	bucket := uint32(0)
	for v := range column.values.from(place{}) { // those of one bucket are neighbours
		value := t.values.get(v)
		if value.bucket != bucket {
			flush()
			bucket, now = value.bucket, searched{text: value.text, at: strings.Index(query.Fold(value.text), folded)}
		}
		if !e.goOn(8 + together.cost()) {
			return nil, e.err
		}
		if now.at < 0 {
			continue
		}
		for row := range t.rowsWith.get(v).each {
			together.add(t.nodesOf(row))
		}
	}
	flush()
	return found, nil
}

// searchedInItems does it where the rows alone do not tell.
func (s *Snapshot) searchedInItems(ctx context.Context, a query.Attr, folded string) (found []searched, err error) {
	tallies, err := s.Count(ctx, nil, []query.Aggregation{{By: a}})
	if err != nil {
		return nil, err
	}
	for _, b := range tallies[0].Buckets { // by Count, and then by name
		if at := strings.Index(b.Value, folded); at >= 0 {
			found = append(found, searched{b.Value, at, b.Count})
		}
	}
	return found, nil
}
