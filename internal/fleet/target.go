package fleet

import (
	"slices"
	"strings"

	"muster"
	"muster/internal/index"
)

// The keys of targets. The third has the key of a tag behind it.
const (
	targetNodes  = "InstanceIds"
	targetTagKey = "tag-key"
	targetTag    = "tag:"
)

// allNodes is the value of targetNodes that chooses every node.
const allNodes = "*"

// checkTargets refuses targets that nothing can be.
func checkTargets(targets []muster.Target) error {
	if len(targets) == 0 {
		return muster.ErrTarget("An association needs Targets, or an InstanceId.")
	}
	for _, t := range targets {
		tagged := t.Key == targetTagKey || strings.HasPrefix(t.Key, targetTag) && t.Key != targetTag
		switch {
		case t.Key != targetNodes && !tagged:
			return muster.ErrTarget("The target key %s isn't valid; it is %s, %s or %skey.", t.Key, targetNodes, targetTagKey, targetTag)
		case len(t.Values) == 0:
			return muster.ErrTarget("The target %s has no values.", t.Key)
		case t.Key == targetNodes && !slices.Equal(t.Values, []string{allNodes}):
			for _, v := range t.Values {
				if !muster.NodeID(v).Valid() {
					return muster.ErrTarget("The target %s has the value %s, which is no node's id.", t.Key, v)
				}
			}
		}
	}
	return nil
}

// targeted is a node as targets see it.
type targeted struct {
	id   muster.NodeID
	tags []muster.Tag
}

func targetedNode(s *index.Snapshot, id muster.NodeID) targeted {
	tags, _ := TagsOf(s, id)
	return targeted{id, tags}
}

// in says whether the node is among those that the targets choose.
func (n targeted) in(targets []muster.Target) bool {
	for _, t := range targets {
		if !n.chosen(t) {
			return false
		}
	}
	return len(targets) > 0
}

func (n targeted) chosen(t muster.Target) bool {
	if t.Key == targetNodes {
		return slices.Equal(t.Values, []string{allNodes}) || slices.Contains(t.Values, string(n.id))
	}
	key, byValue := strings.CutPrefix(t.Key, targetTag)
	return slices.ContainsFunc(n.tags, func(tag muster.Tag) bool {
		if byValue {
			return tag.Key == key && slices.Contains(t.Values, tag.Value)
		}
		return slices.Contains(t.Values, tag.Key)
	})
}

// The kinds of targets, from the one that says most about a node to the one that says nothing.
const (
	targetsByID = iota
	targetsByTag
	targetsAll
)

func kindOf(targets []muster.Target) int {
	kind := targetsAll
	for _, t := range targets {
		switch {
		case t.Key != targetNodes:
			kind = min(kind, targetsByTag)
		case !slices.Equal(t.Values, []string{allNodes}):
			kind = targetsByID
		}
	}
	return kind
}

// Targets says whether the targets choose the node.
func (f *Fleet) Targets(space muster.Space, targets []muster.Target, id muster.NodeID) bool {
	return targetedNode(f.Snapshot(space), id).in(targets)
}
