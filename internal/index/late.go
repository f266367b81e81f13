package index

import (
	"math/bits"
	"slices"

	"muster"
	"muster/internal/query"
)

// late is a clause that so many nodes satisfy that they are not brought together: for the first of them by id it is less work to look
// for the clause's rows on one node after the other.
type late struct {
	t      *table
	clause query.Clause
	rows   []uint32 // ascending
	nodes  int      // that have them; one with several of the rows counts several times
	marks  []uint64 // a bit for each row, by the last digits of its number
}

// markBits is how many there are to mark a row, so that few others have a bit that is set.
const markBits = 16

// whereLate is where for the first so many nodes by id: the clauses that it gives are left to firstLate.
func (e *eval) whereLate(where query.Where, limit int) (nodes bitset, left []*late) {
	nodes = e.everybody()
	hits := e.bitset()
	for _, c := range where {
		clear(hits)
		if l := e.clauseOrLate(c, nodes, hits, limit); l != nil {
			left = append(left, l)
		} else {
			nodes.narrow(c, hits)
		}
	}
	return nodes, left
}

// clauseOrLate does what clause does, unless it pays to leave the clause, which it gives then.
func (e *eval) clauseOrLate(c query.Clause, nodes, hits bitset, limit int) *late {
	t := e.table(c.Type)
	if t == nil || t.byNode || len(c.Holds)+len(c.Any) > 0 || t.anyLiesOutside(c.Terms) {
		e.clause(c, nodes, hits)
		return nil
	}
	f, few := e.find(t, c.Terms, hits)
	if !few {
		return nil
	}
	if l := (&late{t: t, clause: c, rows: f.rows}); f.kept == nil && e.pays(l, limit) {
		e.keepRows(&f)
		l.mark()
		return l
	}
	e.hitFound(&f, hits)
	return nil
}

// entryCost is how long it takes to look at an entry of a node, against bringing together a node of a row.
const entryCost = 4

// pays compares bringing the nodes together with the entries of the nodes that have to be looked at to meet as many as wanted, if they
// lie evenly.
func (e *eval) pays(l *late, limit int) bool {
	for _, row := range l.rows {
		l.nodes += l.t.nodes.get(row).len()
	}
	all := e.Nodes()
	pass := min(l.nodes, all)
	if l.clause.Not {
		pass = all - pass
	}
	return pass > 0 && limit < all && l.nodes/entryCost/(1+l.t.entries/all) > limit*all/pass
}

func (l *late) mark() {
	l.rows = slices.Sorted(slices.Values(l.rows))
	l.marks = make([]uint64, 1<<bits.Len(uint(markBits*len(l.rows)/64)))
	for _, row := range l.rows {
		*l.word(row) |= 1 << (row % 64)
	}
}

func (l *late) word(row uint32) *uint64 { return &l.marks[int(row/64)&(len(l.marks)-1)] }

// holdAll says whether the node satisfies the clauses, and adds how many entries had to be looked at.
func (e *eval) holdAll(left []*late, r *record, looked *int) bool {
	for _, l := range left {
		of := r.of(l.t)
		for i := range of {
			*looked += of[i].entries()
			e.goOn(of[i].entries())
		}
		if slices.ContainsFunc(of, l.hasRow) == l.clause.Not {
			return false
		}
	}
	return true
}

func (l *late) hasRow(i item) bool {
	for row := range i.rowNumbers().each {
		if *l.word(row)&(1<<(row%64)) == 0 {
			continue
		}
		if _, ok := slices.BinarySearch(l.rows, row); ok {
			return true
		}
	}
	return false
}

// firstLate is first of the nodes that satisfy the late clauses too. If far more have to be looked at than was expected, the clauses'
// nodes are brought together after all.
func (e *eval) firstLate(nodes bitset, left []*late, after muster.NodeID, limit int) []muster.NodeID {
	if len(left) == 0 {
		return e.first(nodes, after, limit)
	}
	budget := 0
	for _, l := range left {
		budget += l.nodes / entryCost
	}
	found := make([]muster.NodeID, 0, limit)
	looked, walked := 0, 0
	for ordinal := range e.byID.from(e.placeAfter(after)) {
		if !e.goOn(1) || len(found) == limit || looked > budget {
			break
		}
		if !nodes.has(ordinal) {
			continue
		}
		r := e.records.get(ordinal)
		if e.holdAll(left, r, &looked) {
			found = append(found, r.id)
		}
		walked++
	}
	e.visit(walked, looked)
	if looked <= budget {
		e.plan("%d nodes found by looking at %d in order of id", len(found), walked)
		return found
	}
	hits := e.bitset()
	for _, l := range left {
		clear(hits)
		e.hit(l.t, slices.Values(l.rows), hits)
		nodes.narrow(l.clause, hits)
	}
	return e.first(nodes, after, limit)
}
