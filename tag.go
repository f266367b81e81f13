package muster

import (
	"slices"
	"strings"
)

// Tag is a word that people have put on a node, and what it says. No two tags of a node have the same key.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Entry is the tag as AWS:Tag shows it.
func (t Tag) Entry() Entry { return Entry{{"Key", t.Key}, {"Value", t.Value}} }

// TagOf reads an entry of AWS:Tag, and says whether it is one.
func TagOf(e Entry) (t Tag, ok bool) {
	t.Key, ok = e.Get("Key")
	t.Value, _ = e.Get("Value")
	return t, ok && t.Key != ""
}

// MergeTags gives the tags of both lists by key; where both have one, the second's stands, and within a list the last.
func MergeTags(tags, more []Tag) []Tag {
	all := slices.Concat(tags, more)
	slices.SortStableFunc(all, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	kept := all[:0]
	for i, t := range all {
		if i+1 == len(all) || all[i+1].Key != t.Key {
			kept = append(kept, t)
		}
	}
	return kept
}
