package history

import (
	"slices"
	"strings"

	"muster"
)

// Row is an entry that came or went, or two that are the same thing before and after. The one that is not there is nil. Volatile
// values are not among the attributes.
type Row struct {
	Before, After muster.Entry
}

// names is how many attributes say which thing an entry is about.
const names = 7

// naming gives the place of an attribute among those that do, of whatever type.
func naming(attribute string) (place int, ok bool) {
	switch attribute {
	case "Name":
		return 0, true
	case "Id":
		return 1, true
	case "HotFixId":
		return 2, true
	case "KeyPath":
		return 3, true
	case "ValueName":
		return 4, true
	case "InstalledDir":
		return 5, true
	case "Architecture":
		return 6, true
	}
	return 0, false
}

// thingOf gives what entries about one thing have in common, and no others.
func thingOf(e muster.Entry) string {
	var says [names]string
	for _, f := range e {
		if at, ok := naming(f.Name); ok {
			says[at] = f.Value
		}
	}
	return strings.Join(says[:], "\x00")
}

// Thing gives the attributes that say which thing the row is about, the first of them the one to show; none where nothing does.
func (r Row) Thing() []muster.Field {
	e := r.After
	if e == nil {
		e = r.Before
	}
	var says [names]muster.Field
	for _, f := range e {
		if at, ok := naming(f.Name); ok {
			says[at] = f
		}
	}
	var thing []muster.Field
	for _, f := range says {
		if f.Name != "" {
			thing = append(thing, f)
		}
	}
	return thing
}

// Difference is an attribute that says something else than before. Where it is not there its value is empty.
type Difference struct {
	Name, Before, After string
}

// Differences gives the attributes that say something else than before, Version first, the others by name. Of an entry that came or went
// it is what it says, but for which thing it is about.
func (r Row) Differences() []Difference {
	var all []Difference
	for _, f := range r.Before.Over(r.After) { // the attributes of both
		d := Difference{Name: f.Name}
		d.Before, _ = r.Before.Get(f.Name)
		d.After, _ = r.After.Get(f.Name)
		if _, names := naming(f.Name); !names && d.Before != d.After {
			all = append(all, d)
		}
	}
	if at := slices.IndexFunc(all, func(d Difference) bool { return d.Name == "Version" }); at > 0 {
		version := all[at]
		all = slices.Insert(slices.Delete(all, at, at+1), 0, version)
	}
	return all
}
