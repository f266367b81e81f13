package sqlite

import (
	"cmp"
	"errors"
	"slices"
	"unsafe"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

var errNoContent = errors.New("its content is not there")

// loadNodes walks the nodes and the contents side by side, which are in the same order and must match one to one.
func (l *loader) loadNodes() error {
	nodes, err := l.query(`SELECT id, space, CAST(name AS BLOB), position, CAST(value AS BLOB), items FROM node ORDER BY id`)
	if err != nil {
		return err
	}
	bodies, err := l.query(`SELECT id, body FROM content ORDER BY id`)
	if err != nil {
		return errors.Join(err, nodes.close())
	}
	c := &contents{cursor: bodies, more: bodies.next()}
	return errors.Join(l.walkNodes(nodes, c), nodes.close(), bodies.close())
}

func (l *loader) walkNodes(nodes *cursor, c *contents) error {
	for nodes.next() {
		key := muster.NodeKey{Space: l.spaces[nodes.int(1)], Node: muster.NodeID(nodes.bytes(2))}
		value, items := nodes.bytes(4), nodes.bytes(5)
		if l.mirrors {
			l.digest -= nodeDigest(nodes.int(0), nodes.int(1), muster.Position(nodes.int(3)), nodes.bytes(2), value, items)
		}
		n, heads, err := decodeNode(value, items, l.heads)
		if err != nil {
			return damaged(store.NameOf(key), err)
		}
		l.heads = heads
		if n != nil {
			l.Changes = append(l.Changes, muster.Change{Key: key, Value: n, At: muster.Position(nodes.int(3))})
		}
		c.gather(nodes.int(0))
		for i := range heads {
			if err := l.loadItem(key, &heads[i], c); err != nil {
				return err
			}
		}
		if c.left > 0 {
			break
		}
		l.Whole = true
		if err := l.flushIfFull(); err != nil {
			return err
		}
	}
	if nodes.err == nil && c.err == nil && (c.more || c.left > 0) {
		return damaged("the list of contents", errors.New("there is one that belongs to no item"))
	}
	return nil
}

func (l *loader) loadItem(node muster.NodeKey, h *head, c *contents) error {
	key := muster.ItemKey{Space: node.Space, Node: node.Node, Type: l.types[h.typeID].name, SubType: h.subType}
	content, err := l.content(h, c)
	if err != nil {
		return damaged(store.NameOf(key), err)
	}
	l.items = append(l.items, h.item)
	item := &l.items[len(l.items)-1]
	item.Content = content
	l.Changes = append(l.Changes, muster.Change{Key: key, Value: item, At: h.position})
	return nil
}

// content gives the content as the file has it, packed, and unpacked as well.
func (l *loader) content(h *head, c *contents) (*muster.Content, error) {
	body := h.short
	if h.slot != 0 {
		stored, err := c.take(h.slot)
		if err != nil {
			return nil, err
		}
		summed, err := checkSum(stored)
		if err != nil {
			return nil, err
		}
		body = unsafe.String(unsafe.SliceData(summed), len(summed)) // nobody else has these bytes
	}
	content, rows, err := codec.CutContent(body, l.rowIDs)
	if err != nil {
		return nil, err
	}
	l.rowIDs = rows
	l.contents = append(l.contents, content)
	return &l.contents[len(l.contents)-1], codec.CheckRows(content.Rows, l.known[h.typeID])
}

// contents walks the contents a node at a time.
type contents struct {
	*cursor
	more   bool            // the cursor is at a content that was not gathered
	ofNode []storedContent // in order of slot
	pieces [][]byte        // of all of them, until the next node
	left   int             // how many of them were not taken
}

type storedContent struct {
	at       slot
	from, to int // of the pieces
	taken    bool
}

// gather reads the contents of the node, which follow those of the node before.
func (c *contents) gather(node int64) {
	c.ofNode, c.pieces = c.ofNode[:0], c.pieces[:0]
	for c.more {
		of, at := splitContentID(c.int(0))
		if of != node {
			break
		}
		from := len(c.pieces)
		c.pieces = append(c.pieces, c.bytes(1))
		if last := len(c.ofNode) - 1; last >= 0 && c.ofNode[last].at == at {
			c.ofNode[last].to++
		} else {
			c.ofNode = append(c.ofNode, storedContent{at: at, from: from, to: from + 1})
		}
		c.more = c.next()
	}
	c.left = len(c.ofNode)
}

// take gives the content in the slot, once. The caller owns it.
func (c *contents) take(at slot) ([]byte, error) {
	i, ok := slices.BinarySearchFunc(c.ofNode, at, func(s storedContent, at slot) int { return cmp.Compare(s.at, at) })
	if !ok || c.ofNode[i].taken {
		return nil, cmp.Or(c.err, errNoContent)
	}
	c.ofNode[i].taken = true
	c.left--
	pieces := c.pieces[c.ofNode[i].from:c.ofNode[i].to]
	if len(pieces) == 1 {
		return pieces[0], nil
	}
	return slices.Concat(pieces...), nil
}
