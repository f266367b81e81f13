package sqlite

import (
	"database/sql"
	"fmt"
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

// getNodesText reads nodes of one space by their names, and tells which of the names each has. A join with them spares SQLite the index
// that it would make of a list.
var getNodesText = func() string {
	names := make([]string, nodesAtOnce)
	for i := range names {
		names[i] = fmt.Sprintf("(%d, ?)", i)
	}
	return `SELECT column1, id, position, value, items FROM (VALUES ` + strings.Join(names, ", ") +
		`) CROSS JOIN node ON space = ? AND name = column2`
}()

// prefetch reads the nodes that the calls are about, but for those that the writer has at hand.
func (g *group) prefetch(calls []store.Call) error {
	wanted := map[int64][]muster.NodeKey{} // by the id of the space
	for _, call := range calls {
		for _, read := range call.Reads {
			key, ok := read.(muster.NodeKey)
			if !ok {
				continue
			}
			id := g.w.spaces[key.Space]
			if id == 0 || g.nodes[key] != nil || g.w.nodes.get(nodePlace{id, key.Node}) != nil || slices.Contains(wanted[id], key) {
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
	nodes := make([]node, len(keys))
	args := make([]any, nodesAtOnce, nodesAtOnce+1) // nil, which is no node's name, fills the statement up
	for i, key := range keys {
		nodes[i].spaceID = spaceID
		g.know(key, &nodes[i])
		args[i] = string(key.Node)
	}
	rows, err := g.w.getNodes.QueryContext(g.ctx, append(args, spaceID)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var at, position int64 // what the driver gives: database/sql makes anything else of it by way of a text
		var r nodeRecord
		if err := rows.Scan(&at, &r.id, &position, (*sql.RawBytes)(&r.value), (*sql.RawBytes)(&r.items)); err != nil {
			return err
		}
		r.position = muster.Position(position)
		if err := g.fill(&nodes[at], keys[at], &r); err != nil {
			return err
		}
	}
	return rows.Err()
}
