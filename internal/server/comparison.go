package server

import (
	"context"
	"slices"

	"muster"
	"muster/internal/ask"
	"muster/internal/fleet"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/schema"
)

// Comparison is two groups of nodes, and what sets them apart in words that ask for it.
type Comparison struct {
	Fleet    *fleet.Fleet
	Space    muster.Space
	Snapshot *index.Snapshot
	Sides    [2]query.Where
	Nodes    [2]int // how many each has, once Differences was asked
}

// Difference is something that one side has more often, and on how many of its nodes.
type Difference struct {
	Type   muster.TypeName
	Fields []muster.Field // none for the type as such
	Filter ask.Filter     // which the nodes that have it pass
	Nodes  [2]int
	Score  float64 // the share of the first side's nodes that have it, less that of the second's: from -1 to 1
}

// MaxDifferences is the most that are asked for at once.
const MaxDifferences = 1000

// Differences gives a part of them, so many from one on, the greatest first, and says whether there are more.
func (c *Comparison) Differences(ctx context.Context, from, size int) (all []Difference, more bool, err error) {
	found, err := c.Snapshot.Compare(ctx, c.Sides[0], c.Sides[1], from+size)
	if err != nil {
		return nil, false, err
	}
	c.Nodes = found.Nodes
	for _, d := range found.Differences[min(from, len(found.Differences)):] {
		if told, ok := c.told(d); ok {
			all = append(all, told)
		}
	}
	// Entries that a filter cannot tell from one another are counted together, as the filter finds them.
	for i := range c.Sides {
		if err := c.count(ctx, i, all); err != nil {
			return nil, false, err
		}
	}
	for i, d := range all {
		all[i].Score = c.Share(0, d) - c.Share(1, d)
	}
	return all, found.More, nil
}

// Share is that of a side's nodes that have the difference.
func (c *Comparison) Share(side int, d Difference) float64 {
	return float64(d.Nodes[side]) / float64(max(1, c.Nodes[side]))
}

// told makes the filter for the nodes that have it: of an entry, by those of its attributes that tell it from others. Of an entry
// that has none to ask for, it says false.
func (c *Comparison) told(d index.Difference) (told Difference, ok bool) {
	told = Difference{Type: d.Type, Fields: d.Entry, Filter: ask.Has(d.Type)}
	if d.Entry == nil {
		return told, true
	}
	names := AttributesOf(c.Fleet, c.Space, d.Type)
	for _, f := range d.Entry {
		names = append(names, f.Name) // those that no schema knows; the others are there already, and tell nothing more
	}
	telling := c.Snapshot.Telling(d.Type, d.Entry, names)
	if d.Whole {
		told.Fields = telling
	} else {
		telling = telling[:min(1, len(telling))] // entries that have one of them have all
	}
	var equals []ask.Filter
	for _, f := range telling {
		equals = append(equals, ask.Equal(query.Attr{Type: d.Type, Name: f.Name}.String(), f.Value))
	}
	told.Filter = ask.Apart(ask.And(equals...))
	return told, len(equals) > 0
}

// count says of each difference how many nodes of the side have it.
func (c *Comparison) count(ctx context.Context, side int, all []Difference) error {
	attribute := Attribute(c.Fleet, c.Space, c.Snapshot)
	var groups []query.Group
	for _, d := range all {
		passes, err := d.Filter.Where(attribute)
		if err != nil {
			return err
		}
		groups = append(groups, query.Group{Where: passes})
	}
	tallies, err := c.Snapshot.Count(ctx, c.Sides[side], []query.Aggregation{{Groups: groups}})
	if err != nil {
		return err
	}
	for i, g := range tallies[0].Groups {
		all[i].Nodes[side] = g.Matching
	}
	return nil
}

// AttributesOf gives the attributes of a type in the order of its schema, nil if nothing knows it.
func AttributesOf(f *fleet.Fleet, space muster.Space, t muster.TypeName) []string {
	if builtin, ok := schema.Builtin(t); ok {
		var names []string
		for _, a := range builtin.Attributes {
			names = append(names, a.Name)
		}
		return names
	}
	if custom := f.CustomType(space, t); custom != nil && len(custom.Versions) > 0 {
		return slices.Clone(custom.Versions[len(custom.Versions)-1].Attributes)
	}
	return nil
}
