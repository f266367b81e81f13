package storetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// State is all that a store holds.
type State struct {
	Position muster.Position
	Records  map[muster.Key]muster.Change
	Rows     map[muster.RowKey]muster.Entry
}

// Load gives what the store holds, or in which way it breaks the promises of Load.
func Load(s store.Store) (State, error) {
	st := State{Records: map[muster.Key]muster.Change{}, Rows: map[muster.RowKey]muster.Entry{}}
	position, err := s.Load(context.Background(), func(b store.Batch) error {
		for _, r := range b.Rows {
			key := muster.RowKey{Space: r.Space, Type: r.Type, ID: r.ID}
			if _, twice := st.Rows[key]; twice {
				return fmt.Errorf("%v is loaded twice", key)
			}
			st.Rows[key] = slices.Clone(r.Entry)
		}
		for _, c := range b.Changes {
			if item, ok := c.Value.(*muster.Item); ok {
				own, err := cloneItem(item)
				if err != nil {
					return fmt.Errorf("%#v: %w", c.Key, err)
				}
				c.Value = own
			}
			if err := st.add(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return State{}, err
	}
	st.Position = position
	return st, st.check()
}

// cloneItem copies what a Load only lends. What it gives packed besides is to be the same.
func cloneItem(lent *muster.Item) (*muster.Item, error) {
	item := *lent
	if lent.Content == nil {
		return &item, nil
	}
	content := *lent.Content
	if content.Packed != "" && content.Packed != string(codec.AppendContent(nil, &content)) {
		return nil, fmt.Errorf("the content %v is badly packed", content)
	}
	content.Rows, content.Volatile, content.Packed = slices.Clone(content.Rows), slices.Clone(content.Volatile), ""
	item.Content = &content
	return &item, nil
}

func (st State) add(c muster.Change) error {
	if _, twice := st.Records[c.Key]; twice {
		return fmt.Errorf("%#v is loaded twice", c.Key)
	}
	if err := store.CheckChange(c); err != nil {
		return err
	}
	if c.Value == nil {
		return fmt.Errorf("%#v is loaded without a value", c.Key)
	}
	st.Records[c.Key] = c
	item, ok := c.Value.(*muster.Item)
	if !ok {
		return nil
	}
	key := c.Key.(muster.ItemKey)
	if item.Content == nil || len(item.Content.Fresh) > 0 {
		return fmt.Errorf("%#v is loaded with the content %v", key, item.Content)
	}
	for _, id := range item.Content.Rows {
		if _, ok := st.Rows[muster.RowKey{Space: key.Space, Type: key.Type, ID: id}]; !ok {
			return fmt.Errorf("%#v is loaded before its row %d", key, id)
		}
	}
	return nil
}

// check looks at what holds of every state that a store may be in.
func (st State) check() error {
	for key, c := range st.Records {
		if c.At == 0 || c.At > st.Position {
			return fmt.Errorf("%#v has position %d, the store %d", key, c.At, st.Position)
		}
	}
	entries := map[string]muster.RowKey{}
	for key, e := range st.Rows {
		if key.ID == 0 {
			return fmt.Errorf("%v has no number", key)
		}
		text := fmt.Sprintf("%q %q %q", key.Space, key.Type, e)
		if other, twice := entries[text]; twice {
			return fmt.Errorf("%v and %v are one entry", key, other)
		}
		entries[text] = key
	}
	return nil
}

// Entries gives the entries of an item, nil if there is none.
func (st State) Entries(key muster.ItemKey) []muster.Entry {
	item, ok := st.Records[key].Value.(*muster.Item)
	if !ok {
		return nil
	}
	entries := make([]muster.Entry, len(item.Content.Rows))
	for i, id := range item.Content.Rows {
		entries[i] = st.Rows[muster.RowKey{Space: key.Space, Type: key.Type, ID: id}]
	}
	return entries
}

// unused gives the rows that no item has, in order.
func (st State) unused() []muster.RowKey {
	rows := maps.Clone(st.Rows)
	for key, c := range st.Records {
		item, ok := c.Value.(*muster.Item)
		if !ok {
			continue
		}
		key := key.(muster.ItemKey)
		for _, id := range item.Content.Rows {
			delete(rows, muster.RowKey{Space: key.Space, Type: key.Type, ID: id})
		}
	}
	return slices.SortedFunc(maps.Keys(rows), func(a, b muster.RowKey) int {
		return cmp.Or(cmp.Compare(a.Space.Account, b.Space.Account), cmp.Compare(a.Space.Region, b.Space.Region),
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
}

// Diff gives the lines that one state has and the other has not, empty if they are the same.
func (st State) Diff(want State) string {
	return diffLines(st.lines(), want.lines())
}

func (st State) lines() []string {
	lines := []string{fmt.Sprintf("position %d", st.Position)}
	for _, c := range st.Records {
		lines = append(lines, changeLine(c))
	}
	for key, e := range st.Rows {
		lines = append(lines, rowLine(muster.Row{Space: key.Space, Type: key.Type, ID: key.ID, Entry: e}))
	}
	slices.Sort(lines)
	return lines
}

func diffLines(got, want []string) string {
	var b strings.Builder
	count := map[string]int{}
	for _, l := range got {
		count[l]++
	}
	for _, l := range want {
		count[l]--
	}
	for _, l := range slices.SortedFunc(maps.Keys(count), strings.Compare) {
		switch n := count[l]; {
		case n > 0:
			fmt.Fprintf(&b, "got  %s\n", l)
		case n < 0:
			fmt.Fprintf(&b, "want %s\n", l)
		}
	}
	return b.String()
}

func rowLine(r muster.Row) string {
	return fmt.Sprintf("row %s %s %d: %q", r.Space, r.Type, r.ID, r.Entry)
}

// changeLine has all that a store must keep of a change. Times are instants: the zone they were given in may be lost.
func changeLine(c muster.Change) string {
	return fmt.Sprintf("%T%+v at %d: %s", c.Key, c.Key, c.At, recordText(c.Value))
}

func recordText(r muster.Record) string {
	switch r := r.(type) {
	case nil:
		return "gone"
	case *muster.Item:
		content := "kept"
		if r.Content != nil {
			content = fmt.Sprintf("%v split %d %q", r.Content.Rows, r.Content.Split, r.Content.Volatile)
		}
		return fmt.Sprintf("%q %q %q %q %s %s", r.Version, r.Captured, r.Hash, []muster.Field(r.Context), instant(r.Reported), content)
	case *muster.Node:
		c := *r
		for _, t := range []*time.Time{&c.Registered, &c.Reported, &c.Reporter.Last, &c.Former.Last, &c.Clone} {
			*t = t.UTC()
		}
		if r.Ping != nil {
			c.Ping = &muster.Ping{Last: r.Ping.Last.UTC(), Changed: r.Ping.Changed.UTC(), Info: r.Ping.Info}
		}
		if c.Registration = r.Registration.Clone(); c.Registration != nil {
			c.Registration.Ended = c.Registration.Ended.UTC()
		}
		return jsonText(&c)
	case *muster.Activation:
		c := *r
		c.Created, c.Expires = c.Created.UTC(), c.Expires.UTC()
		return jsonText(&c)
	case *muster.Deletion:
		c := *r
		c.Started, c.Updated = c.Started.UTC(), c.Updated.UTC()
		return jsonText(&c)
	case *muster.Association:
		c := *r
		c.Created, c.Updated, c.Due = c.Created.UTC(), c.Updated.UTC(), c.Due.UTC()
		return jsonText(&c)
	case *muster.AccessKey:
		c := *r
		c.Created = c.Created.UTC()
		return jsonText(&c)
	}
	return jsonText(r)
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func jsonText(r any) string {
	text, err := json.Marshal(r)
	return cmp.Or(string(text), fmt.Sprint(err))
}
