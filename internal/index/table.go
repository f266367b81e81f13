package index

import (
	"hash/maphash"
	"iter"
	"slices"

	"muster"
	"muster/internal/query"
)

// table is the dictionary of one type: its distinct rows by column, which rows have a value, and which nodes have a row. It is
// persistent; tablewriter.go has what only the writer may do.
//
// In the table of AWS:InstanceInformation as the fleet derives it, every row belongs to one node and has its ordinal for a
// number: nothing repeats there, so a dictionary would only cost.
type table struct {
	gen     generation
	name    muster.TypeName
	id      uint32
	byNode  bool
	loading bool // a load is under way

	columns  vector[*column] // by column id, from 1
	names    order           // column ids by name
	width    uint32          // the number of columns
	values   vector[value]
	rowsWith sets           // by value: the rows that have it
	shape    vector[uint32] // by row: its shape, 0 if the row is not defined
	prints   vector[print]  // by row, likewise
	shapes   [][]uint32     // column ids in the order of their names; appended to, never written over
	nodes    sets           // by row: the nodes that have it; unused byNode
	holders  set            // the nodes that hold an item of the type, be it empty

	rows         int              // defined
	distinct     int              // values
	entries      int              // in all items
	contextNames []string         // attributes that have occurred in an item's context; appended to, never written over
	volatile     []string         // attributes that are volatile in any of splits, sorted
	versions     []muster.Version // that items have had; appended to, never written over
	splits       *muster.Splits
	rebuckets    int // how often values that are there got another bucket
	edition      int // how often rows were set or cleared

	*ledger
}

// ledger is what the versions of a table share. All but the finder of rows is the writer's alone.
type ledger struct {
	pieces      *Texts // for values, those of the index
	contents    Texts  // those that came first: apart from names, which stay for longer, and from other types, which change more often
	seed        maphash.Seed
	printSeed   maphash.Seed
	rowIDs      finder
	valueIDs    finder
	shapeIDs    map[string]uint32
	versionIDs  map[muster.Version]uint32
	freeValues  []uint32
	retired     map[uint32]uint64 // rows that are defined and not found, and when they were retired
	retirements uint64
	unplaced    bool     // a load has put off what place does
	orphans     []uint32 // values that perhaps no row has any more, for place
	valueCap    uint32   // above every value id
	lastShape   uint32

	interned, spare []pair // scratch, see intern
	packing         []byte // likewise, see packContext
}

func newTable(g generation, name muster.TypeName, id uint32) *table {
	return &table{
		gen: g, name: name, id: id,
		shapes: [][]uint32{nil},
		ledger: &ledger{seed: maphash.MakeSeed(), printSeed: maphash.MakeSeed(), shapeIDs: map[string]uint32{}, versionIDs: map[muster.Version]uint32{}, retired: map[uint32]uint64{}, valueCap: 1},
	}
}

// nodesOf gives the nodes that have the row.
func (t *table) nodesOf(row uint32) set {
	if t.byNode {
		return set{one: row + 1}
	}
	return t.nodes.get(row)
}

// column gives the column of an attribute, nil if no row ever had it.
func (t *table) column(name string) *column {
	id, ok := t.names.get(t.placeOfName(name))
	if c := t.columns.get(id); ok && c.name == name {
		return c
	}
	return nil
}

func (t *table) placeOfName(name string) place {
	return t.names.find(func(id uint32) bool { return t.columns.get(id).name < name })
}

// entry gives a row as it was put. Its strings are the dictionary's.
func (t *table) entry(row uint32) muster.Entry { return t.appendEntry(muster.Entry{}, row) }

// appendEntry is entry in the memory behind e.
func (t *table) appendEntry(e muster.Entry, row uint32) muster.Entry {
	shape := t.shapes[t.shape.get(row)]
	e = slices.Grow(e, len(shape))
	for _, id := range shape {
		c := t.columns.get(id)
		e = append(e, muster.Field{Name: c.name, Value: t.values.get(c.get(row)).text})
	}
	return e
}

// is says whether the row is defined and equals the entry.
func (t *table) is(row uint32, e muster.Entry) bool {
	id := t.shape.get(row)
	if id == 0 || len(t.shapes[id]) != len(e) {
		return false
	}
	for i, at := range t.shapes[id] {
		c := t.columns.get(at)
		if c.name != e[i].Name || t.values.get(c.get(row)).text != e[i].Value {
			return false
		}
	}
	return true
}

// lookup gives the row that equals the entry.
func (t *table) lookup(e muster.Entry) (row uint32, ok bool) {
	hash, print := t.hash(e)
	return t.rowIDs.find(hash, func(row uint32) bool { return t.prints.get(row) == print })
}

// print is a hash of a row that stands for it: to compare the row itself, with its dozen values from all over the memory, takes ten
// times as long as the rest of a look-up. With the other hash, which finds it, that makes 95 bits, by keys that are made anew in
// each process and never shown.
type print uint64

func (l *ledger) hash(e muster.Entry) (hash uint32, p print) {
	room := [1024]byte{} // one piece is hashed faster than a dozen
	buffer := room[:0]
	for _, f := range e {
		if len(buffer)+len(f.Name)+len(f.Value)+2 > len(room) {
			return l.hashLong(e)
		}
		buffer = append(buffer, f.Name...)
		buffer = append(buffer, 0xff) // in no UTF-8 text
		buffer = append(buffer, f.Value...)
		buffer = append(buffer, 0xff)
	}
	return uint32(maphash.Bytes(l.seed, buffer)), print(maphash.Bytes(l.printSeed, buffer) | 1) // 0 is no row
}

// hashLong is hash for an entry that would take memory to be in one piece.
func (l *ledger) hashLong(e muster.Entry) (hash uint32, p print) {
	var both [2]maphash.Hash
	both[0].SetSeed(l.seed)
	both[1].SetSeed(l.printSeed)
	for i := range both {
		for _, f := range e {
			both[i].WriteString(f.Name)
			both[i].WriteByte(0xff)
			both[i].WriteString(f.Value)
			both[i].WriteByte(0xff)
		}
	}
	return uint32(both[0].Sum64()), print(both[1].Sum64() | 1)
}

// placeOfValue gives the place of a text among a column's values: they are in the order of the folded texts, so that those that
// differ in case only are neighbours and those with one prefix are a range.
func (t *table) placeOfValue(c *column, text string) place {
	folded := query.Fold(text)
	return c.values.find(func(id uint32) bool {
		have := t.values.get(id).text
		c := query.CompareFold(have, folded)
		return c < 0 || c == 0 && have < text
	})
}

// spellings gives the values of a column whose folded text is the one given.
func (t *table) spellings(c *column, folded string) iter.Seq[uint32] {
	return t.valuesWhile(c, folded, func(have string) bool { return query.CompareFold(have, folded) == 0 })
}

// withPrefix gives the values of a column whose folded text begins so.
func (t *table) withPrefix(c *column, folded string) iter.Seq[uint32] {
	return t.valuesWhile(c, folded, func(have string) bool { return query.HasPrefixFold(have, folded) })
}

// valuesWhile gives the values from the first that is not before the folded text, as long as they are wanted.
func (t *table) valuesWhile(c *column, folded string, wanted func(text string) bool) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		start := c.values.find(func(id uint32) bool { return query.CompareFold(t.values.get(id).text, folded) < 0 })
		for id := range c.values.from(start) {
			if !wanted(t.values.get(id).text) || !yield(id) {
				return
			}
		}
	}
}

// rowCap is above every row number in use.
func (t *table) rowCap() uint32 { return max(t.shape.cap(), t.nodes.cap()) }
