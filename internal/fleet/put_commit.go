package fleet

import (
	"errors"
	"slices"
	"time"

	"muster"
	"muster/internal/store"
)

// errCountTypes asks Put to come again with the count of custom types among the reads, which only a new type needs.
var errCountTypes = errors.New("the custom types have to be counted")

// putCall is a Put made ready for its commit: everything that can be worked out beforehand is.
type putCall struct {
	f           *Fleet
	space       muster.Space
	put         *Put
	now         time.Time
	keys        []muster.Key      // the node's, then those of put.Items
	contents    []*muster.Content // beside put.Items, as are the next two; nil where hash-only or if all are, and see keepInContext
	attributes  [][]string        // for custom types
	comparisons []comparison      // with what is stored
	summaries   []*summary        // likewise beside them, for AWS:ComplianceItem; nil if there is none
	countTypes  bool
	pinged      time.Time // when the node last did, as far as memory knows

	readHistory bool // also of items that would not seem to change
	compared    int  // how often the content was compared before

	// What decide found, for the log.
	ignoredItems []*PutItem
	clone        bool
}

func (f *Fleet) putCall(space muster.Space, p *Put, known muster.Node) *putCall {
	c := &putCall{
		f: f, space: space, put: p, now: f.Now(),
		keys: append(make([]muster.Key, 0, 2+2*len(p.Items)), muster.NodeKey{Space: space, Node: p.Node}),
	}
	if known.Ping != nil {
		c.pinged = known.Ping.Last
	}
	x := f.index(space)
	for i := range p.Items {
		it := &p.Items[i]
		c.keys = append(c.keys, muster.ItemKey{Space: space, Node: p.Node, Type: it.Type, SubType: it.subType()})
		if it.Type == muster.TypeComplianceItem {
			c.summaries = slices.Grow(c.summaries, len(p.Items))[:len(p.Items)]
			c.summaries[i] = c.summary(x, it)
		}
		if !it.HashOnly && c.contents == nil {
			c.contents, c.attributes = make([]*muster.Content, len(p.Items)), make([][]string, len(p.Items))
			c.comparisons = make([]comparison, len(p.Items))
		}
		switch {
		case it.HashOnly:
		case it.Type == muster.TypeInstanceInformation:
			c.comparisons[i].differs = it.differs(x.Snapshot(), p.Node)
		default:
			c.prepare(x, i)
			if it.Type.Custom() {
				c.attributes[i] = it.attributes()
			}
		}
	}
	return c
}

func (c *putCall) storeCall() store.Call {
	reads := c.keys
	for i := range c.put.Items {
		it := &c.put.Items[i]
		if it.Type.Custom() {
			reads = append(reads, muster.CustomTypeKey{Space: c.space, Type: it.Type})
		}
		if it.customSubType() {
			reads = append(reads, c.subTypesKey(it))
		}
		if c.readsHistory(i) {
			reads = append(reads, c.historyKey(i))
		}
	}
	for _, s := range c.summaries {
		if s != nil {
			reads = append(reads, s.key)
		}
	}
	if c.countTypes {
		reads = append(reads, muster.CustomTypeCountKey{Space: c.space})
	}
	return store.Call{Reads: reads, Decide: c.decide}
}

// decide holds the report against the stored state: the node's, then each item's. It may run more than once.
func (c *putCall) decide(v store.View) ([]muster.Change, error) {
	node, err := c.node(v)
	if err != nil {
		return nil, err
	}
	changes := make([]muster.Change, 0, 1+len(c.put.Items))
	items := make([]muster.Item, len(c.put.Items)) // in one piece: applying keeps none of them
	changes = append(changes, muster.Change{Key: c.keys[0], Value: node})
	c.ignoredItems = nil
	newTypes, newSubTypes := 0, 0
	for i := range c.put.Items {
		it := &c.put.Items[i]
		stored := store.Get[*muster.Item](v, c.keys[1+i])
		custom := c.customType(v, it)
		if it.ignored(custom, stored) {
			c.ignoredItems = append(c.ignoredItems, it)
			continue
		}
		if it.Type.Custom() && !it.HashOnly {
			learned, isNew, err := c.learn(v, i, custom, newTypes)
			if err != nil {
				return nil, err
			}
			if isNew {
				newTypes++
			}
			if learned != nil {
				changes = append(changes, muster.Change{Key: muster.CustomTypeKey{Space: c.space, Type: it.Type}, Value: learned})
			}
		}
		if stored == nil && it.customSubType() {
			if err := c.checkSubTypes(v, it, newSubTypes); err != nil {
				return nil, err
			}
			newSubTypes++
		}
		if err := c.item(i, custom, stored, &items[i]); err != nil {
			return nil, err
		}
		changes = append(changes, muster.Change{Key: c.keys[1+i], Value: &items[i]})
		if changes, err = c.appendHistory(changes, v, i, stored, &items[i]); err != nil {
			return nil, err
		}
		if c.summaries != nil && c.summaries[i] != nil {
			changes = append(changes, c.summaries[i].change(v, &items[i])...)
		}
	}
	return changes, nil
}

// node gives the node's record after the put, registered if it was unknown.
func (c *putCall) node(v store.View) (*muster.Node, error) {
	stored := store.Get[*muster.Node](v, c.keys[0])
	record := muster.Node{Registered: c.now}
	if stored != nil {
		record = *stored
	}
	if err := c.f.admit(record, stored != nil, c.put); err != nil {
		return nil, err
	}
	record.Ping = withLast(record.Ping, c.pinged, c.now) // the record is written anyway
	if info := c.put.info(); info != nil && !info.HashOnly {
		c.describe(&record, info)
	}
	if record.Registration.Over() {
		record.Registration = nil // an administrator has brought the node back
	}
	record, c.clone = reportedBy(record, c.put.Reporter, c.now)
	return &record, c.charge(&record)
}

