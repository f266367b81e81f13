package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/ask"
	"muster/internal/index"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

// queryInventory is GetInventory with a condition that its filters cannot say.
func (s *Server) queryInventory(ctx context.Context, c access.Caller, in *ssmapi.QueryInventoryInput) (*inventoryPage, error) {
	asked := *in
	asked.NextToken = "" // all pages are one question
	return s.telling(ctx, question{access.QueryInventory, c.Space, asked}, func(work *index.Work) (*inventoryPage, error) {
		return s.askQuery(ctx, c, in, work)
	})
}

// askQuery notes in work what it took to answer.
func (s *Server) askQuery(ctx context.Context, c access.Caller, in *ssmapi.QueryInventoryInput, work *index.Work) (*inventoryPage, error) {
	snapshot := s.fleet.Snapshot(c.Space).Noting(work)
	words := s.vocabulary(c.Space, snapshot)
	where, err := words.where(in.Filters)
	if err != nil {
		return nil, err
	}
	more, err := words.text(in.Where)
	if err != nil {
		return nil, err
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	g := getInventory{
		Server: s, space: c.Space, snapshot: snapshot, words: words, where: append(where, more...), in: in.GetInventory(),
		question: question{access.QueryInventory, c.Space, params},
		size:     pageSize(in.MaxResults, muster.MaxPage),
		work:     work,
	}
	if in.Aggregators != nil {
		return g.counts(ctx)
	}
	return g.nodes(ctx)
}

// text reads a filter in the words of people.
func (v vocabulary) text(filter string) (query.Where, error) {
	f, err := ask.Parse(filter)
	if err != nil {
		return nil, muster.ErrFilter("%s.", err)
	}
	where, err := f.Where(v.attribute)
	if wrong, ok := err.(*ask.Error); ok {
		return nil, muster.ErrFilter("%s.", wrong)
	}
	return where, err
}
