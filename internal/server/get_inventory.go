package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// getInventory answers which nodes there are, or, with Aggregators, how many.
func (s *Server) getInventory(ctx context.Context, c access.Caller, in *ssmapi.GetInventoryInput) (*inventoryPage, error) {
	asked := *in
	asked.NextToken = "" // all pages are one question
	return s.telling(ctx, question{access.GetInventory, c.Space, asked}, func(work *index.Work) (*inventoryPage, error) {
		return s.askInventory(ctx, c, in, work)
	})
}

// askInventory notes in work what it took to answer.
func (s *Server) askInventory(ctx context.Context, c access.Caller, in *ssmapi.GetInventoryInput, work *index.Work) (*inventoryPage, error) {
	snapshot := s.fleet.Snapshot(c.Space).Noting(work)
	words := s.vocabulary(c.Space, snapshot)
	where, err := words.where(in.Filters)
	if err != nil {
		return nil, err
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	g := getInventory{
		Server: s, space: c.Space, snapshot: snapshot, words: words, where: where, in: in,
		question: question{access.GetInventory, c.Space, params},
		size:     pageSize(in.MaxResults, muster.MaxPage),
		work:     work,
	}
	if in.Aggregators != nil {
		return g.counts(ctx)
	}
	return g.nodes(ctx)
}

// getInventory is one call under way.
type getInventory struct {
	*Server
	space    muster.Space
	snapshot *index.Snapshot
	words    vocabulary
	where    query.Where
	in       *ssmapi.GetInventoryInput
	question question
	size     int
	work     *index.Work
}

// nodeCursor is the last node of the page before.
type nodeCursor struct {
	After muster.NodeID `json:"a"`
}

// nodes gives one entity for each node that has the type asked for, by node id.
func (g *getInventory) nodes(ctx context.Context) (*inventoryPage, error) {
	show, err := g.resultType()
	if err != nil {
		return nil, err
	}
	at, err := cursor[nodeCursor](g.tokens, g.question, g.in.NextToken)
	if err != nil {
		return nil, err
	}
	where := append(g.where, query.Clause{Holds: []muster.TypeName{show}})
	ids, more, err := g.snapshot.Select(ctx, where, at.After, g.size)
	if err != nil {
		return nil, err
	}
	out := &inventoryPage{Entities: &nodeEntities{g.snapshot, ids, show}, size: len(ids)}
	if more {
		out.NextToken, err = next(g.tokens, g.question, nodeCursor{ids[len(ids)-1]})
	}
	return out, err
}

// resultType is the type whose data is shown. AWS shows two; muster, if it is not strict, any.
func (g *getInventory) resultType() (muster.TypeName, error) {
	if g.in.ResultAttributes == nil {
		return muster.TypeInstanceInformation, nil
	}
	t := *g.in.ResultAttributes[0].TypeName
	shown := schema.ValidTypeName(t)
	if g.strict {
		shown = t == muster.TypeInstanceInformation || t == muster.TypePatchSummary
	}
	if !shown {
		return "", muster.ErrResultAttribute(t)
	}
	return t, nil
}

// countCursor is how many outermost buckets were shown, of the fleet as it was at the first page: counts move, and with them
// the order.
type countCursor struct {
	Pin    fleet.Pin `json:"p"`
	Offset int       `json:"o"`
}

func (g *getInventory) counts(ctx context.Context) (*inventoryPage, error) {
	by, err := aggregations{g.words, g.strict, map[string]bool{}}.list(g.in.Aggregators, 1)
	if err != nil {
		return nil, err
	}
	at, err := cursor[countCursor](g.tokens, g.question, g.in.NextToken)
	if err != nil {
		return nil, err
	}
	if g.in.NextToken != "" {
		held, ok := g.fleet.Pinned(g.space, at.Pin)
		if !ok {
			return nil, muster.ErrInvalidNextToken
		}
		g.snapshot = held.Noting(g.work)
	}
	shown, more, err := g.snapshot.CountPage(ctx, g.where, by, at.Offset, g.size)
	if err != nil {
		return nil, err
	}
	counted := entities(by, shown)
	out := &inventoryPage{Entities: counted, size: len(counted)}
	if more {
		if g.in.NextToken == "" {
			at.Pin = g.fleet.Pin(g.space, g.snapshot.Noting(nil))
		}
		out.NextToken, err = next(g.tokens, g.question, countCursor{at.Pin, at.Offset + g.size})
	}
	return out, err
}