// describe takes over what the record has of AWS:InstanceInformation. Of a node that pings the pings say how it is; only an
// administrator says that it is gone.
func (c *putCall) describe(r *muster.Node, info *PutItem) {
	if r.Ping == nil || c.put.Admin {
		r.Status = info.status()
	}
	if r.Ping != nil {
		after := *r.Ping
		after.Changed = c.now
		r.Ping = &after
	}
}

// charge adds the call to the node's day.
func (c *putCall) charge(n *muster.Node) error {
	limit := c.f.Limits.DailyNodeBytes
	if limit == 0 {
		return nil
	}
	if today := c.now.UTC().Format(time.DateOnly); n.Usage.Day != today {
		n.Usage = muster.Usage{Day: today}
	}
	for _, it := range c.put.Items {
		n.Usage.Bytes += it.Size
	}
	if n.Usage.Bytes > limit {
		return muster.ErrDailyNodeSize
	}
	return nil
}

// ignored says whether the item comes under a disabled version of its type: it is dropped and the call answers as if nothing
// were amiss (P15). The version of a hash-only item is another item's, so there the stored one counts.
func (it *PutItem) ignored(custom *muster.CustomType, stored *muster.Item) bool {
	version := it.Version
	if it.HashOnly {
		if stored == nil {
			return false
		}
		version = stored.Version
	}
	return custom.Disabled(version)
}

// customType gives the item's, nil if it is not of one, or of a new one.
func (c *putCall) customType(v store.View, it *PutItem) *muster.CustomType {
	if !it.Type.Custom() {
		return nil
	}
	return store.Get[*muster.CustomType](v, muster.CustomTypeKey{Space: c.space, Type: it.Type})
}

// learn gives the custom type with what this item adds to it, nil if that is nothing, and whether the type is new. newTypes are
// those that this call has added already.
func (c *putCall) learn(v store.View, i int, known *muster.CustomType, newTypes int) (learned *muster.CustomType, isNew bool, err error) {
	it := &c.put.Items[i]
	wider, changed, err := known.Widen(it.Type, it.Version, c.attributes[i])
	if err != nil || !changed {
		return nil, false, err
	}
	limit := c.f.Limits.CustomTypes
	if known != nil || limit == 0 {
		return wider, known == nil, nil
	}
	if !c.countTypes {
		return nil, false, errCountTypes
	}
	if count := store.Get[*muster.Count](v, muster.CustomTypeCountKey{Space: c.space}); count != nil {
		newTypes += count.N
	}
	if newTypes >= limit {
		return nil, false, muster.ErrCustomTypeCount
	}
	return wider, true, nil
}

// checkSubTypes bounds the custom compliance types of a node. added are those that this call has added already.
func (c *putCall) checkSubTypes(v store.View, it *PutItem, added int) error {
	limit := c.f.Limits.ComplianceTypes
	if limit == 0 {
		return nil
	}
	if held := store.Get[*muster.SubTypes](v, c.subTypesKey(it)); held != nil {
		for _, name := range held.Names {
			if muster.TypeName(name).Custom() {
				added++
			}
		}
	}
	if added >= limit {
		return muster.ErrSubTypeCount(it.Type, limit)
	}
	return nil
}

func (it *PutItem) customSubType() bool { return muster.TypeName(it.subType()).Custom() }

// item makes what is stored for the i-th item. An item that comes with the stored hash keeps the stored content, whether it
// brought the content again or not. A hash alone cannot bring a custom type back whose schema was deleted while the data is
// still on its way out.
func (c *putCall) item(i int, custom *muster.CustomType, stored, item *muster.Item) error {
	it := &c.put.Items[i]
	if it.Base != nil {
		return c.itemFromBase(i, stored, item)
	}
	same := stored != nil && it.Hash != "" && it.Hash == stored.Hash
	if it.HashOnly && (!same || it.Type.Custom() && custom == nil) {
		return muster.ErrContentMismatch(it.Type)
	}
	*item = muster.Item{
		Version:  it.Version,
		Captured: it.Captured,
		Hash:     it.Hash,
		Context:  it.Context,
		Reported: c.now,
	}
	if it.HashOnly {
		item.Version = stored.Version
	}
	switch {
	case it.Type == muster.TypeInstanceInformation:
		it.keepInContext(item, stored)
	case !same:
		item.Content = c.contents[i]
	}
	return nil
}

// itemFromBase makes what is stored in the place of the item that the content was made from.
func (c *putCall) itemFromBase(i int, stored, item *muster.Item) error {
	it := &c.put.Items[i]
	*item = muster.Item{Version: it.Version, Captured: it.Captured, Context: it.Context, Reported: c.now, Content: c.contents[i]}
	var at muster.Position
	if stored != nil {
		at, item.Hash = stored.At, stored.Hash
	}
	if at != *it.Base {
		return errMoved
	}
	return nil
}

// keepInContext puts the one entry of AWS:InstanceInformation where a ComplianceItem has its Context, and leaves the content
// empty. The entry is unique to its node, so a dictionary would only collect garbage; and the registry, not the index, reads it.
// Only without a content is it for sure the entry that was there before, see touched.
func (it *PutItem) keepInContext(item, stored *muster.Item) {
	if it.HashOnly {
		item.Context = stored.Context
		return
	}
	item.Content = &muster.Content{}
	if len(it.Content) == 1 {
		item.Context = it.Content[0]
	}
}

func (c *putCall) subTypesKey(it *PutItem) muster.SubTypesKey {
	return muster.SubTypesKey{Space: c.space, Node: c.put.Node, Type: it.Type}
}
