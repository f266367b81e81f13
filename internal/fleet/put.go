package fleet

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"muster"
	"muster/internal/index"
	"muster/internal/schema"
	"muster/internal/store"
	"muster/internal/volatile"
)

// Put is what one PutInventory call reports, after the constraints of the model were checked.
type Put struct {
	Node  muster.NodeID
	Items []PutItem

	Reporter string // fingerprint of the host that reports, if it told
	Admin    bool   // the caller may bring a terminated node back
}

// PutItem is one item of a Put.
type PutItem struct {
	Type     muster.TypeName
	Version  muster.Version
	Captured muster.CaptureTime
	Hash     muster.ContentHash
	Context  muster.Entry
	Content  []muster.Entry // nil with HashOnly
	HashOnly bool           // no Content was sent; an empty one is something else
	Size     int64          // of the content as compact JSON, bytes

	// Base is the position of the stored item that the content was made from, 0 for none: it keeps its hash, and if it is not the
	// stored one any more the put is refused with errMoved. Nil for content that stands for itself.
	Base *muster.Position
}

// Put stores the report, all of it or nothing. What can be refused without the stored state is refused first.
func (f *Fleet) Put(ctx context.Context, space muster.Space, p *Put) error {
	known, registered := f.state.Load().node(space, p.Node)
	if err := f.admit(known, registered, p); err != nil {
		return err
	}
	if err := f.checkItems(p); err != nil {
		return err
	}
	if err := f.expectSplits(ctx, space, p.Items); err != nil {
		return err
	}
	defer f.putting.end(f.putting.begin())
	call := f.putCall(space, p, known)
	for {
		err := f.commit(ctx, call.storeCall())
		switch {
		case err == nil:
			f.reports.add(f.Now(), func(n *int) { *n++ })
			f.tell(call)
			return nil
		case errors.Is(err, errCountTypes):
			call.countTypes = true
		case errors.Is(err, errReadHistory):
			call.readHistory = true
		case errors.Is(err, store.ErrRowGone), errors.Is(err, errCompareAgain):
			if err := f.Current(ctx); err != nil {
				return err
			}
			counted, compared := call.countTypes, call.compared
			call = f.putCall(space, p, known)
			call.countTypes, call.compared = counted, compared+1
		default:
			return err
		}
	}
}

// tell logs what the answer of a put does not say.
func (f *Fleet) tell(c *putCall) {
	for _, it := range c.ignoredItems {
		f.stats.IgnoredItems.Add(1)
		f.Log.Warn("ignored an item under a disabled schema version; a greater version would be taken",
			"space", c.space.String(), "node", c.put.Node, "type", it.Type, "version", it.Version)
	}
	if c.clone {
		f.Log.Warn("two hosts take turns to report for one node: a machine id was cloned; run muster collect --new-identity on one of them",
			"space", c.space.String(), "node", c.put.Node)
	}
}

// admit decides whether the node takes puts. It is asked before anything else, and once more when the call is committed.
func (f *Fleet) admit(n muster.Node, registered bool, p *Put) error {
	switch {
	case !registered && f.ClosedRegistration:
		return muster.ErrInvalidInstanceID(p.Node)
	case n.Registration.Over() && n.Registration.Keyed(): // it has to register again
		return muster.ErrInvalidInstanceID(p.Node)
	case n.Gone() && !p.revives():
		return muster.ErrInvalidInstanceID(p.Node)
	}
	return nil
}

// revives says whether an administrator describes the node as something else than terminated.
func (p *Put) revives() bool {
	info := p.info()
	return p.Admin && info != nil && !info.HashOnly && info.status() != muster.Terminated
}

// info gives the AWS:InstanceInformation among the items, or nil.
func (p *Put) info() *PutItem {
	for i := range p.Items {
		if p.Items[i].Type == muster.TypeInstanceInformation {
			return &p.Items[i]
		}
	}
	return nil
}

// status is the InstanceStatus of a put AWS:InstanceInformation, empty if it says none that AWS knows.
func (it *PutItem) status() muster.InstanceStatus {
	if len(it.Content) == 0 {
		return ""
	}
	text, _ := it.Content[0].Get("InstanceStatus")
	status, _ := muster.ParseInstanceStatus(text)
	return status
}

// checkItems holds the items against the catalogue and the limits: names, contexts, versions, contents and sizes, in this order,
// each for all items (P2).
func (f *Fleet) checkItems(p *Put) error {
	for _, check := range []func(*PutItem) error{checkName, checkContext, checkVersion, checkContent, f.checkSize} {
		for i := range p.Items {
			if err := check(&p.Items[i]); err != nil {
				return err
			}
		}
	}
	if err := checkRepeated(p.Items); err != nil {
		return err
	}
	var total int64
	for _, it := range p.Items {
		total += it.Size
	}
	if limit := f.Limits.CallBytes; limit > 0 && total > limit {
		return muster.ErrCallSize(total, limit)
	}
	return nil
}

