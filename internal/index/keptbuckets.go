package index

import (
	"cmp"
	"math/bits"
	"slices"
)

// keptBuckets is the nodes of those outermost buckets of a kept count that have the most. How many of them pass a filter is found some hundred
// times as fast as by their rows.
type keptBuckets struct {
	greatest []ranking // by total, the greatest first; nil where it has to be found anew
	below    int       // no other bucket has more
	nodes    map[uint32]*bucketNodes
	unfit    bool // nodes are in so many groups of a bucket that theirs are not kept
}

// bucketNodes is the nodes of one bucket.
type bucketNodes struct {
	all   bitset
	again []uint32 // those that are in several of its groups, once for each further one
}

func (b *bucketNodes) countIn(nodes bitset) int {
	n := b.all.countBoth(nodes)
	for _, ordinal := range b.again {
		if nodes.has(ordinal) {
			n++
		}
	}
	return n
}

func (b *bucketNodes) add(ordinal uint32) {
	b.all = append(b.all, make(bitset, max(0, int(ordinal/64)+1-len(b.all)))...)
	if b.all.has(ordinal) {
		b.again = append(b.again, ordinal)
	}
	b.all.put(ordinal)
}

func (b *bucketNodes) remove(ordinal uint32) {
	b.all[ordinal/64] &^= 1 << (ordinal % 64)
	b.again = slices.DeleteFunc(b.again, func(again uint32) bool { return again == ordinal })
}

// size is in cells.
func (k *keptBuckets) size() (cells int) {
	for _, b := range k.nodes {
		cells += 2*len(b.all) + len(b.again)
	}
	return cells
}

// giveUpBuckets gives up their nodes, unless somebody uses the count. It gives what room that makes.
func (k *keptCount) giveUpBuckets() (cells int) {
	select {
	case k.turn <- struct{}{}:
		cells = k.keptBuckets.size()
		k.cells -= cells
		k.keptBuckets = keptBuckets{}
		<-k.turn
	default:
	}
	return cells
}

// move takes a node out of the buckets of the groups that it was in and puts it into those that it is in.
func (k *keptBuckets) move(last *trie, ordinal uint32, before, after []uint32) {
	k.greatest = nil
	for _, group := range before {
		if b := k.nodes[last.outermost(group)]; b != nil {
			b.remove(ordinal)
		}
	}
	for _, group := range after {
		if b := k.nodes[last.outermost(group)]; b != nil {
			b.add(ordinal)
		}
	}
}

// findGreatest finds the buckets whose nodes may be kept: of so many nodes, as many as take half of what is kept of all counts.
func (k *keptCount) findGreatest(f *first) {
	b := &k.keptBuckets
	if b.greatest != nil {
		return
	}
	f.most = zeroed(f.most, int(f.t.labelCap()))
	for _, counts := range k.counts {
		for group, n := range counts {
			if n > 0 {
				f.most[f.last.outermost(uint32(group))] += int(n)
			}
		}
		f.goOn(len(counts))
	}
	keep := f.Snapshot.kept.room / 2 / (2 * len(f.nodes))
	b.greatest = bestOf(keep+1, func(yield func(ranking) bool) {
		for label, total := range f.most {
			if total > 0 && !yield(ranking{total: total, label: uint32(label)}) {
				return
			}
		}
	}, func(a, b ranking) int { return cmp.Compare(b.total, a.total) })
	f.goOn(len(f.most))
	b.below = 0
	if len(b.greatest) > keep {
		b.below, b.greatest = b.greatest[keep].total, b.greatest[:keep]
	}
	kept := map[uint32]*bucketNodes{}
	for _, r := range b.greatest {
		if nodes := b.nodes[r.label]; nodes != nil {
			kept[r.label] = nodes
		}
	}
	b.nodes = kept
}

// keep makes sure that the nodes of the buckets are there, unless they are unfit or the context ends.
func (f *first) keep(buckets []ranking) {
	var missing [][]firstRow // by bucket
	for _, r := range buckets {
		if f.kept.nodes[r.label] == nil {
			missing = append(missing, f.rowsOf(r))
		}
	}
	if len(missing) == 0 {
		return
	}
	made := make([]*bucketNodes, len(missing))
	f.share(shares(), len(missing), func(e *eval, _, from, to int) {
		defer e.release()
		everybody, group := e.everybody(), e.bitset()
		for at := from; at < to && e.err == nil; at++ {
			made[at] = e.nodesOfBucket(f.t, missing[at], everybody, group)
		}
	})
	if f.err != nil {
		return
	}
	if slices.Contains(made, nil) {
		f.kept.unfit, f.kept.nodes = true, nil
		return
	}
	for at, rows := range missing {
		f.kept.nodes[rows[0].label] = made[at]
	}
}

