package server

import (
	"context"
	"math"
	"slices"
	"strconv"

	"muster"
	"muster/internal/access"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

// maxSummaryDepth is how many attributes a row has at most, besides its Count (NodeSummary in the model).
const maxSummaryDepth = 2

// listNodesSummary counts nodes by attributes. Rows are ordered as those of GetInventory, but their values keep their letter case.
func (s *Server) listNodesSummary(ctx context.Context, c access.Caller, in *ssmapi.ListNodesSummaryInput) (*ssmapi.ListNodesSummaryOutput, error) {
	if err := checkSync(in.SyncName); err != nil {
		return nil, err
	}
	paths, err := summaryPaths(in.Aggregators, nil)
	if err != nil {
		return nil, err
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	asks := question{access.ListNodesSummary, c.Space, params}
	at, err := cursor[countCursor](s.tokens, asks, in.NextToken)
	if err != nil {
		return nil, err
	}
	snapshot := s.fleet.Snapshot(c.Space)
	if in.NextToken != "" {
		var held bool
		if snapshot, held = s.fleet.Pinned(c.Space, at.Pin); !held {
			return nil, muster.ErrInvalidNextToken
		}
	}
	summary := nodeSummary{snapshot, c.Space.Region, nodesWhere(c.Space, in.Filters), map[query.Attr]map[string]string{}}
	rows, err := summary.rows(ctx, paths)
	if err != nil {
		return nil, err
	}
	size := pageSize(in.MaxResults, muster.MaxPage)
	rest := rows[min(at.Offset, len(rows)):]
	out := &ssmapi.ListNodesSummaryOutput{Summary: rest[:min(size, len(rest))]}
	if len(rest) > size {
		if in.NextToken == "" {
			at.Pin = s.fleet.Pin(c.Space, snapshot)
		}
		out.NextToken, err = next(s.tokens, asks, countCursor{at.Pin, at.Offset + size})
	}
	return out, err
}

// summaryPaths gives the attributes to count by, from the outermost to each innermost.
func summaryPaths(in []ssmapi.NodeAggregator, above []string) (paths [][]string, err error) {
	for _, a := range in {
		here := append(slices.Clip(above), *a.AttributeName)
		if len(here) > maxSummaryDepth {
			return nil, muster.ErrAggregator("Aggregators are nested more than %d deep.", maxSummaryDepth)
		}
		if len(a.Aggregators) == 0 {
			paths = append(paths, here)
			continue
		}
		inner, err := summaryPaths(a.Aggregators, here)
		if err != nil {
			return nil, err
		}
		paths = append(paths, inner...)
	}
	return paths, nil
}

// nodeSummary is a call under way.
type nodeSummary struct {
	snapshot  *index.Snapshot
	region    muster.Region
	where     query.Where
	spellings map[query.Attr]map[string]string // by folded value
}

func (n *nodeSummary) rows(ctx context.Context, paths [][]string) (ssmapi.Entries, error) {
	rows := ssmapi.Entries{}
	for _, path := range paths {
		var by []query.Attr
		var fixed []muster.Field
		for _, attribute := range path {
			if attribute == "Region" { // which all nodes of a space have in common
				fixed = []muster.Field{{Name: "Region", Value: string(n.region)}}
				continue
			}
			by = append(by, shown(attribute))
		}
		counted, _, err := n.snapshot.CountPage(ctx, n.where, []query.Aggregation{chain(by)}, 0, math.MaxInt)
		if err != nil {
			return nil, err
		}
		if rows, err = n.add(ctx, rows, counted[0], by, fixed); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// chain counts by each attribute inside the one before it; by none, it counts the nodes.
func chain(by []query.Attr) query.Aggregation {
	if len(by) == 0 {
		return query.Aggregation{Groups: []query.Group{{}}}
	}
	a := query.Aggregation{By: by[0]}
	if len(by) > 1 {
		a.Inner = []query.Aggregation{chain(by[1:])}
	}
	return a
}

// add adds a row for each of the innermost buckets. The fields are those above.
func (n *nodeSummary) add(ctx context.Context, rows ssmapi.Entries, t query.Tally, by []query.Attr, fields []muster.Field) (ssmapi.Entries, error) {
	row := func(fields []muster.Field, count int) muster.Entry {
		return muster.NewEntry(append(slices.Clone(fields), muster.Field{Name: "Count", Value: strconv.Itoa(count)}))
	}
	for _, g := range t.Groups {
		if g.Matching > 0 {
			rows = append(rows, row(fields, g.Matching))
		}
	}
	for _, b := range t.Buckets {
		value, err := n.spelling(ctx, by[0], b.Value)
		if err != nil {
			return nil, err
		}
		here := append(slices.Clip(fields), muster.Field{Name: by[0].Name, Value: value})
		if len(b.Inner) == 0 {
			rows = append(rows, row(here, b.Count))
			continue
		}
		if rows, err = n.add(ctx, rows, b.Inner[0], by[1:], here); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// spelling gives a value, which buckets have in lower case, as the first node spells it that has it.
func (n *nodeSummary) spelling(ctx context.Context, a query.Attr, folded string) (string, error) {
	if known, ok := n.spellings[a][folded]; ok {
		return known, nil
	}
	has := append(slices.Clip(n.where), query.Clause{Type: a.Type, Terms: []query.Term{{Attr: a, Values: []string{folded}}}})
	nodes, _, err := n.snapshot.Select(ctx, has, "", 1)
	if err != nil {
		return "", err
	}
	value := folded
	for _, node := range nodes {
		for _, it := range n.snapshot.Items(node, a.Type) {
			for _, e := range it.Entries(0, 1) {
				value, _ = e.Get(a.Name)
			}
		}
	}
	if n.spellings[a] == nil {
		n.spellings[a] = map[string]string{}
	}
	n.spellings[a][folded] = value
	return value, nil
}
