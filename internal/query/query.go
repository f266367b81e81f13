// Package query is what can be asked of the fleet, as values: terms, clauses and aggregations, and what a term says of one
// entry. It does not know how a question is answered (that is index) nor how it is written at the wire (that is server).
package query

import (
	"muster"
)

// Op is how a term compares.
type Op uint8

// The six operators of an inventory filter.
const (
	Equal Op = iota
	NotEqual
	BeginWith
	LessThan
	GreaterThan
	Exists
)

// Attr is an attribute of a type.
type Attr struct {
	Type muster.TypeName
	Name string
}

// String gives the attribute as an inventory filter names it, "AWS:Application.Name".
func (a Attr) String() string { return string(a.Type) + "." + a.Name }

// Term is one comparison with an attribute; any of the values may make it true.
type Term struct {
	Attr   Attr
	Op     Op
	Values []string
}

// Clause is one condition on a node. With Any it asks whether one of these conditions is true; with Holds whether the node holds
// an item of one of these types, be it empty; else whether one entry of Type satisfies all of Terms at once. Not turns the answer
// round.
type Clause struct {
	Any   []Where
	Holds []muster.TypeName
	Type  muster.TypeName
	Terms []Term
	Not   bool
}

// Where is a conjunction of clauses. The empty one is true of every node.
type Where []Clause

// Aggregation counts nodes: either by the values of an attribute, with further aggregations inside each value's bucket, or by
// groups, each of which a node matches or not.
type Aggregation struct {
	By     Attr // when Groups is empty
	Groups []Group
	Inner  []Aggregation // only with By
}

// Group is a named condition.
type Group struct {
	Name  string
	Where Where
}

// Tally is the answer to one Aggregation: Buckets for one by attribute, Groups for one by groups.
type Tally struct {
	Buckets []Bucket
	Groups  []GroupCount
}

// Bucket is the nodes that have one value, in lower case, of the aggregation's attribute. Of several aggregations inside one
// another a node counts where a single entry has all the values of one type, and other entries those of the other types.
type Bucket struct {
	Value string
	Count int     // the nodes, when nothing is inside
	Total int     // the sum of the Counts of the innermost buckets below, or Count: what buckets are ordered by
	Inner []Tally // one for each of the aggregation's Inner
}

// GroupCount is how many of the nodes asked about match a group.
type GroupCount struct {
	Name     string
	Matching int
	Not      int
}
