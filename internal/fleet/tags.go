package fleet

import (
	"context"
	"errors"
	"time"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
)

// A node's tags are kept as the item AWS:Tag, with an entry for each, by key: so the dictionary has each of them once, they are found
// by every filter, and no other record is to be kept in step. Unlike other items they do not expire before their node.

// errMoved is a node's item having changed since it was looked at.
var errMoved = errors.New("the item has changed meanwhile")

// Tags gives the tags of a registered node, by key.
func (f *Fleet) Tags(space muster.Space, node muster.NodeID) ([]muster.Tag, error) {
	if n, registered := f.Node(space, node); !registered || n.Gone() {
		return nil, muster.ErrResourceID
	}
	tags, _ := TagsOf(f.Snapshot(space), node)
	return tags, nil
}

// TagsOf gives the tags of a node, by key, and when they were last changed.
func TagsOf(s *index.Snapshot, node muster.NodeID) (tags []muster.Tag, at muster.Position) {
	for _, it := range s.Items(node, muster.TypeTag) {
		at = it.At
		for _, e := range it.Entries(0, it.Len()) {
			if t, ok := muster.TagOf(e); ok {
				tags = append(tags, t)
			}
		}
	}
	return muster.MergeTags(tags, nil), at
}

// ChangeTags makes the tags of a registered node what change makes of them; it may be asked more than once.
func (f *Fleet) ChangeTags(ctx context.Context, space muster.Space, node muster.NodeID, change func([]muster.Tag) ([]muster.Tag, error)) error {
	for {
		tags, at := TagsOf(f.Snapshot(space), node)
		after, err := change(tags)
		if err != nil {
			return err
		}
		err = f.commit(ctx, f.tagCall(space, node, after, at))
		if !errors.Is(err, errMoved) {
			return err
		}
		if err := f.Current(ctx); err != nil { // so that the index has the others
			return err
		}
	}
}

// tagCall sets the tags of a node, if they have not changed since the position.
func (f *Fleet) tagCall(space muster.Space, node muster.NodeID, tags []muster.Tag, since muster.Position) store.Call {
	nodeKey := muster.NodeKey{Space: space, Node: node}
	set := tagged(space, node, tags, f.Now())
	return store.Call{Reads: []muster.Key{nodeKey, set.Key}, Decide: func(v store.View) ([]muster.Change, error) {
		if n := store.Get[*muster.Node](v, nodeKey); n == nil || n.Gone() {
			return nil, muster.ErrResourceID
		}
		if stored := store.Get[*muster.Item](v, set.Key); stored != nil && stored.At != since || stored == nil && since != 0 {
			return nil, errMoved
		}
		return []muster.Change{set}, nil
	}}
}

// tagged is the change that gives a node these tags and no others.
func tagged(space muster.Space, node muster.NodeID, tags []muster.Tag, now time.Time) muster.Change {
	c := muster.Change{Key: muster.ItemKey{Space: space, Node: node, Type: muster.TypeTag}}
	if len(tags) == 0 {
		return c
	}
	content := &muster.Content{Rows: make([]muster.RowID, len(tags))}
	for i, t := range tags {
		content.Fresh = append(content.Fresh, muster.FreshRow{At: i, Entry: t.Entry()}) // the store knows those that there are
	}
	c.Value = &muster.Item{Version: "1.0", Captured: muster.NewCaptureTime(now), Reported: now, Content: content}
	return c
}
