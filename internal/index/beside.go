package index

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"muster/internal/query"
)

// CountBeside counts the nodes by the values that the attribute by has in entries in which a has the value: of one application its
// versions. It is the bucket of that value of a Count by the two, which counts every other value too. Buckets are named by folded
// text and come by Count, the greatest first, those with the same by name. It fails only when the context ends.
func (s *Snapshot) CountBeside(ctx context.Context, a query.Attr, value, by string) ([]query.Bucket, error) {
	t := s.table(a.Type)
	if t == nil {
		return nil, nil
	}
	if t.liesOutside(a.Name) || t.liesOutside(by) {
		return s.countBesideInItems(ctx, a, value, by)
	}
	e := &eval{Snapshot: s, ctx: ctx}
	defer e.release()
	named, counted := t.column(a.Name), t.column(by)
	if named == nil || counted == nil {
		return nil, nil
	}
	rows := map[uint32][]uint32{} // by bucket
	for v := range t.spellings(named, query.Fold(value)) {
		for row := range t.rowsWith.get(v).each {
			if !e.goOn(1) {
				return nil, e.err
			}
			if other := counted.get(row); other != 0 {
				bucket := t.values.get(other).bucket
				rows[bucket] = append(rows[bucket], row)
			}
		}
	}
	var buckets []query.Bucket
	all, together := e.where(nil), e.union() // a node may report before it is described
	for bucket, rows := range rows {
		for _, row := range rows {
			together.add(t.nodesOf(row))
		}
		if !e.goOn(len(rows) + together.cost()) {
			return nil, e.err
		}
		if n := together.countIn(all); n > 0 {
			buckets = append(buckets, query.Bucket{Value: e.text(t, bucket), Count: n, Total: n})
		}
		together.reset()
	}
	slices.SortFunc(buckets, func(a, b query.Bucket) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return buckets, nil
}

// countBesideInItems does it where the rows alone do not tell.
func (s *Snapshot) countBesideInItems(ctx context.Context, a query.Attr, value, by string) ([]query.Bucket, error) {
	inner := query.Aggregation{By: query.Attr{Type: a.Type, Name: by}}
	tallies, err := s.Count(ctx, nil, []query.Aggregation{{By: a, Inner: []query.Aggregation{inner}}})
	if err != nil {
		return nil, err
	}
	for _, b := range tallies[0].Buckets {
		if b.Value == query.Fold(value) {
			return b.Inner[0].Buckets, nil
		}
	}
	return nil, nil
}
