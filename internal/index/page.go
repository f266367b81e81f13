package index

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// ranking is a bucket on its way to its place.
type ranking struct {
	total int
	label uint32
	place uint32 // among the texts of its column
	at    uint32 // before they were ranked
}

// manyBuckets is above how many it pays to find the places of all of a column's values rather than to compare texts.
const manyBuckets = 512

// cut leaves in the branch the combinations of a part of its outermost buckets, and says whether there are more.
func (w *writer) cut(b *branch, from, size int) (more bool) {
	t, most := b.leaves[0].tables[0], 0
	for _, leaf := range b.leaves {
		most += len(leaf.nodes)
	}
	if most == 0 || from == 0 && size >= most {
		return false
	}
	if leaf := b.leaves[0]; len(b.leaves) == 1 && len(leaf.labels) == 1 && len(leaf.groups) == 0 && few(from+size, most) {
		w.cutBuckets(leaf, from, size)
		return from+size < most
	}
	rankings := w.totals(b)
	from = min(from, len(rankings))
	to := from + min(size, len(rankings)-from)
	wanted := make([]bool, int(t.labelCap())+len(w.texts)) // by label
	for _, r := range w.top(t, b.By.Name, rankings, to)[from:] {
		wanted[r.label] = true
	}
	for _, leaf := range b.leaves {
		leaf.keep(wanted)
		for i := range leaf.groups {
			leaf.groups[i].keep(wanted)
		}
	}
	return to < len(rankings)
}

// cutBuckets does it where a combination is a bucket, and nothing is kept of those that are not on the page.
func (w *writer) cutBuckets(leaf *leafCount, from, size int) {
	best := w.best(leaf.tables[0], from+size, func(yield func(ranking) bool) {
		for i, n := range leaf.nodes {
			if !yield(ranking{total: int(n), label: leaf.labels[0][i]}) {
				return
			}
		}
	})
	for i, r := range best[from:] {
		leaf.nodes[i], leaf.labels[0][i] = uint32(r.total), r.label
	}
	leaf.nodes, leaf.labels[0] = leaf.nodes[:size], leaf.labels[0][:size]
}

// totals gives the outermost buckets, in no order.
func (w *writer) totals(b *branch) (rankings []ranking) {
	combinations := 0
	for _, leaf := range b.leaves {
		combinations += len(leaf.nodes)
	}
	labels := int(b.leaves[0].tables[0].labelCap()) + len(w.texts)
	if few(combinations, labels) {
		return b.totalsOfFew()
	}
	totals := make([]int, labels) // by label
	for _, leaf := range b.leaves {
		for i, n := range leaf.nodes {
			totals[leaf.labels[0][i]] += int(n)
		}
	}
	for label, total := range totals {
		if total > 0 {
			rankings = append(rankings, ranking{total: total, label: uint32(label)})
		}
	}
	return rankings
}

// totalsOfFew does it without looking at each label that there is.
func (b *branch) totalsOfFew() (rankings []ranking) {
	places := map[uint32]int{} // by label
	for _, leaf := range b.leaves {
		for i, n := range leaf.nodes {
			label := leaf.labels[0][i]
			at, ok := places[label]
			if !ok {
				at = len(rankings)
				places[label] = at
				rankings = append(rankings, ranking{label: label})
			}
			rankings[at].total += int(n)
		}
	}
	return rankings
}

// keep drops the combinations whose first label is not wanted.
func (c *combos) keep(wanted []bool) {
	n := 0
	for i, nodes := range c.nodes {
		if !wanted[c.labels[0][i]] {
			continue
		}
		c.nodes[n] = nodes
		for level := range c.labels {
			c.labels[level][n] = c.labels[level][i]
		}
		n++
	}
	c.nodes = c.nodes[:n]
	for level := range c.labels {
		c.labels[level] = c.labels[level][:n]
	}
}

// rank sorts buckets of an attribute by total, the greatest first, and then by text.
func (w *writer) rank(t *table, attribute string, rankings []ranking) {
	if len(rankings) < manyBuckets || len(w.texts) > 0 {
		slices.SortFunc(rankings, w.byText(t))
		return
	}
	places := w.places(t, attribute)
	for i := range rankings {
		rankings[i].place = places[rankings[i].label]
	}
	slices.SortFunc(rankings, func(a, b ranking) int {
		if a.total != b.total {
			return cmp.Compare(b.total, a.total)
		}
		return cmp.Compare(a.place, b.place)
	})
}

// byText compares by total and, where these are the same, by text.
func (e *eval) byText(t *table) func(a, b ranking) int {
	return func(a, b ranking) int {
		if a.total != b.total {
			return cmp.Compare(b.total, a.total)
		}
		return strings.Compare(e.text(t, a.label), e.text(t, b.label))
	}
}

// few says whether it pays to keep the best n of all, and to sort no others.
func few(n, all int) bool { return 0 < n && 8*n <= all }

// top gives the first n buckets by rank.
func (w *writer) top(t *table, attribute string, rankings []ranking, n int) []ranking {
	if few(n, len(rankings)) {
		return w.best(t, n, slices.Values(rankings))
	}
	w.rank(t, attribute, rankings)
	return rankings[:n]
}

// best gives the first n buckets by rank, of more.
func (w *writer) best(t *table, n int, rankings iter.Seq[ranking]) []ranking {
	return bestOf(n, rankings, w.byText(t)) // texts that few of them come to
}

// bestOf gives the first n of many, in order.
func bestOf[T any](n int, all iter.Seq[T], compare func(a, b T) int) []T {
	best := make([]T, 0, n+1)
	for x := range all {
		if len(best) == n && compare(x, best[n-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, x, compare)
		best = slices.Insert(best, at, x)[:min(n, len(best)+1)]
	}
	return best
}

// places gives for each bucket of an attribute which it is by text.
func (e *eval) places(t *table, attribute string) []uint32 {
	places := make([]uint32, t.labelCap())
	n := uint32(0)
	for v := range t.column(attribute).values.from(place{}) {
		places[v] = n // of the value; a bucket is one of its values, and theirs are neighbours
		n++
	}
	return places
}
