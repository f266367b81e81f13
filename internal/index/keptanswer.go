package index

import (
	"math"
	"slices"
	"strings"

	"muster/internal/query"
)

// answer is a kept count as it is answered: all outermost buckets in their order. Whoever asks for a part of it shares it, so it is never
// changed, but replaced by one in which the buckets are others of which a count has changed.
type answer struct {
	buckets []query.Bucket
	labels  []uint32 // beside them
	reused  int      // of the columns: a label may mean something else since
	cells   int      // about its size
}

// keptPage answers from the kept count of the whole fleet, if that is what is asked for and the answer is there or worth making: for all
// of it, or for a later page, after which others will follow. It says false if not.
func (e *eval) keptPage(a query.Aggregation, nodes bitset, from, size int) (page query.Tally, more, ok bool) {
	if !slices.Equal(nodes, e.everybody()) {
		return page, false, false
	}
	path, tables := []query.Attr{a.By}, []*table{e.table(a.By.Type)}
	for inner := a; len(inner.Inner) > 0; {
		inner = inner.Inner[0]
		path, tables = append(path, inner.By), append(tables, e.table(inner.By.Type))
	}
	unheld := func(t *table) bool { return t == nil || t.holders.len() == 0 }
	if slices.ContainsFunc(tables, unheld) || len(path) == 1 && e.setsAreCheaper(tables[0], a.By.Name, nodes.count()) {
		return page, false, false
	}
	k, done := e.keptCount(path, tables, true)
	if k == nil {
		return page, false, e.err != nil
	}
	defer done()
	if k.parts[len(k.parts)-1].levels[0] != 0 || from == 0 && size < math.MaxInt && k.answerIsFar() {
		return page, false, false
	}
	k.answerAll(e, a, path, tables)
	e.plan("count by %v: the kept answer", path)
	all := k.answer.buckets
	from = min(from, len(all))
	to := from + min(size, len(all)-from)
	page.Buckets = all[from:to:to]
	return page, to < len(all), true
}

// answerIsFar says whether to bring the answer to the counts takes far longer than to make a page without it.
func (k *keptCount) answerIsFar() bool {
	return k.answer == nil || len(k.dirty) > len(k.answer.labels)/4
}

// answerAll brings the answer to the counts.
func (k *keptCount) answerAll(e *eval, a query.Aggregation, path []query.Attr, tables []*table) {
	reused := 0
	for level, t := range tables {
		if c := t.column(path[level].Name); c != nil {
			reused += c.reused
		}
	}
	switch {
	case k.answer == nil || k.answer.reused != reused:
		k.answer = k.write(e, a, tables, nil)
	case len(k.dirty) > 0:
		last, labels := k.parts[len(k.parts)-1], map[uint32]bool{}
		for _, group := range k.dirty {
			labels[last.outermost(group)] = true
		}
		k.answer = k.answer.with(k.write(e, a, tables, labels), labels)
	}
	k.answer.reused, k.dirty = reused, k.dirty[:0]
}

// write makes the answer of some outermost labels, or of all if they are nil.
func (k *keptCount) write(e *eval, a query.Aggregation, tables []*table, labels map[uint32]bool) *answer {
	leaf := &leafCount{combos: combos{tables: tables, labels: make([][]uint32, len(tables))}}
	k.addTo(&leaf.combos, labels)
	leaf.sort(len(e.texts))
	w := &writer{eval: e}
	made := &answer{buckets: w.whole(chainOf(a, leaf)).Buckets, cells: 14*w.buckets.taken + 12*w.tallies.taken}
	for _, r := range w.rankings {
		made.labels = append(made.labels, r.label)
	}
	return made
}

// chainOf is the branch of an aggregation that counts along a single path.
func chainOf(a query.Aggregation, leaf *leafCount) *branch {
	b := &branch{Aggregation: a, leaves: []*leafCount{leaf}}
	if len(a.Inner) > 0 {
		b.inner = []*branch{chainOf(a.Inner[0], leaf)}
	}
	return b
}

// with gives the answer in which the buckets of some labels are replaced.
func (a *answer) with(fresh *answer, labels map[uint32]bool) *answer {
	merged := &answer{
		buckets: make([]query.Bucket, 0, len(a.buckets)+len(fresh.buckets)),
		labels:  make([]uint32, 0, len(a.labels)+len(fresh.labels)),
	}
	add := func(from *answer, at int) {
		merged.buckets = append(merged.buckets, from.buckets[at])
		merged.labels = append(merged.labels, from.labels[at])
	}
	next := 0
	for at, label := range a.labels {
		if labels[label] {
			continue
		}
		for ; next < len(fresh.labels) && before(&fresh.buckets[next], &a.buckets[at]); next++ {
			add(fresh, next)
		}
		add(a, at)
	}
	for ; next < len(fresh.labels); next++ {
		add(fresh, next)
	}
	merged.cells = a.cells / max(1, len(a.labels)) * len(merged.labels)
	return merged
}

// before is the order of outermost buckets.
func before(a, b *query.Bucket) bool {
	if a.Total != b.Total {
		return a.Total > b.Total
	}
	return strings.Compare(a.Value, b.Value) < 0
}
