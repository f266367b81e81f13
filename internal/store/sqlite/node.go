package sqlite

import (
	"database/sql"
	"errors"
	"slices"
	"strings"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// node is a node as the group sees it.
type node struct {
	id       int64        // 0 if the file does not have it
	spaceID  int64        // the same; known when there are items
	value    *muster.Node // nil while only items are known
	position muster.Position
	heads    []head // in order of type and subtype
	next     int    // where find looks first
	digest   digest // of a mirror, as the file has it

	changed  bool
	contents map[slot]*writing // changed ones
}

// writing is what a slot is about to hold.
type writing struct {
	body []byte // nil for nothing
	had  int    // how many pieces the file has there
}

// node gives a node, an empty one if there is none. A call is about one, with all its items.
func (g *group) node(key muster.NodeKey) (*node, error) {
	if g.last != nil && g.lastKey == key {
		return g.last, nil
	}
	n, ok := g.nodes[key]
	if !ok {
		var err error
		if n, err = g.readNode(key); err != nil {
			return nil, err
		}
		g.know(key, n)
	}
	g.lastKey, g.last = key, n
	return n, nil
}

func (g *group) know(key muster.NodeKey, n *node) {
	g.nodes[key] = n
	g.order = append(g.order, key)
}

func (g *group) readNode(key muster.NodeKey) (*node, error) {
	n := &node{spaceID: g.w.spaces[key.Space]}
	if n.spaceID == 0 {
		return n, nil
	}
	if r := g.w.nodes.get(nodePlace{n.spaceID, key.Node}); r != nil {
		return n, g.fill(n, key, r)
	}
	rows, err := g.w.getNode.QueryContext(g.ctx, n.spaceID, string(key.Node))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if rows.Next() {
		r := &nodeRecord{}
		if err := rows.Scan(&r.id, &r.position, (*sql.RawBytes)(&r.value), (*sql.RawBytes)(&r.items)); err != nil {
			return nil, err
		}
		if err := g.fill(n, key, r); err != nil {
			return nil, err
		}
	}
	return n, rows.Err()
}

// nodePlace is how a node is found.
type nodePlace struct {
	spaceID int64
	node    muster.NodeID
}

// nodeRecord is a node as the file has it.
type nodeRecord struct {
	id           int64
	position     muster.Position
	value, items []byte
}

// size is about what it takes as one of the recent nodes, in bytes.
func (r *nodeRecord) size() int { return len(r.items) + len(r.value) + 200 }

// fill makes the node what its record says.
func (g *group) fill(n *node, key muster.NodeKey, r *nodeRecord) (err error) {
	n.id, n.position = r.id, r.position
	if n.value, n.heads, err = g.decode(r.value, r.items); err != nil {
		return damaged(store.NameOf(key), err)
	}
	if g.mirrors {
		n.digest = nodeDigest(n.id, n.spaceID, n.position, []byte(key.Node), r.value, r.items)
	}
	return nil
}

// decode gives a node whose heads lie behind those of the nodes before it, as far as there is room. The next group uses it again.
func (g *group) decode(value, items []byte) (*muster.Node, []head, error) {
	free := g.w.heads[len(g.w.heads):]
	n, heads, err := decodeNode(value, items, free)
	if len(heads) <= cap(free) {
		g.w.heads = g.w.heads[:len(g.w.heads)+len(heads)]
	}
	return n, slices.Clip(heads), err
}

func decodeNode(value, items []byte, into []head) (n *muster.Node, heads []head, err error) {
	if value != nil {
		if n, err = decodeNodeValue(value); err != nil {
			return nil, nil, err
		}
	}
	heads, err = decodeHeads(items, into)
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

// find gives the place of an item among the heads of its node, and whether it is there. Calls mostly name their items in the order
// of the heads, so it looks behind the one that was asked for last before it looks for the type by its name.
func (g *group) find(n *node, key muster.ItemKey) (at int, ok bool) {
	of := typeKey{n.spaceID, key.Type}
	if n.next < len(n.heads) && n.heads[n.next].subType == key.SubType && g.w.typeOf[n.heads[n.next].typeID] == of {
		at, ok = n.next, true
	} else if t := g.w.types[of]; t != nil {
		at, ok = n.place(t.typeID, key.SubType)
	}
	if ok {
		n.next = (at + 1) % len(n.heads)
	}
	return at, ok
}

// place gives where an item is among the heads or would have to be, and whether it is there.
func (n *node) place(typeID int64, subType string) (at int, ok bool) {
	return slices.BinarySearchFunc(n.heads, typeID, func(h head, typeID int64) int { return h.compare(typeID, subType) })
}

func (g *group) getItem(key muster.ItemKey) (muster.Record, error) {
	n, err := g.node(muster.NodeKey{Space: key.Space, Node: key.Node})
	if err != nil {
		return nil, err
	}
	at, ok := g.find(n, key)
	if !ok {
		return nil, nil
	}
	item := &n.heads[at].item
	item.At = n.heads[at].position
	return item, nil
}

// putItem gives the record as it was written, with its rows numbered.
func (g *group) putItem(key muster.ItemKey, value muster.Record, out *store.Outcome) (muster.Record, error) {
	n, err := g.node(muster.NodeKey{Space: key.Space, Node: key.Node})
	if err != nil {
		return nil, err
	}
	at, there := g.find(n, key)
	item, _ := value.(*muster.Item)
	switch {
	case item == nil && !there:
		return nil, nil
	case item == nil:
		n.dropItem(at)
		return nil, nil
	case item.Content != nil:
		return g.putContent(n, key, item, out)
	case !there:
		return nil, errors.New("there is no content to keep")
	}
	n.changed = true
	n.heads[at].put(item, g.position)
	return item, nil
}

// putContent puts an item with its content, be it there or not.
func (g *group) putContent(n *node, key muster.ItemKey, item *muster.Item, out *store.Outcome) (muster.Record, error) {
	var err error
	if n.spaceID, err = g.space(key.Space); err != nil {
		return nil, err
	}
	t, err := g.dictionary(typeKey{n.spaceID, key.Type})
	if err != nil {
		return nil, err
	}
	numbered := *item
	if numbered.Content, err = g.number(key, t, item.Content, out); err != nil {
		return nil, err
	}
	n.changed = true
	at, there := n.place(t.typeID, key.SubType)
	if !there {
		n.heads = slices.Insert(n.heads, at, head{typeID: t.typeID, subType: key.SubType})
	}
	n.heads[at].put(item, g.position)
	return &numbered, n.setContent(&n.heads[at], codec.AppendContent(nil, numbered.Content))
}

// put takes over all of an item but its content.
func (h *head) put(item *muster.Item, at muster.Position) {
	if h.hash.form == hashAsText || h.item.Hash != item.Hash {
		h.hash = packHash(item.Hash)
	}
	h.position, h.item = at, *item
	h.item.Content = nil
}

func (n *node) dropItem(at int) {
	n.changed = true
	n.write(&n.heads[at], nil)
	n.heads = slices.Delete(n.heads, at, at+1)
}

// setContent keeps a content with its head if it is short, else in the slot that the item has or in a free one.
func (n *node) setContent(h *head, content []byte) error {
	if len(content) <= shortContent {
		n.write(h, nil)
		h.slot, h.pieces, h.short = 0, 0, string(content)
		return nil
	}
	if h.slot == 0 {
		h.slot = n.freeSlot()
	}
	if h.slot > lastSlot {
		return errors.New("the node has too many items")
	}
	body := appendSum(content)
	n.write(h, body)
	h.short, h.pieces = "", piecesOf(len(body))
	return nil
}

func (n *node) freeSlot() slot {
	taken := make([]bool, len(n.heads)+2)
	for i := range n.heads {
		if s := n.heads[i].slot; int(s) < len(taken) {
			taken[s] = true
		}
	}
	free := slot(1)
	for taken[free] {
		free++
	}
	return free
}

// write notes what is to be written in the item's slot, if it has one, nil for nothing.
func (n *node) write(h *head, body []byte) {
	if h.slot == 0 {
		return
	}
	if n.contents == nil {
		n.contents = map[slot]*writing{}
	}
	if w := n.contents[h.slot]; w != nil {
		w.body = body
		return
	}
	n.contents[h.slot] = &writing{body, h.pieces}
}

func (g *group) flushNode(key muster.NodeKey, n *node) error {
	if !n.changed {
		return nil
	}
	n.changed = false
	if n.value == nil && len(n.heads) == 0 {
		return g.dropNode(key, n)
	}
	if err := g.writeNode(key, n); err != nil {
		return err
	}
	for at, w := range n.contents {
		if err := g.writeContent(n, at, w); err != nil {
			return err
		}
	}
	clear(n.contents)
	return nil
}

func (g *group) dropNode(key muster.NodeKey, n *node) error {
	id := n.id
	g.digest.replace(&n.digest, 0)
	*n = node{spaceID: n.spaceID}
	if id == 0 {
		return nil
	}
	g.w.nodes.drop(nodePlace{n.spaceID, key.Node})
	if err := g.exec(g.w.dropContents, contentID(id, 0, 0), contentID(id+1, 0, 0)); err != nil {
		return err
	}
	return g.exec(g.w.dropNode, id)
}

func (g *group) writeNode(key muster.NodeKey, n *node) error {
	r := g.encode(n)
	var value any // plain types: the driver takes others, too, but looks at them for long
	if n.value != nil {
		value = r.value
	}
	var err error
	if n.id != 0 {
		err = g.exec(g.w.setNode, int64(n.position), value, r.items, n.id)
	} else {
		err = g.addNode(key, n, value, r.items)
	}
	if err != nil {
		return err
	}
	r.id = n.id
	g.w.nodes.put(nodePlace{n.spaceID, muster.NodeID(strings.Clone(string(key.Node)))}, r) // else the text of the request is kept that it is a part of
	if g.mirrors {
		g.digest.replace(&n.digest, nodeDigest(n.id, n.spaceID, n.position, []byte(key.Node), r.value, r.items))
	}
	return nil
}

// encode gives the record of a node, in one piece of memory.
func (g *group) encode(n *node) *nodeRecord {
	g.w.record = appendHeads(g.w.record[:0], n.heads)
	end := len(g.w.record)
	if n.value != nil {
		g.w.record = appendNode(g.w.record, n.value)
	}
	record := slices.Clone(g.w.record)
	r := &nodeRecord{id: n.id, position: n.position, items: record[:end:end]}
	if n.value != nil {
		r.value = record[end:]
	}
	return r
}

func (g *group) addNode(key muster.NodeKey, n *node, value any, items []byte) (err error) {
	if n.spaceID, err = g.space(key.Space); err != nil {
		return err
	}
	done, err := g.w.addNode.ExecContext(g.ctx, n.spaceID, string(key.Node), int64(n.position), value, items)
	if err != nil {
		return err
	}
	n.id, err = done.LastInsertId()
	return err
}

func (g *group) writeContent(n *node, at slot, w *writing) error {
	pieces := piecesOf(len(w.body))
	for i := range pieces {
		if err := g.exec(g.w.putContent, contentID(n.id, at, i), piece(w.body, i, pieces)); err != nil {
			return err
		}
	}
	for i := pieces; i < w.had; i++ {
		if err := g.exec(g.w.dropContent, contentID(n.id, at, i)); err != nil {
			return err
		}
	}
	return nil
}
