package postgres

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// feedFormat leads the body of a row of the feed.
const feedFormat = 1

// The forms of a change in the feed.
const (
	feedNode   = 1
	feedItem   = 2
	feedRow    = 3
	feedRecord = 4
)

// What follows the key of a change.
const (
	feedGone    = 0
	feedTouched = 1 // the head of an item, which keeps its content
	feedThere   = 2
)

// appendFeed writes the accepted calls of a group, each with all that it has changed: who follows has to look nowhere else, and sees
// the state after each group, never a later one.
func appendFeed(b []byte, outcomes []store.Outcome) ([]byte, error) {
	b = append(b, feedFormat)
	for _, o := range outcomes {
		if o.Err != nil {
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(o.Rows)))
		for _, r := range o.Rows {
			b = codec.AppendString(appendSpace(b, r.Space), r.Type)
			b = binary.AppendUvarint(b, uint64(r.ID))
			b = codec.AppendString(b, codec.AppendEntry(nil, r.Entry))
		}
		changes := withoutHistories(o.Changes)
		b = binary.AppendUvarint(b, uint64(len(changes)))
		for _, c := range changes {
			var err error
			if b, err = appendChange(b, c); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// withoutHistories leaves out what nobody has in memory.
func withoutHistories(changes []muster.Change) []muster.Change {
	isHistory := func(c muster.Change) bool { _, is := c.Key.(muster.HistoryKey); return is }
	if !slices.ContainsFunc(changes, isHistory) {
		return changes
	}
	return slices.DeleteFunc(slices.Clone(changes), isHistory)
}

func appendSpace(b []byte, s muster.Space) []byte {
	return codec.AppendString(codec.AppendString(b, s.Account), s.Region)
}

func appendChange(b []byte, c muster.Change) ([]byte, error) {
	switch key := c.Key.(type) {
	case muster.NodeKey:
		return appendValue(codec.AppendString(appendSpace(append(b, feedNode), key.Space), key.Node), c.Value)
	case muster.ItemKey:
		b = codec.AppendString(appendSpace(append(b, feedItem), key.Space), key.Node)
		return appendItem(codec.AppendString(codec.AppendString(b, key.Type), key.SubType), c.Value), nil
	case muster.RowKey:
		return binary.AppendUvarint(codec.AppendString(appendSpace(append(b, feedRow), key.Space), key.Type), uint64(key.ID)), nil
	}
	kind, space, name, err := store.Place(c.Key)
	if err != nil {
		return nil, err
	}
	return appendValue(codec.AppendString(appendSpace(codec.AppendString(append(b, feedRecord), kind), space), name), c.Value)
}

func appendValue(b []byte, value muster.Record) ([]byte, error) {
	if value == nil {
		return append(b, feedGone), nil
	}
	text, err := json.Marshal(value)
	return codec.AppendString(append(b, feedThere), text), err
}

func appendItem(b []byte, value muster.Record) []byte {
	item, ok := value.(*muster.Item)
	if !ok {
		return append(b, feedGone)
	}
	form := byte(feedTouched)
	if item.Content != nil {
		form = feedThere
	}
	b = binary.AppendVarint(append(b, form), codec.Nanoseconds(item.Reported))
	b = codec.AppendString(codec.AppendString(codec.AppendString(b, item.Captured), item.Version), item.Hash)
	b = codec.AppendString(b, codec.AppendEntry(nil, item.Context))
	if item.Content != nil {
		b = codec.AppendString(b, codec.AppendContent(nil, item.Content))
	}
	return b
}

// decodeFeed gives the calls of a row of the feed, of which the last has the row's position and each other the one before the next.
func decodeFeed(body []byte, last muster.Position) ([]store.Outcome, error) {
	d := feedDecoder{codec.NewDecoder(string(body))}
	if d.Byte() != feedFormat {
		return nil, errors.New("unknown format of the feed")
	}
	var calls []store.Outcome
	for d.More() {
		o, err := d.call()
		if err != nil {
			return nil, err
		}
		calls = append(calls, o)
	}
	first := last + 1 - muster.Position(len(calls))
	for i, o := range calls {
		for j := range o.Changes {
			o.Changes[j].At = first + muster.Position(i)
		}
	}
	return calls, d.End()
}

type feedDecoder struct{ codec.Decoder }

// Text takes a string that shares no memory with the rest: what is applied lives longer than the row of the feed.
func (d *feedDecoder) Text() string { return strings.Clone(d.Decoder.Text()) }

func (d *feedDecoder) call() (store.Outcome, error) {
	var o store.Outcome
	for range d.Count() {
		r := muster.Row{Space: d.space(), Type: muster.TypeName(d.Text()), ID: muster.RowID(d.Uvarint())}
		var err error
		if r.Entry, err = codec.DecodeEntry(d.Text(), nil); err != nil {
			return o, err
		}
		o.Rows = append(o.Rows, r)
	}
	for range d.Count() {
		c, err := d.change()
		if err != nil {
			return o, err
		}
		o.Changes = append(o.Changes, c)
	}
	return o, nil
}

func (d *feedDecoder) space() muster.Space {
	return muster.Space{Account: muster.AccountID(d.Text()), Region: muster.Region(d.Text())}
}

func (d *feedDecoder) change() (c muster.Change, err error) {
	switch d.Byte() {
	case feedNode:
		c.Key = muster.NodeKey{Space: d.space(), Node: muster.NodeID(d.Text())}
		if d.Byte() != feedGone {
			n := &muster.Node{}
			c.Value, err = n, json.Unmarshal([]byte(d.Text()), n)
		}
	case feedItem:
		c.Key = muster.ItemKey{Space: d.space(), Node: muster.NodeID(d.Text()), Type: muster.TypeName(d.Text()), SubType: d.Text()}
		c.Value, err = d.item()
	case feedRow:
		c.Key = muster.RowKey{Space: d.space(), Type: muster.TypeName(d.Text()), ID: muster.RowID(d.Uvarint())}
	case feedRecord:
		kind, space, name := d.Text(), d.space(), d.Text()
		if d.Byte() == feedGone {
			c.Key, _, err = store.DecodeRecord(kind, space, name, []byte("null"))
			break
		}
		c.Key, c.Value, err = store.DecodeRecord(kind, space, name, []byte(d.Text()))
	default:
		err = codec.ErrDamaged
	}
	return c, err
}

func (d *feedDecoder) item() (muster.Record, error) {
	form := d.Byte()
	if form == feedGone {
		return nil, nil
	}
	item := &muster.Item{Reported: codec.Time(d.Varint())}
	item.Captured, item.Version, item.Hash = muster.CaptureTime(d.Text()), muster.Version(d.Text()), muster.ContentHash(d.Text())
	var err error
	if item.Context, err = codec.DecodeEntry(d.Text(), nil); err != nil || form == feedTouched {
		return item, err
	}
	item.Content, err = codec.DecodeContent([]byte(d.Text()))
	return item, err
}
