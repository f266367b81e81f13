package sqlite

import (
	"database/sql"

	"muster"
	"muster/internal/store"
)

// census counts the items of a type by reading every node of the space: some hundred milliseconds for 100,000 nodes. Only the
// deletion of a type asks, and no count has to be kept up to date by every put.
func (g *group) census(of muster.CensusKey) (*muster.Census, error) {
	counts := map[muster.Version]int{}
	t, ok := g.knownType(of.Space, of.Type)
	if !ok {
		return store.NewCensus(counts), nil
	}
	if err := g.flush(); err != nil {
		return nil, err
	}
	rows, err := g.w.nodesOfSpace.QueryContext(g.ctx, g.w.spaces[of.Space])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var heads []head
	for rows.Next() {
		var name muster.NodeID
		var items sql.RawBytes
		if err := rows.Scan(&name, &items); err != nil {
			return nil, err
		}
		heads, err = decodeHeads(items, heads)
		if err != nil {
			return nil, damaged(store.NameOf(muster.NodeKey{Space: of.Space, Node: name}), err)
		}
		for i := range heads {
			if heads[i].typeID == t.typeID {
				counts[heads[i].item.Version]++
			}
		}
	}
	return store.NewCensus(counts), rows.Err()
}

func (g *group) countCustomTypes(space muster.Space) (*muster.Count, error) {
	c := &muster.Count{}
	if err := g.flush(); err != nil {
		return nil, err
	}
	spaceID, ok := g.w.spaces[space]
	if !ok {
		return c, nil
	}
	return c, g.queryRow(g.w.countRecord, []any{store.KindCustomType, spaceID}, &c.N)
}

// associations reads and decodes all of the space. Only who makes one asks, and there are few.
func (g *group) associations(space muster.Space) (muster.Associations, error) {
	all := muster.Associations{}
	if err := g.flush(); err != nil {
		return nil, err
	}
	spaceID, ok := g.w.spaces[space]
	if !ok {
		return all, nil
	}
	rows, err := g.w.recordsOfSpace.QueryContext(g.ctx, store.KindAssociation, spaceID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var text sql.RawBytes
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		key, value, err := store.DecodeRecord(store.KindAssociation, space, name, text)
		if err != nil {
			return nil, damaged(store.NameOf(key), err)
		}
		all[muster.AssociationID(name)] = value.(*muster.Association)
	}
	return all, rows.Err()
}

func (g *group) subTypes(of muster.SubTypesKey) (*muster.SubTypes, error) {
	n, err := g.node(muster.NodeKey{Space: of.Space, Node: of.Node})
	if err != nil {
		return nil, err
	}
	held := &muster.SubTypes{}
	t, ok := g.knownType(of.Space, of.Type)
	if !ok {
		return held, nil
	}
	for i := range n.heads { // in the order of subtypes within the type
		if n.heads[i].typeID == t.typeID {
			held.Names = append(held.Names, n.heads[i].subType)
		}
	}
	return held, nil
}
