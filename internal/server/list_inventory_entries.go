package server

import (
	"context"
	"iter"
	"slices"

	"muster"
	"muster/internal/access"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// entryCursor is how many of the type's entries lie behind, those that no filter let pass among them. When the node reports the
// type anew between two pages, the run goes on at the same place in the new report.
type entryCursor struct {
	Offset int `json:"o"`
}

// listInventoryEntries gives the entries of one type on one node, in the order in which they were put.
func (s *Server) listInventoryEntries(ctx context.Context, c access.Caller, in *ssmapi.ListInventoryEntriesInput) (*ssmapi.ListInventoryEntriesOutput, error) {
	node, t := *in.InstanceId, *in.TypeName
	snapshot := s.fleet.Snapshot(c.Space)
	if !snapshot.Has(node) {
		return nil, muster.ErrInvalidInstanceID(node)
	}
	if !schema.ValidTypeName(t) {
		return nil, muster.ErrUnknownType(t)
	}
	terms, err := s.vocabulary(c.Space, snapshot).entryTerms(t, in.Filters)
	if err != nil {
		return nil, err
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	q := question{access.ListInventoryEntries, c.Space, params}
	at, err := cursor[entryCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}

	out := &ssmapi.ListInventoryEntriesOutput{TypeName: t, InstanceId: node, Entries: ssmapi.Entries{}}
	items := snapshot.Items(node, t)
	out.SchemaVersion, out.CaptureTime = newest(items)
	size := pageSize(in.MaxResults, muster.MaxPage)
	for offset, e := range Entries(items, at.Offset) {
		if !matchesAll(terms, e) {
			continue
		}
		if len(out.Entries) == size {
			out.NextToken, err = next(s.tokens, q, entryCursor{offset})
			break
		}
		out.Entries = append(out.Entries, e)
	}
	return out, err
}

// entryTerms reads filters on the entries of one type.
func (v vocabulary) entryTerms(t muster.TypeName, filters []ssmapi.InventoryFilter) ([]query.Term, error) {
	var terms []query.Term
	for _, f := range filters {
		a, err := v.attribute(*f.Key)
		if err != nil {
			return nil, err
		}
		if a.Type != t {
			return nil, muster.ErrFilter("The filter name %s isn't valid: it is not an attribute of %s.", *f.Key, t)
		}
		if operator(f) == query.Exists {
			return nil, muster.ErrFilter("The filter %s isn't valid here: Exists is for groups.", *f.Key)
		}
		terms = append(terms, query.Term{Attr: a, Op: operator(f), Values: f.Values})
	}
	return terms, nil
}

func matchesAll(terms []query.Term, e muster.Entry) bool {
	for _, t := range terms {
		if !t.MatchEntry(e) {
			return false
		}
	}
	return true
}

// Entries gives the entries of the items, one after the other, from the offset on, with their offsets. The Context of an item
// shows up in each of its entries (R4).
func Entries(items []index.Item, offset int) iter.Seq2[int, muster.Entry] {
	return func(yield func(int, muster.Entry) bool) {
		before := 0
		for _, it := range items {
			for i, e := range it.Entries(max(0, offset-before), it.Len()) {
				if !yield(before+i, withContext(it, e)) {
					return
				}
			}
			before += it.Len()
		}
	}
}

// withContext gives an entry of the item with what holds for all of them.
func withContext(it index.Item, e muster.Entry) muster.Entry {
	if len(it.Context) == 0 {
		return e
	}
	return muster.NewEntry(append(slices.Clone(it.Context), e...))
}
