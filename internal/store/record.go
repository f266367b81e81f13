package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"muster"
)

// CheckChange tells whether the change's key may be written and its value is the record that goes with it.
func CheckChange(c muster.Change) error {
	ok := c.Value == nil
	switch c.Key.(type) {
	case muster.NodeKey:
		ok = ok || is[*muster.Node](c.Value)
	case muster.ItemKey:
		ok = ok || is[*muster.Item](c.Value)
	case muster.HistoryKey:
		ok = ok || is[*muster.History](c.Value)
	case muster.CustomTypeKey:
		ok = ok || is[*muster.CustomType](c.Value)
	case muster.SplitsKey:
		ok = ok || is[*muster.Splits](c.Value)
	case muster.DeletionKey:
		ok = ok || is[*muster.Deletion](c.Value)
	case muster.ClientTokenKey:
		ok = ok || is[*muster.ClientToken](c.Value)
	case muster.AssociationKey:
		ok = ok || is[*muster.Association](c.Value)
	case muster.ExecutionKey:
		ok = ok || is[*muster.Execution](c.Value)
	case muster.ActivationKey:
		ok = ok || is[*muster.Activation](c.Value)
	case muster.AccessKeyKey:
		ok = ok || is[*muster.AccessKey](c.Value)
	case muster.SettingKey:
		ok = ok || is[*muster.Setting](c.Value)
	case muster.RowKey: // which can only be removed
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("a %T cannot be written under the key %#v", c.Value, c.Key)
	}
	return nil
}

// is says whether the record is an R, and not a nil one.
func is[R interface {
	comparable
	muster.Record
}](r muster.Record) bool {
	typed, ok := r.(R)
	var none R
	return ok && typed != none
}

// NewCensus puts counts by version in order.
func NewCensus(counts map[muster.Version]int) *muster.Census {
	census := &muster.Census{}
	for v, n := range counts {
		census.Versions = append(census.Versions, muster.VersionCount{Version: v, Count: n})
	}
	slices.SortFunc(census.Versions, func(a, b muster.VersionCount) int {
		return cmp.Or(a.Version.Compare(b.Version), cmp.Compare(a.Version, b.Version))
	})
	return census
}

// cloneRecord copies as deep as any owner could reach, so that nobody's later change is seen elsewhere.
func cloneRecord(r muster.Record) muster.Record {
	switch r := r.(type) {
	case *muster.Node:
		c := *r
		if r.Ping != nil {
			c.Ping = &muster.Ping{Last: r.Ping.Last, Changed: r.Ping.Changed, Info: slices.Clone(r.Ping.Info)}
		}
		c.Registration = r.Registration.Clone()
		return &c
	case *muster.Item:
		c := *r
		c.Context = slices.Clone(r.Context)
		if r.Content != nil {
			c.Content = &muster.Content{
				Rows: slices.Clone(r.Content.Rows), Split: r.Content.Split, Volatile: slices.Clone(r.Content.Volatile),
			}
		}
		return &c
	case *muster.History:
		return &muster.History{Packed: slices.Clone(r.Packed)}
	case *muster.CustomType:
		c := *r
		c.Versions = slices.Clone(r.Versions)
		for i := range c.Versions {
			c.Versions[i].Attributes = slices.Clone(c.Versions[i].Attributes)
		}
		return &c
	case *muster.Splits:
		c := muster.Splits{Versions: slices.Clone(r.Versions)}
		for i := range c.Versions {
			c.Versions[i] = slices.Clone(c.Versions[i])
		}
		return &c
	case *muster.Deletion:
		c := *r
		c.Counts = slices.Clone(r.Counts)
		return &c
	case *muster.ClientToken:
		c := *r
		c.Counts = slices.Clone(r.Counts)
		return &c
	case *muster.Association:
		c := *r
		c.Parameters = maps.Clone(r.Parameters)
		for name, values := range c.Parameters {
			c.Parameters[name] = slices.Clone(values)
		}
		c.Targets = slices.Clone(r.Targets)
		for i := range c.Targets {
			c.Targets[i].Values = slices.Clone(c.Targets[i].Values)
		}
		return &c
	case *muster.Execution:
		c := *r
		return &c
	case *muster.Activation:
		c := *r
		c.CodeHash, c.Tags = slices.Clone(r.CodeHash), slices.Clone(r.Tags)
		return &c
	case *muster.AccessKey:
		c := *r
		return &c
	case *muster.Setting:
		return &muster.Setting{Value: slices.Clone(r.Value)}
	}
	return nil
}
