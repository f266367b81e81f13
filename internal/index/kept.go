package index

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"muster/internal/query"
)

// keptCounts is the counts of whole fleets that were asked for, each along one path of attributes. Nobody keeps them up to date:
// whoever asks next takes the nodes whose records differ between the snapshot that was counted and the one that is asked, which
// are few and found by the pages that the two do not share, and counts those alone. So a count that nobody asks for costs the
// writer nothing, and one that is asked for again and again costs what has changed.
//
// A kept count holds its snapshot, and with it the pages that have been replaced since. Therefore it is given up when much of the
// fleet has changed.
type keptCounts struct {
	room int // bounds what is held of all paths together, in cells of four bytes

	mu   sync.Mutex
	held []*keptCount // the one asked for last comes last
}

// maxKept bounds how many paths are remembered.
const maxKept = 64

// keptRoom is 64 MB.
const keptRoom = 16 << 20

// take gives the count along the path, and if there is none, an empty one or nil.
func (k *keptCounts) take(path string, begin bool) *keptCount {
	k.mu.Lock()
	defer k.mu.Unlock()
	var c *keptCount
	if at := slices.IndexFunc(k.held, func(c *keptCount) bool { return c.path == path }); at >= 0 {
		c = k.held[at]
		k.held = slices.Delete(k.held, at, at+1)
	} else if begin {
		k.held = k.held[max(0, len(k.held)-maxKept+1):]
		c = &keptCount{path: path, turn: make(chan struct{}, 1)}
	} else {
		return nil
	}
	k.held = append(k.held, c)
	return c
}

// noteSize gives up what was not asked for the longest, when there is too much: first the nodes of buckets, which are found again soonest.
func (k *keptCounts) noteSize(c *keptCount) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c.cells, c.behind = c.size(), 0
	total := 0
	for _, held := range k.held {
		total += held.cells
	}
	for _, held := range k.held {
		if total > k.room && held != c {
			total -= held.giveUpBuckets()
		}
	}
	for total > k.room && len(k.held) > 1 {
		total -= k.held[0].cells
		k.held = slices.Delete(k.held, 0, 1)
	}
}

// noteChanges gives up the counts that too many changes part from the present.
func (k *keptCounts) noteChanges(changed, nodes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = slices.DeleteFunc(k.held, func(c *keptCount) bool {
		c.behind += changed
		return c.behind > 1000+nodes/8
	})
}

// keptCount takes the kept count along the path, brought to the snapshot, until done. It is nil if there is none that helps, or the
// context has ended.
func (e *eval) keptCount(path []query.Attr, tables []*table, begin bool) (k *keptCount, done func()) {
	var name strings.Builder
	for level, a := range path {
		if tables[level].liesOutside(a.Name) {
			return nil, nil
		}
		fmt.Fprintf(&name, "%q %q ", a.Type, a.Name)
	}
	if k = e.kept.take(name.String(), begin); k == nil {
		return nil, nil
	}
	select {
	case k.turn <- struct{}{}:
	case <-e.ctx.Done():
		e.err = e.ctx.Err()
		return nil, nil
	}
	if k.tooWide || !k.bringTo(e, path, tables) || e.err != nil {
		<-k.turn
		return nil, nil
	}
	return k, func() {
		e.kept.noteSize(k)
		<-k.turn
	}
}

// countByKept counts the nodes, n of them, with what is kept of the whole fleet: by taking out the other nodes, if these are
// fewer, else at least by its groups. It says false if nothing is kept that helps.
func (e *eval) countByKept(c *combos, path []query.Attr, nodes bitset, n int) bool {
	others := e.everybody()
	others.andNot(nodes)
	left := others.count()
	k, done := e.keptCount(path, c.tables, left < n || e.wanted > 0 && n > int(e.records.cap())/64)
	if k == nil {
		return e.err != nil
	}
	defer done()
	switch {
	case left > 0 && e.wanted > 0 && k.addFirst(c, e, nodes, e.wanted, n < 4*left): // with fewer others, these are taken out sooner than the rows of all these nodes are walked
	case left < n:
		e.plan("count by %v: the kept count of all nodes, without %d", path, left)
		k.without(e, others).addTo(c, nil)
	default:
		e.plan("count by %v: %d nodes, by the groups of the kept count", path, n)
		k.only(e, nodes).addTo(c, nil)
	}
	return true
}
