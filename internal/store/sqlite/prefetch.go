package sqlite

import (
	"database/sql"
	"slices"
	"strings"

	"muster"
	"muster/internal/store"
)

const (
	// nodesAtOnce is how many nodes one statement reads: to begin and end one costs more than a row.
	nodesAtOnce = 16

	// fewNodes are read faster one by one, by group.node.
	fewNodes = 4
)

// getNodesText reads nodes of one space by their names.
var getNodesText = `SELECT name, id, position, value, items FROM node WHERE space = ? AND name IN (?` +
	strings.Repeat(", ?", nodesAtOnce-1) + `)`

// prefetch reads the nodes that the calls are about.
func (g *group) prefetch(calls []store.Call) error {
	wanted := map[int64][]muster.NodeKey{} // by the id of the space
	for _, call := range calls {
		for _, read := range call.Reads {
			key, ok := read.(muster.NodeKey)
			if !ok {
				continue
			}
			id := g.w.spaces[key.Space]
			if id == 0 || g.nodes[key] != nil || slices.Contains(wanted[id], key) {
				continue
			}
			wanted[id] = append(wanted[id], key)
			if len(wanted[id]) == nodesAtOnce {
				if err := g.readNodes(id, wanted[id]); err != nil {
					return err
				}
				wanted[id] = wanted[id][:0]
			}
		}
	}
	for id, keys := range wanted {
		if len(keys) <= fewNodes {
			continue
		}
		if err := g.readNodes(id, keys); err != nil {
			return err
		}
	}
	return nil
}

// readNodes reads up to nodesAtOnce nodes of a space. Those that are not there are empty.
func (g *group) readNodes(spaceID int64, keys []muster.NodeKey) error {
	for _, key := range keys {
		g.know(key, &node{spaceID: spaceID})
	}
	args := make([]any, 1, 1+nodesAtOnce)
	args[0] = spaceID
	for i := range nodesAtOnce {
		args = append(args, string(keys[min(i, len(keys)-1)].Node)) // the last one fills the statement up
	}
	rows, err := g.w.getNodes.QueryContext(g.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, value, items sql.RawBytes
		var id int64
		var position muster.Position
		if err := rows.Scan(&name, &id, &position, &value, &items); err != nil {
			return err
		}
		at := slices.IndexFunc(keys, func(k muster.NodeKey) bool { return string(k.Node) == string(name) })
		n := g.nodes[keys[at]]
		n.id, n.position = id, position
		if n.value, n.heads, err = g.decode(value, items); err != nil {
			return damaged(store.NameOf(keys[at]), err)
		}
	}
	return rows.Err()
}