func checkName(it *PutItem) error {
	if !schema.ValidTypeName(it.Type) {
		return muster.ErrUnknownType(it.Type)
	}
	return nil
}

// checkContext takes a Context on AWS:ComplianceItem only, where it has to name the ComplianceType (P22).
func checkContext(it *PutItem) error {
	if it.Type != muster.TypeComplianceItem {
		if len(it.Context) > 0 {
			return muster.ErrNoContext(it.Type)
		}
		return nil
	}
	for _, f := range it.Context {
		if !slices.Contains(schema.ContextAttributes(it.Type), f.Name) {
			return muster.ErrItemContext(it.Type, "unknown key "+f.Name)
		}
	}
	if it.subType() == "" {
		return muster.ErrItemContext(it.Type, "ComplianceType is missing")
	}
	return nil
}

// checkVersion asks the catalogue, but not for an item without content: the agent sends another item's version there.
func checkVersion(it *PutItem) error {
	if !it.HashOnly && !it.Type.Custom() && !schema.SupportsVersion(it.Type, it.Version) {
		return muster.ErrSchemaVersion(it.Type, it.Version)
	}
	return nil
}

func checkContent(it *PutItem) error {
	if it.HashOnly {
		if it.Hash == "" {
			return muster.ErrItemContent(it.Type, "The inventory item %s has neither Content nor ContentHash.", it.Type)
		}
		return nil
	}
	if it.Type == muster.TypeInstanceInformation && len(it.Content) > 1 {
		return muster.ErrItemContent(it.Type, "%s has %d entries; a node has one.", it.Type, len(it.Content))
	}
	builtin, ok := schema.Builtin(it.Type)
	if !ok {
		return nil
	}
	for _, a := range builtin.Attributes {
		if !a.Number {
			continue
		}
		for _, e := range it.Content {
			if value, _ := e.Get(a.Name); !isNumber(value) {
				return muster.ErrItemContent(it.Type, "The attribute %s of %s is a number; %q is not one.", a.Name, it.Type, value)
			}
		}
	}
	return nil
}

// isNumber takes decimal numbers, and the empty string, which the agent sends where the host does not tell (P10).
func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return s == "" || err == nil && strings.Trim(s, "0123456789+-.eE") == ""
}

func (f *Fleet) checkSize(it *PutItem) error {
	limit := f.Limits.ItemBytes
	if it.Type.Custom() {
		limit = f.Limits.CustomItemBytes
	}
	if limit > 0 && it.Size > limit {
		return muster.ErrItemSize(it.Type, it.Size, limit)
	}
	return nil
}

// checkRepeated refuses two items under one key, since one would undo the other (P3). They are few.
func checkRepeated(items []PutItem) error {
	for i := range items {
		for j := range i {
			if items[i].Type == items[j].Type && items[i].subType() == items[j].subType() {
				return muster.ErrItemContent(items[i].Type, "The inventory item %s is there twice in one call.", items[i].Type)
			}
		}
	}
	return nil
}

// subType is what an AWS:ComplianceItem is kept under besides its type.
func (it *PutItem) subType() string {
	if it.Type != muster.TypeComplianceItem {
		return ""
	}
	sub, _ := it.Context.Get("ComplianceType")
	return sub
}

// attributes gives the names that the content has, sorted.
func (it *PutItem) attributes() []string {
	var names []string
	for _, e := range it.Content {
		for _, f := range e {
			if at, ok := slices.BinarySearch(names, f.Name); !ok {
				names = slices.Insert(names, at, strings.Clone(f.Name))
			}
		}
	}
	return names
}

// content takes the volatile values out of the entries and numbers what is left of them, as far as the index knows it; the store numbers
// the rest. stable gives what is left of one.
func (it *PutItem) content(x *index.Index) (c *muster.Content, stable func(at int) muster.Entry) {
	splits := x.Snapshot().Splits(it.Type)
	attributes := splits.Newest()
	c = &muster.Content{
		Rows: make([]muster.RowID, len(it.Content)), Split: splits.Current(), Volatile: volatile.Pack(attributes, it.Content),
	}
	stable = func(at int) muster.Entry { return it.Content[at] }
	if c.Volatile != nil {
		stable = func(at int) muster.Entry { return volatile.AppendStable(nil, attributes, it.Content[at]) }
	}
	var scratch muster.Entry
	for i, left := range it.Content {
		if c.Volatile != nil { // most are known and need no memory of their own
			scratch = volatile.AppendStable(scratch[:0], attributes, left)
			left = scratch
		}
		if id, ok := x.Lookup(it.Type, left); ok {
			c.Rows[i] = id
			continue
		}
		c.Fresh = append(c.Fresh, muster.FreshRow{At: i, Entry: stable(i)})
	}
	return c, stable
}
