package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"muster"
	"muster/internal/store"
)

// node is a node as the group sees it.
type node struct {
	id       int64        // 0 if the file does not have it
	value    *muster.Node // nil while only items are known
	position muster.Position
	heads    []head // in order of type and subtype

	changed  bool
	contents map[contentKey][]byte // changed ones, nil for those that are gone
}

type contentKey struct {
	typeID  int64
	subType string
}

// node gives a node, an empty one if there is none.
func (g *group) node(key muster.NodeKey) (*node, error) {
	if n, ok := g.nodes[key]; ok {
		return n, nil
	}
	n, err := g.readNode(key)
	if err != nil {
		return nil, err
	}
	g.nodes[key] = n
	g.order = append(g.order, key)
	return n, nil
}

func (g *group) readNode(key muster.NodeKey) (*node, error) {
	n := &node{}
	spaceID, ok := g.w.spaces[key.Space]
	if !ok {
		return n, nil
	}
	rows, err := g.w.getNode.QueryContext(g.ctx, spaceID, key.Node)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if rows.Next() {
		var value, items sql.RawBytes
		if err := rows.Scan(&n.id, &n.position, &value, &items); err != nil {
			return nil, err
		}
		if n.value, n.heads, err = decodeNode(value, items); err != nil {
			return nil, damagedNode(key, err)
		}
	}
	return n, rows.Err()
}

func damagedNode(key muster.NodeKey, err error) error {
	return &DamageError{fmt.Sprintf("node %s in %s", key.Node, key.Space), err}
}

func decodeNode(value, items []byte) (n *muster.Node, heads []head, err error) {
	if value != nil {
		n = new(muster.Node)
		if err := json.Unmarshal(value, n); err != nil {
			return nil, nil, err
		}
	}
	heads, err = decodeHeads(items)
	return n, heads, err
}

func (g *group) getNode(key muster.NodeKey) (muster.Record, error) {
	n, err := g.node(key)
	if err != nil || n.value == nil {
		return nil, err
	}
	return n.value, nil
}

func (g *group) putNode(key muster.NodeKey, value muster.Record) error {
	n, err := g.node(key)
	if err != nil {
		return err
	}
	n.value, _ = value.(*muster.Node)
	n.position = g.position
	n.changed = true
	return nil
}

// find gives the place of an item among the heads, and whether it is there.
func (n *node) find(typeID int64, subType string) (at int, ok bool) {
	return slices.BinarySearchFunc(n.heads, contentKey{typeID, subType}, func(h head, k contentKey) int {
		return h.compare(k.typeID, k.subType)
	})
}

func (g *group) getItem(key muster.ItemKey) (muster.Record, error) {
	n, err := g.node(muster.NodeKey{Space: key.Space, Node: key.Node})
	if err != nil {
		return nil, err
	}
	t, ok := g.knownType(key.Space, key.Type)
	if !ok {
		return nil, nil
	}
	at, ok := n.find(t.id, key.SubType)
	if !ok {
		return nil, nil
	}
	item := n.heads[at].item
	item.At = n.heads[at].position
	return &item, nil
}

// putItem gives the record as it was written, with its rows numbered.
func (g *group) putItem(key muster.ItemKey, value muster.Record, out *store.Outcome) (muster.Record, error) {
	n, err := g.node(muster.NodeKey{Space: key.Space, Node: key.Node})
	if err != nil {
		return nil, err
	}
	if value == nil {
		g.dropItem(n, key)
		return nil, nil
	}
	t, err := g.itemType(key.Space, key.Type)
	if err != nil {
		return nil, err
	}
	item := *value.(*muster.Item)
	at, there := n.find(t.id, key.SubType)
	if item.Content == nil && !there {
		return nil, errors.New("there is no content to keep")
	}
	n.changed = true
	if !there {
		n.heads = slices.Insert(n.heads, at, head{})
	}
	n.heads[at] = head{t.id, key.SubType, g.position, item}
	n.heads[at].item.Content = nil
	if item.Content == nil {
		return &item, nil
	}
	if item.Content, err = g.number(key, t, item.Content, out); err != nil {
		return nil, err
	}
	n.setContent(contentKey{t.id, key.SubType}, encodeContent(item.Content))
	return &item, nil
}

func (g *group) dropItem(n *node, key muster.ItemKey) {
	t, ok := g.knownType(key.Space, key.Type)
	if !ok {
		return
	}
	at, there := n.find(t.id, key.SubType)
	if !there {
		return
	}
	n.changed = true
	n.heads = slices.Delete(n.heads, at, at+1)
	n.setContent(contentKey{t.id, key.SubType}, nil)
}

func (n *node) setContent(key contentKey, body []byte) {
	if n.contents == nil {
		n.contents = map[contentKey][]byte{}
	}
	n.contents[key] = body
}

func (g *group) flushNode(key muster.NodeKey, n *node) error {
	if !n.changed {
		return nil
	}
	n.changed = false
	if n.value == nil && len(n.heads) == 0 {
		return g.dropNode(n)
	}
	if err := g.writeNode(key, n); err != nil {
		return err
	}
	for at, body := range n.contents {
		if err := g.writeContent(n, at, body); err != nil {
			return err
		}
	}
	clear(n.contents)
	return nil
}

func (g *group) dropNode(n *node) error {
	id := n.id
	*n = node{}
	if id == 0 {
		return nil
	}
	if err := g.exec(g.w.dropContents, id); err != nil {
		return err
	}
	return g.exec(g.w.dropNode, id)
}

func (g *group) writeNode(key muster.NodeKey, n *node) error {
	var value sql.NullString
	if n.value != nil {
		text, err := json.Marshal(n.value)
		if err != nil {
			return err
		}
		value = sql.NullString{String: string(text), Valid: true}
	}
	if n.id != 0 {
		return g.exec(g.w.setNode, n.position, value, encodeHeads(n.heads), n.id)
	}
	spaceID, err := g.space(key.Space)
	if err != nil {
		return err
	}
	done, err := g.w.addNode.ExecContext(g.ctx, spaceID, key.Node, n.position, value, encodeHeads(n.heads))
	if err != nil {
		return err
	}
	n.id, err = done.LastInsertId()
	return err
}

func (g *group) writeContent(n *node, at contentKey, body []byte) error {
	if body == nil {
		return g.exec(g.w.dropContent, n.id, at.typeID, at.subType)
	}
	return g.exec(g.w.putContent, n.id, at.typeID, at.subType, body)
}
