package index

import (
	"iter"

	"muster/internal/query"
)

// writer makes the answer's tree of what was counted. A fleet has hundreds of thousands of buckets, so they are cut from slabs.
type writer struct {
	*eval
	buckets slab[query.Bucket]
	tallies slab[query.Tally]
	groups  slab[query.GroupCount]
	spans   slab[span]

	// The buckets of each depth under way, as they come, and their order; in the end those of the outermost.
	pending  []query.Bucket
	rankings []ranking
}

// span is a range of a leaf's combinations: those that begin with the labels of the buckets that one is in.
type span struct{ from, to int }

func (w *writer) whole(b *branch) query.Tally {
	w.pending, w.rankings = w.pending[:0], w.rankings[:0]
	spans := make([]span, len(b.leaves))
	for i, leaf := range b.leaves {
		spans[i].to = len(leaf.nodes)
	}
	tally, _ := w.tally(b, 0, spans)
	return tally
}

// tally writes what is below a bucket, whose combinations are the spans, one for each of the branch's leaves. The total is what
// it adds to the bucket's.
func (w *writer) tally(b *branch, depth int, spans []span) (t query.Tally, total int) {
	if len(b.Groups) > 0 {
		return w.groupTally(b, spans[0])
	}
	buckets, ranked := len(w.pending), len(w.rankings)
	for label, spans := range w.runs(b, depth, spans) {
		bucket := w.bucket(b, depth, spans)
		bucket.Value = w.text(b.leaves[0].tables[depth], label)
		w.rankings = append(w.rankings, ranking{total: bucket.Total, label: label, at: uint32(len(w.pending) - buckets)})
		w.pending = append(w.pending, bucket)
		total += bucket.Total
	}
	rankings := w.rankings[ranked:]
	if len(rankings) > 1 {
		w.rank(b.leaves[0].tables[depth], b.By.Name, rankings)
	}
	t.Buckets = w.buckets.take(len(rankings))
	for i, r := range rankings {
		t.Buckets[i] = w.pending[buckets+int(r.at)]
	}
	if depth > 0 {
		w.pending, w.rankings = w.pending[:buckets], w.rankings[:ranked]
	}
	return t, total
}

// runs gives the labels at a depth in the spans of any leaf, ascending, and for each the spans that have it.
func (w *writer) runs(b *branch, depth int, spans []span) iter.Seq2[uint32, []span] {
	return func(yield func(uint32, []span) bool) {
		runs := w.spans.take(len(spans))
		for i := range spans {
			runs[i] = span{spans[i].from, spans[i].from}
		}
		for {
			least, found := uint32(0), false
			for i, leaf := range b.leaves {
				if at := runs[i].to; at < spans[i].to && (!found || leaf.labels[depth][at] < least) {
					least, found = leaf.labels[depth][at], true
				}
			}
			if !found {
				return
			}
			for i, leaf := range b.leaves {
				at := runs[i].to
				runs[i].from = at
				for at < spans[i].to && leaf.labels[depth][at] == least {
					at++
				}
				runs[i].to = at
			}
			if !yield(least, runs) {
				return
			}
		}
	}
}

func (w *writer) bucket(b *branch, depth int, spans []span) query.Bucket {
	if len(b.inner) == 0 {
		n := int(b.leaves[0].nodes[spans[0].from])
		return query.Bucket{Count: n, Total: n}
	}
	bucket := query.Bucket{Inner: w.tallies.take(len(b.inner))}
	for i, inner := range b.inner {
		tally, total := w.tally(inner, depth+1, spans[:len(inner.leaves)])
		bucket.Inner[i] = tally
		bucket.Total += total
		spans = spans[len(inner.leaves):]
	}
	return bucket
}

// groupTally writes the groups of one combination.
func (w *writer) groupTally(b *branch, at span) (t query.Tally, total int) {
	leaf := b.leaves[0]
	t.Groups = w.groups.take(len(b.Groups))
	for i, g := range b.Groups {
		t.Groups[i].Name = g.Name
		if at.from < at.to {
			matching := int(leaf.matching[i][at.from])
			t.Groups[i].Matching = matching
			t.Groups[i].Not = int(leaf.nodes[at.from]) - matching
		}
	}
	if at.from < at.to {
		total = int(leaf.nodes[at.from])
	}
	return t, total
}

// slab cuts slices from chunks, so that many small ones cost few allocations.
type slab[T any] struct {
	chunk []T
	size  int
	taken int // in all
}

// take gives n zero values.
func (s *slab[T]) take(n int) []T {
	s.taken += n
	if len(s.chunk) < n {
		s.size = min(max(8, 2*s.size), 4096)
		s.chunk = make([]T, max(n, s.size))
	}
	taken := s.chunk[:n:n]
	s.chunk = s.chunk[n:]
	return taken
}
