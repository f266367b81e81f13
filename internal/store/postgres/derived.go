package postgres

import (
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
)

// What is derived is counted by the database when a call asks for it, before the group has written anything. What the calls of
// the group have changed so far is added when it is shown.

func (g *group) queueDerived(b *pgx.Batch, key muster.Key) {
	switch key := key.(type) {
	case muster.CustomTypeCountKey:
		count := g.derived[key].(*muster.Count)
		b.Queue(`SELECT count(*) FROM record WHERE kind = $1 AND space = $2`, store.KindCustomType, g.w.spaces[key.Space]).
			QueryRow(func(row pgx.Row) error { return row.Scan(&count.N) })
	case muster.AssociationsKey:
		all := g.derived[key].(muster.Associations)
		b.Queue(`SELECT name, value FROM record WHERE kind = $1 AND space = $2`, store.KindAssociation, g.w.spaces[key.Space]).
			Query(func(rows pgx.Rows) error {
				var name, text []byte
				_, err := pgx.ForEachRow(rows, []any{&name, &text}, func() error {
					named, value, err := store.DecodeRecord(store.KindAssociation, key.Space, string(name), text)
					if err != nil {
						return damaged(store.NameOf(named), err)
					}
					all[muster.AssociationID(name)] = value.(*muster.Association)
					return nil
				})
				return err
			})
	case muster.PublicKeyKey:
		g.queueHolder(b, key)
	case muster.CensusKey:
		census := g.derived[key].(*muster.Census)
		b.Queue(`SELECT version, count(*) FROM item WHERE space = $1 AND type = $2 GROUP BY version`,
			g.w.spaces[key.Space], g.w.typeOf(key.Space, key.Type)).Query(func(rows pgx.Rows) error {
			var version []byte
			var count int
			_, err := pgx.ForEachRow(rows, []any{&version, &count}, func() error {
				census.Versions = append(census.Versions, muster.VersionCount{Version: muster.Version(version), Count: count})
				return nil
			})
			return err
		})
	case muster.SubTypesKey:
		held := g.derived[key].(*muster.SubTypes)
		b.Queue(`SELECT subtype FROM item WHERE space = $1 AND node = $2 AND type = $3`,
			g.w.spaces[key.Space], []byte(key.Node), g.w.typeOf(key.Space, key.Type)).Query(func(rows pgx.Rows) error {
			var name []byte
			_, err := pgx.ForEachRow(rows, []any{&name}, func() error {
				held.Names = append(held.Names, string(name))
				return nil
			})
			return err
		})
	}
}

func (g *group) queueHolder(b *pgx.Batch, of muster.PublicKeyKey) {
	holder := g.derived[of].(*muster.Holder)
	b.Queue(`SELECT name FROM node WHERE space = $1 AND key = $2`, g.w.spaces[of.Space], of.ID[:]).Query(func(rows pgx.Rows) error {
		var name []byte
		_, err := pgx.ForEachRow(rows, []any{&name}, func() error {
			holder.Node = muster.NodeID(name)
			return nil
		})
		return err
	})
}

func (g *group) holder(of muster.PublicKeyKey) *muster.Holder {
	holder := *g.derived[of].(*muster.Holder)
	for _, key := range g.changed {
		key, ok := key.(muster.NodeKey)
		if !ok || key.Space != of.Space {
			continue
		}
		switch has := string(publicKeyID(g.records[key].value)) == string(of.ID[:]); {
		case has:
			holder.Node = key.Node
		case holder.Node == key.Node:
			holder.Node = ""
		}
	}
	return &holder
}

func (g *group) countCustomTypes(of muster.CustomTypeCountKey) *muster.Count {
	n := g.derived[of].(*muster.Count).N
	for _, key := range g.changed {
		if key, ok := key.(muster.CustomTypeKey); ok && key.Space == of.Space {
			r := g.records[key]
			n += there(r.value) - there(r.stored)
		}
	}
	return &muster.Count{N: n}
}

func (g *group) associations(of muster.AssociationsKey) muster.Associations {
	all := maps.Clone(g.derived[of].(muster.Associations))
	for _, key := range g.changed {
		key, ok := key.(muster.AssociationKey)
		if !ok || key.Space != of.Space {
			continue
		}
		delete(all, key.ID)
		if a, ok := g.records[key].value.(*muster.Association); ok {
			all[key.ID] = a
		}
	}
	return all
}

func there(r muster.Record) int {
	if r == nil {
		return 0
	}
	return 1
}

func (g *group) census(of muster.CensusKey) *muster.Census {
	counts := map[muster.Version]int{}
	for _, v := range g.derived[of].(*muster.Census).Versions {
		counts[v.Version] = v.Count
	}
	add := func(r muster.Record, n int) {
		item, ok := r.(*muster.Item)
		if !ok {
			return
		}
		if counts[item.Version] += n; counts[item.Version] == 0 {
			delete(counts, item.Version)
		}
	}
	for _, key := range g.changed {
		if key, ok := key.(muster.ItemKey); ok && key.Space == of.Space && key.Type == of.Type {
			add(g.records[key].stored, -1)
			add(g.records[key].value, 1)
		}
	}
	return store.NewCensus(counts)
}

func (g *group) subTypes(of muster.SubTypesKey) *muster.SubTypes {
	names := slices.Clone(g.derived[of].(*muster.SubTypes).Names)
	for _, key := range g.changed {
		key, ok := key.(muster.ItemKey)
		if !ok || key.Space != of.Space || key.Node != of.Node || key.Type != of.Type {
			continue
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == key.SubType })
		if g.records[key].value != nil {
			names = append(names, key.SubType)
		}
	}
	slices.Sort(names)
	return &muster.SubTypes{Names: names}
}
