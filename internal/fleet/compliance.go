package fleet

import (
	"context"
	"errors"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
)

// summary is what AWS:ComplianceSummary is to say of an AWS:ComplianceItem that is put: it is stored together with it.
type summary struct {
	key     muster.ItemKey
	content *muster.Content // nil where the item comes by its hash alone
}

func (c *putCall) summary(x *index.Index, it *PutItem) *summary {
	s := &summary{key: muster.ItemKey{Space: c.space, Node: c.put.Node, Type: muster.TypeComplianceSummary, SubType: it.subType()}}
	if !it.HashOnly {
		of := PutItem{Type: s.key.Type, Content: []muster.Entry{muster.SummarizeCompliance(it.Content)}}
		s.content, _ = of.content(x)
	}
	return s
}

// change goes with that of the item: where that keeps its content, the summary keeps its own.
func (s *summary) change(v store.View, item *muster.Item) []muster.Change {
	after := *item
	after.Version, after.Hash, after.Content = "1.0", "", nil
	if item.Content != nil {
		after.Content = s.content
	} else if v.Get(s.key) == nil {
		return nil
	}
	return []muster.Change{{Key: s.key, Value: &after}}
}

// PutCompliance stores the items of one compliance type of a node. With partial those that the node has under other Ids stay, and
// so does the hash.
func (f *Fleet) PutCompliance(ctx context.Context, space muster.Space, node muster.NodeID, it PutItem, partial bool) error {
	content := lastOfEachID(it.Content)
	for {
		put := it
		put.Content = content
		if partial {
			put.Content, put.Base = f.besides(space, node, it.subType(), content)
			if err := f.checkTogether(put.Content); err != nil {
				return err
			}
		}
		if err := f.Put(ctx, space, &Put{Node: node, Items: []PutItem{put}}); !errors.Is(err, errMoved) {
			return err
		}
		if err := f.Current(ctx); err != nil {
			return err
		}
	}
}

// checkTogether holds items that came in several calls against the limits of one: else a node could add to them for ever.
func (f *Fleet) checkTogether(content []muster.Entry) error {
	limit, size := f.Limits.ComplianceBytes, 0
	for _, e := range content {
		for _, field := range e {
			size += len(field.Name) + len(field.Value)
		}
	}
	if limit > 0 && int64(size) > limit || len(content) > muster.MaxEntries {
		return muster.ErrComplianceSize(limit)
	}
	return nil
}

// besides gives the stored entries with other Ids, and behind them the new ones, and when what is stored was.
func (f *Fleet) besides(space muster.Space, node muster.NodeID, subType string, content []muster.Entry) ([]muster.Entry, *muster.Position) {
	var all []muster.Entry
	var at muster.Position
	for _, item := range f.Snapshot(space).Items(node, muster.TypeComplianceItem) {
		if item.SubType != subType {
			continue
		}
		at = item.At
		for _, e := range item.Entries(0, item.Len()) {
			all = append(all, e)
		}
	}
	return lastOfEachID(append(all, content...)), &at
}

// lastOfEachID leaves out entries whose Id comes again (X14). An entry without Id is nobody's double.
func lastOfEachID(entries []muster.Entry) []muster.Entry {
	last := map[string]int{}
	for i, e := range entries {
		if id, ok := e.Get("Id"); ok {
			last[id] = i
		}
	}
	kept := make([]muster.Entry, 0, len(entries))
	for i, e := range entries {
		if id, ok := e.Get("Id"); !ok || last[id] == i {
			kept = append(kept, e)
		}
	}
	return kept
}