// rowsOf gives the rows of a bucket, those of one group together.
func (f *first) rowsOf(bucket ranking) (rows []firstRow) {
	for v := range f.t.spellings(f.t.column(f.last.attributes[0]), f.text(f.t, bucket.label)) {
		for row := range f.t.rowsWith.get(v).each {
			if group := f.last.group(f.t, row); group != 0 {
				rows = append(rows, firstRow{bucket.label, group, row, bucket.total})
			}
		}
	}
	f.goOn(len(rows))
	slices.SortFunc(rows, func(a, b firstRow) int { return cmp.Compare(a.group, b.group) })
	return rows
}

// nodesOfBucket brings the nodes of the rows together, with the memory of a bitset. It gives nil if more of them would be there again than a
// bitmap takes.
func (e *eval) nodesOfBucket(t *table, rows []firstRow, everybody, group bitset) *bucketNodes {
	b := &bucketNodes{all: make(bitset, len(everybody))}
	clear(group)
	for at, r := range rows {
		nodes := t.nodes.get(r.row)
		group.or(nodes)
		e.goOn(1 + nodes.len())
		if at+1 < len(rows) && rows[at+1].group == r.group {
			continue
		}
		group.and(everybody)
		for i, word := range group {
			for twice := word & b.all[i]; twice != 0; twice &= twice - 1 {
				b.again = append(b.again, uint32(i*64+bits.TrailingZeros64(twice)))
			}
			b.all[i] |= word
		}
		if len(b.again) > 2*len(b.all) {
			return nil
		}
		clear(group)
	}
	return b
}

// byBuckets finds the buckets by the nodes that are kept of the greatest ones, given how many nodes pass. It says false if others may come
// first.
func (f *first) byBuckets(passing int) bool {
	if len(f.kept.parts) > 1 && !f.tables[f.kept.parts[0].table].byNode {
		return false // a node counts once for each of its groups of the first part
	}
	if f.kept.unfit {
		return false
	}
	f.kept.findGreatest(f)
	left, below := f.kept.greatest, f.kept.below
	// If buckets were as frequent among the nodes that pass as among all, the last one wanted would have so many. Most often it has more.
	likely := 0
	if len(left) >= f.wanted {
		likely = left[f.wanted-1].total * passing / f.Nodes()
	}
	for len(left) > 0 && f.mayBeBest(left[0].total) && f.err == nil {
		n := min(len(left), 16)
		for n < len(left) && left[n].total >= likely {
			n++
		}
		if f.keep(left[:n]); f.kept.unfit {
			f.best = nil
			return false
		}
		for _, r := range left[:n] {
			if !f.mayBeBest(r.total) || f.err != nil {
				break
			}
			f.goOn(len(f.nodes))
			f.place(firstBucket{ranking: ranking{label: r.label, total: f.kept.nodes[r.label].countIn(f.nodes)}})
		}
		left = left[n:]
	}
	if below > 0 && f.mayBeBest(below) {
		return false
	}
	f.plan("the first %d buckets, by the nodes that are kept of %d", f.wanted, len(f.kept.nodes))
	f.countCells()
	return true
}

// countCells counts those of the best buckets, whose nodes are kept.
func (f *first) countCells() {
	if len(f.last.attributes) == 1 {
		for i := range f.best {
			f.countOneCell(&f.best[i])
		}
		return
	}
	rows := make([][]firstRow, len(f.best))
	for i, b := range f.best {
		rows[i] = f.rowsOf(b.ranking)
	}
	f.share(shares(), len(f.best), func(e *eval, _, from, to int) {
		defer e.release()
		part := *f
		part.eval, part.together = e, e.union()
		for i := from; i < to && e.err == nil; i++ {
			part.count(&f.best[i], rows[i])
		}
	})
}

// countOneCell counts that of a bucket that is not divided, for each group of the first of two parts.
func (f *first) countOneCell(b *firstBucket) {
	group, nodes := f.last.childOf(root, b.label), f.kept.nodes[b.label]
	for _, a := range f.among {
		if n := nodes.countIn(a.nodes); n > 0 {
			b.cells = append(b.cells, groupCell{[2]uint32{a.group, group}, uint32(n)})
		}
	}
	f.goOn(len(f.among) * len(f.nodes))
}
