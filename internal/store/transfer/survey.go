package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"muster"
	"muster/internal/store"
	"muster/internal/store/codec"
)

// Survey is what a store has, as numbers: two stores with equal ones hold the same.
type Survey struct {
	Records, Items, Entries, Histories int
	Sum                                uint64 // of all records, whatever their order

	open     bool // a deletion is not at its end
	underWay bool
}

func (s Survey) String() string {
	return fmt.Sprintf("%d records, %d of them items with %d entries, %d histories of items, with the sum %016x",
		s.Records, s.Items, s.Entries, s.Histories, s.Sum)
}

// sum tells the contents of records apart.
type sum [16]byte

// survey reads a store. each, if it is not nil, gets every record's sum.
func survey(ctx context.Context, from store.Store, each func(muster.Key, sum)) (Survey, error) {
	var found Survey
	dict := dictionary{}
	add := func(c muster.Change) error {
		s, err := dict.sum(c)
		if err != nil {
			return err
		}
		found.Records++
		found.Sum += binary.LittleEndian.Uint64(s[:])
		if each != nil {
			each(c.Key, s)
		}
		return nil
	}
	held := holders{}
	_, err := from.Load(ctx, func(b store.Batch) error {
		dict.add(b.Rows)
		for _, c := range b.Changes {
			if isUnderWay(c) {
				found.underWay = true
				continue
			}
			if err := add(c); err != nil {
				return err
			}
			held.add(c)
			switch r := c.Value.(type) {
			case *muster.Item:
				found.Items++
				found.Entries += len(r.Content.Rows)
			case *muster.Deletion:
				_, left := r.Total()
				found.open = found.open || left > 0
			}
		}
		return nil
	})
	if err == nil {
		err = held.histories(ctx, from, func(c muster.Change) error {
			found.Histories++
			return add(c)
		})
	}
	found.underWay = found.underWay && each != nil // which only Copy asks, of the target
	return found, err
}

// holders are the nodes that have items, and so may have histories, which no Load gives.
type holders map[muster.NodeKey]bool

func (h holders) add(c muster.Change) {
	if key, ok := c.Key.(muster.ItemKey); ok {
		h[muster.NodeKey{Space: key.Space, Node: key.Node}] = true
	}
}

func (h holders) histories(ctx context.Context, from store.Store, each func(muster.Change) error) error {
	return from.Histories(ctx, slices.Collect(maps.Keys(h)), func(key muster.HistoryKey, value *muster.History) error {
		return each(muster.Change{Key: key, Value: value})
	})
}

// sum is that of a record. Numbers of rows and positions do not count: every store gives its own.
func (d dictionary) sum(c muster.Change) (sum, error) {
	b := fmt.Appendf(nil, "%#v\n", c.Key)
	switch r := c.Value.(type) {
	case *muster.Item:
		content := r.Content
		b = codec.AppendString(codec.AppendString(codec.AppendString(b, r.Version), r.Captured), r.Hash)
		b = binary.AppendVarint(codec.AppendEntry(b, r.Context), codec.Nanoseconds(r.Reported))
		b = binary.AppendUvarint(b, uint64(content.Split))
		b = codec.AppendString(b, string(content.Volatile))
		rows := d.of(c.Key)
		for _, id := range content.Rows {
			sum := rows[id].sum
			b = append(b, sum[:]...)
		}
	case *muster.Deletion:
		without := *r
		without.Before = 0
		text, err := json.Marshal(without)
		if err != nil {
			return sum{}, err
		}
		b = append(b, text...)
	default:
		text, err := json.Marshal(r)
		if err != nil {
			return sum{}, err
		}
		b = append(b, text...)
	}
	return sumOf(b), nil
}

func sumOf(b []byte) sum {
	hash := sha256.Sum256(b)
	return sum(hash[:16])
}
