package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// putInventory stores what a node reports.
func (s *Server) putInventory(ctx context.Context, c access.Caller, in *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
	p := &fleet.Put{
		Node:     *in.InstanceId,
		Items:    make([]fleet.PutItem, len(in.Items)),
		Reporter: awsjson.Header(ctx, ssmapi.ReporterHeader),
		Admin:    c.Role == muster.RoleAdmin,
	}
	for i := range in.Items {
		p.Items[i] = putItem(&in.Items[i])
		if p.Items[i].Type != muster.TypeTag {
			continue
		}
		if err := c.Allowed(access.AddTagsToResource); err != nil { // what a node may do can hang on its tags
			return nil, err
		}
	}
	return nil, s.fleet.Put(ctx, c.Space, p)
}

func putItem(it *ssmapi.InventoryItem) fleet.PutItem {
	return fleet.PutItem{
		Type:     *it.TypeName,
		Version:  *it.SchemaVersion,
		Captured: *it.CaptureTime,
		Hash:     it.ContentHash,
		Context:  muster.Entry(it.Context),
		Content:  it.Content,
		HashOnly: it.Content == nil,
		Size:     it.ContentSize(),
	}
}
