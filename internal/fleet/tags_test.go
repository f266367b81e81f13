package fleet

import (
	"context"
	"fmt"
	"testing"

	"muster"
	"muster/internal/query"
)

func (r *rig) tag(n muster.NodeID, pairs ...string) {
	r.t.Helper()
	if err := r.ChangeTags(context.Background(), here, n, adding(pairs...)); err != nil {
		r.t.Fatalf("tag %s: %v", n, err)
	}
}

func adding(pairs ...string) func([]muster.Tag) ([]muster.Tag, error) {
	var more []muster.Tag
	for i := 0; i < len(pairs); i += 2 {
		more = append(more, muster.Tag{Key: pairs[i], Value: pairs[i+1]})
	}
	return func(tags []muster.Tag) ([]muster.Tag, error) { return muster.MergeTags(tags, more), nil }
}

func (r *rig) tags(n muster.NodeID) string {
	r.t.Helper()
	tags, err := r.Tags(here, n)
	if err != nil {
		r.t.Fatal(err)
	}
	return fmt.Sprint(tags)
}

func TestTags(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		n := nodeID(1)
		r.put(n, item(app))
		r.tag(n, "b", "1", "a", "2")
		r.tag(n, "b", "3", "c", "")
		if got := r.tags(n); got != "[{a 2} {b 3} {c }]" {
			t.Errorf("the tags are %s", got)
		}
		where := query.Compile([]query.Term{
			{Attr: query.Attr{Type: muster.TypeTag, Name: "Key"}, Values: []string{"b"}},
			{Attr: query.Attr{Type: muster.TypeTag, Name: "Value"}, Values: []string{"3"}},
		})
		if found, _, err := r.Snapshot(here).Select(context.Background(), where, "", 5); err != nil || len(found) != 1 {
			t.Errorf("found by a tag: %v, %v", found, err)
		}
		r.same()
		none := func([]muster.Tag) ([]muster.Tag, error) { return nil, nil }
		for range 2 {
			if err := r.ChangeTags(context.Background(), here, n, none); err != nil {
				t.Fatal(err)
			}
			if got := r.holds(n); r.tags(n) != "[]" || got != "AWS:Application AWS:InstanceInformation" {
				t.Errorf("without tags the node holds %q, tags %s", got, r.tags(n))
			}
		}
		r.same()
		for _, n := range []muster.NodeID{nodeID(2), n} {
			if n == nodeID(1) {
				r.put(n, described(muster.Terminated))
			}
			_, err := r.Tags(here, n)
			if changed := r.ChangeTags(context.Background(), here, n, adding("a", "b")); code(err) != muster.CodeInvalidResourceID || code(changed) != muster.CodeInvalidResourceID {
				t.Errorf("the tags of %s, which is not there, answer %v and %v", n, err, changed)
			}
		}
	})
}

// TestTagsOfTwoAtOnce has neither undo the other.
func TestTagsOfTwoAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		n := nodeID(1)
		r.put(n, item(app))
		tag := func(pairs ...string) func() error {
			return func() error { return r.ChangeTags(context.Background(), here, n, adding(pairs...)) }
		}
		for i, err := range r.together(tag("a", "1"), tag("b", "1"), tag("a", "2"), tag("c", "1")) {
			if err != nil {
				t.Errorf("call %d: %v", i+1, err)
			}
		}
		if got := r.tags(n); got != "[{a 1} {b 1} {c 1}]" && got != "[{a 2} {b 1} {c 1}]" {
			t.Errorf("the tags are %s", got)
		}
		r.same()
	})
}

// TestTagsStayWithTheirNode has tags go with their node and not before.
func TestTagsStayWithTheirNode(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		alive, gone := nodeID(1), nodeID(2)
		for _, n := range []muster.NodeID{alive, gone} {
			r.put(n, item(app))
			r.tag(n, "Name", string(n))
		}
		r.live(29 * day)
		r.ping(alive, agentSays)
		r.live(2 * day)
		if got := r.holds(alive); got != "AWS:InstanceInformation AWS:Tag" {
			t.Errorf("the node that pings holds %q", got)
		}
		if got := r.holds(gone); got != "" {
			t.Errorf("the silent node holds %q", got)
		}
		r.same()
		r.put(gone, item(app))
		if got := r.tags(gone); got != "[]" {
			t.Errorf("a new node of the same id has the tags %s", got)
		}
	})
}

// TestTagsAreNotParted has the value of a tag that each node has its own of found in the dictionary all the same.
func TestTagsAreNotParted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		for node := range learnNodes {
			var tags []muster.Entry
			for i := range learnRows/learnNodes + 1 {
				tags = append(tags, entry("Key", fmt.Sprint("Key", i), "Value", fmt.Sprint(node, " ", i)))
			}
			r.put(nodeID(node), item(muster.TypeTag, tags...))
		}
		r.work()
		if splits := r.Snapshot(here).Splits(muster.TypeTag); splits.Newest() != nil {
			t.Errorf("the tags were parted by %v", splits.Newest())
		}
	})
}
