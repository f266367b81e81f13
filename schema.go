package muster

import (
	"slices"
	"strings"
)

// Schema describes one version of a type, as GetInventorySchema shows it.
type Schema struct {
	Type        TypeName
	Version     Version
	DisplayName string // empty for custom types
	Attributes  []Attribute
}

// Attribute is a named attribute of a schema.
type Attribute struct {
	Name   string
	Number bool // the values are numbers, written as strings
}

// CustomType is what has been learned of a custom type from its puts. No operation declares one.
type CustomType struct {
	Versions []CustomVersion `json:"versions"` // ascending

	// DisabledUpTo is the highest version that DeleteInventory has disabled, or empty. Puts at or below it are ignored.
	DisabledUpTo Version `json:"disabledUpTo,omitempty"`
}

// CustomVersion is the union of the attributes seen under one version, sorted by name.
type CustomVersion struct {
	Version    Version  `json:"version"`
	Attributes []string `json:"attributes"`
}

// Disabled says whether puts of the version are ignored.
func (c *CustomType) Disabled(v Version) bool {
	return c != nil && c.DisabledUpTo != "" && v.Compare(c.DisabledUpTo) <= 0
}

// Widen gives the type with the attributes added under the version, and whether that changed anything. The receiver is not
// changed; nil is a type that nobody has put. An attribute that is known in another letter case is refused, as is one too many.
func (c *CustomType) Widen(t TypeName, v Version, attributes []string) (wider *CustomType, changed bool, err error) {
	if c == nil {
		c = &CustomType{}
	}
	if at, known := c.find(v); known {
		have := c.Versions[at].Attributes
		missing := slices.DeleteFunc(slices.Clone(attributes), func(a string) bool {
			_, ok := slices.BinarySearch(have, a)
			return ok
		})
		if len(missing) == 0 {
			return c, false, nil
		}
		attributes = append(missing, have...)
	}
	if err := c.checkCase(t, attributes); err != nil {
		return nil, false, err
	}
	if len(attributes) > MaxAttributes {
		return nil, false, ErrTooManyAttributes(t, v)
	}
	attributes = slices.Clone(attributes)
	slices.Sort(attributes)

	wider = &CustomType{DisabledUpTo: c.DisabledUpTo, Versions: slices.Clone(c.Versions)}
	at, known := c.find(v)
	if !known {
		wider.Versions = slices.Insert(wider.Versions, at, CustomVersion{})
	}
	wider.Versions[at] = CustomVersion{v, attributes}
	return wider, true, nil
}

// checkCase holds the attributes against each other and against all versions: the case of first sight stands.
func (c *CustomType) checkCase(t TypeName, attributes []string) error {
	spelling := map[string]string{}
	for _, v := range c.Versions {
		for _, a := range v.Attributes {
			spelling[strings.ToLower(a)] = a
		}
	}
	for _, a := range attributes {
		folded := strings.ToLower(a)
		if first, ok := spelling[folded]; ok && first != a {
			return ErrAttributeCase(t, a, first)
		}
		spelling[folded] = a
	}
	return nil
}

func (c *CustomType) find(v Version) (at int, known bool) {
	return slices.BinarySearchFunc(c.Versions, v, func(have CustomVersion, v Version) int { return have.Version.Compare(v) })
}
