package index

import (
	"cmp"
	"slices"
	"sync"

	"muster"
	"muster/internal/query"
)

// Snapshot is the fleet at one position. It never changes and is safe for any number of goroutines.
type Snapshot struct {
	gen      generation
	position muster.Position
	byID     order           // node ordinals by NodeID
	records  vector[*record] // by ordinal; nil for none
	tables   []*table        // by table id; the first is AWS:InstanceInformation
	ids      map[muster.TypeName]uint32
	bitsets  *sync.Pool
	scratch  *sync.Pool // of first
	kept     *keptCounts
	clauses  *keptClauses
	work     *Work // nil unless somebody wants to know
}

// Position is that of the last commit the snapshot has seen.
func (s *Snapshot) Position() muster.Position { return s.position }

// Nodes is how many nodes there are.
func (s *Snapshot) Nodes() int { return s.described().len() }

// Has says whether there is such a node.
func (s *Snapshot) Has(node muster.NodeID) bool {
	r := s.record(node)
	return r != nil && r.described()
}

// described is the nodes that exist: those that the fleet has described.
func (s *Snapshot) described() set { return s.tables[0].holders }

// table gives the table of the name, or nil.
func (s *Snapshot) table(name muster.TypeName) *table {
	if id, ok := s.ids[name]; ok {
		return s.tables[id]
	}
	return nil
}

// record gives the node's record, or nil.
func (s *Snapshot) record(node muster.NodeID) *record {
	if ordinal, ok := s.byID.get(s.placeOf(node)); ok {
		if r := s.records.get(ordinal); r.id == node {
			return r
		}
	}
	return nil
}

func (s *Snapshot) placeOf(node muster.NodeID) place {
	return s.byID.find(func(ordinal uint32) bool { return s.records.get(ordinal).id < node })
}

// HasAttribute says whether any node ever had the attribute, be it in a dictionary row or outside.
func (s *Snapshot) HasAttribute(a query.Attr) bool {
	t := s.table(a.Type)
	return t != nil && (t.column(a.Name) != nil || t.liesOutside(a.Name))
}

// Splits gives how the contents of a type are parted, nil if they are not. It is not to be changed.
func (s *Snapshot) Splits(name muster.TypeName) *muster.Splits {
	if t := s.table(name); t != nil {
		return t.splits
	}
	return nil
}

// TypeStats is how much there is of a type.
type TypeStats struct {
	Type    muster.TypeName
	Nodes   int // that hold it
	Rows    int // distinct entries that its dictionary has
	Entries int // of all its items
}

// Types gives the types that any node holds, by name.
func (s *Snapshot) Types() []TypeStats {
	var types []TypeStats
	for _, t := range s.tables {
		if n := t.holders.len(); n > 0 {
			types = append(types, TypeStats{t.name, n, t.rows, t.entries})
		}
	}
	slices.SortFunc(types, func(a, b TypeStats) int { return cmp.Compare(a.Type, b.Type) })
	return types
}

// Stats is what the index holds, for metrics.
type Stats struct {
	Nodes   int
	Types   int // tables, of types that nobody holds any more too
	Rows    int // distinct entries
	Values  int // distinct values of an attribute
	Entries int // of all items
}

// Stats counts what the snapshot holds. It costs a few operations a type.
func (s *Snapshot) Stats() Stats {
	stats := Stats{Nodes: s.Nodes(), Types: len(s.tables)}
	for _, t := range s.tables {
		stats.Rows += t.rows
		stats.Entries += t.entries
		stats.Values += t.distinct
	}
	return stats
}
