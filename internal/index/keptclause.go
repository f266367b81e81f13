package index

import (
	"slices"
	"strconv"
	"sync"

	"muster/internal/query"
)

// keptClauses is the rows of clauses that were asked for, and the nodes of those that were asked for again: of the pages of an answer, or
// of a question that somebody asks every minute. Nobody keeps them up to date. The rows hold as long as the dictionary is the same, and the
// nodes as long as each row has the nodes that it had, which a glance tells: so what nodes report of other rows does not touch them.
type keptClauses struct {
	room int // bounds what is held of all together, in bytes

	mu   sync.Mutex
	held []*keptClause // the one asked for last comes last
}

const (
	// clauseRoom is 8 MB: two hundred clauses of a fleet of 100,000 nodes.
	clauseRoom = 8 << 20

	// fewRows bounds the rows of a clause that is kept, and of one that is late.
	fewRows = 1024
)

// keptClause is what was found about a clause. It never changes.
type keptClause struct {
	key     string
	edition int // of the table
	rows    []uint32
	prints  []setPrint // of the nodes of each row; nil until they were brought together
	nodes   bitset
}

func (k *keptClause) size() int { return len(k.key) + 4*len(k.rows) + 8*len(k.prints) + 8*len(k.nodes) }

// setPrint tells two states of a row's set apart.
type setPrint uint64

// print is of a set in a snapshot: a batch that changes one with several members gives it its generation.
func (s set) print() setPrint {
	if s.many != nil {
		return setPrint(s.many.gen<<1 | 1)
	}
	return setPrint(s.one) << 1
}

// take gives what is kept under the key, nil if nothing is.
func (k *keptClauses) take(key string) *keptClause {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := slices.IndexFunc(k.held, func(c *keptClause) bool { return c.key == key })
	if at < 0 {
		return nil
	}
	c := k.held[at]
	k.held = append(slices.Delete(k.held, at, at+1), c)
	return c
}

// put keeps the clause in the place of what has its key, and gives up what was not asked for the longest when there is too much.
func (k *keptClauses) put(c *keptClause) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = append(slices.DeleteFunc(k.held, func(have *keptClause) bool { return have.key == c.key }), c)
	total := 0
	for i, have := range slices.Backward(k.held) {
		if total += have.size(); total > k.room {
			k.held = slices.Delete(k.held, 0, i+1)
			return
		}
	}
}

// foundRows is the rows that satisfy the terms of a clause, of which there are few, and what was kept of it.
type foundRows struct {
	t    *table
	key  string
	rows []uint32
	kept *keptClause // nil if nobody has asked before
}

// find gives the rows that satisfy the terms. If they are many, it puts their nodes into hits and says false.
func (e *eval) find(t *table, terms []query.Term, hits bitset) (f foundRows, few bool) {
	f = foundRows{t: t, key: clauseKey(t, terms)}
	if f.kept = e.clauses.take(f.key); f.kept != nil && f.kept.edition == t.edition {
		e.plan("%s: %d of %d rows, as found before", t.name, len(f.kept.rows), t.rows)
		f.rows = f.kept.rows
		return f, true
	}
	few = true
	for row := range e.rowsThat(t, terms) {
		if f.rows = append(f.rows, row); len(f.rows) == fewRows {
			e.hit(t, slices.Values(f.rows), hits)
			f.rows, few = f.rows[:0], false
		}
	}
	if !few {
		e.hit(t, slices.Values(f.rows), hits)
	}
	return f, few
}

// clauseKey tells the terms from all others.
func clauseKey(t *table, terms []query.Term) string {
	key := strconv.AppendUint(make([]byte, 0, 256), uint64(t.id), 10)
	for _, term := range terms {
		key = strconv.AppendQuote(key, term.Attr.Name)
		key = strconv.AppendUint(key, uint64(term.Op), 10)
		for _, value := range term.Values {
			key = strconv.AppendQuote(key, value)
		}
	}
	return string(key)
}

// hitFound puts the nodes of the rows into hits.
func (e *eval) hitFound(f *foundRows, hits bitset) {
	if nodes, ok := f.keptNodes(); ok {
		e.plan("%s: their nodes, as found before", f.t.name)
		hits.orBits(nodes)
		return
	}
	if f.kept == nil {
		e.hit(f.t, slices.Values(f.rows), hits)
		e.keepRows(f)
		return
	}
	nodes, prints := make(bitset, len(hits)), make([]setPrint, len(f.rows))
	for i, row := range f.rows {
		prints[i] = f.t.nodes.get(row).print()
	}
	e.hit(f.t, slices.Values(f.rows), nodes)
	hits.orBits(nodes)
	if e.err == nil {
		e.clauses.put(&keptClause{f.key, f.t.edition, f.rows, prints, nodes})
	}
}

// keepRows lets the next one who asks know the rows, and that somebody has asked.
func (e *eval) keepRows(f *foundRows) {
	if e.err == nil {
		e.clauses.put(&keptClause{key: f.key, edition: f.t.edition, rows: f.rows})
	}
}

// keptNodes gives the nodes of the rows as they were kept, unless they hold no more.
func (f *foundRows) keptNodes() (nodes bitset, ok bool) {
	k := f.kept
	if k == nil || k.prints == nil || k.edition != f.t.edition && !slices.Equal(k.rows, f.rows) {
		return nil, false
	}
	for i, row := range k.rows {
		if f.t.nodes.get(row).print() != k.prints[i] {
			return nil, false
		}
	}
	return k.nodes, true
}
