package muster

import "time"

// SchemaDeleteOption says what DeleteInventory does with the schema of the type, besides deleting the data.
type SchemaDeleteOption string

// The options of DeleteInventory; without one the schema stays.
const (
	KeepSchema    SchemaDeleteOption = ""
	DisableSchema SchemaDeleteOption = "DisableSchema"
	DeleteSchema  SchemaDeleteOption = "DeleteSchema"
)

// Deletion is a DeleteInventory job. It takes away the items of its type that were committed before it.
type Deletion struct {
	Type    TypeName           `json:"type"`
	Option  SchemaDeleteOption `json:"option,omitempty"`
	Token   string             `json:"token,omitempty"` // the ClientToken of the call that began it
	Started time.Time          `json:"started"`
	Updated time.Time          `json:"updated"` // last progress
	Before  Position           `json:"before"`  // items at or after it survive
	Counts  []VersionCount     `json:"counts"`  // ascending by version
}

// VersionCount is how many items of one schema version a deletion found, and how many are still there.
type VersionCount struct {
	Version   Version `json:"version"`
	Count     int     `json:"count"`
	Remaining int     `json:"remaining"`
}

// Total gives the items found and those still there.
func (d *Deletion) Total() (count, remaining int) {
	for _, v := range d.Counts {
		count += v.Count
		remaining += v.Remaining
	}
	return count, remaining
}

// Take counts one item of the version as gone.
func (d *Deletion) Take(v Version) {
	for i := range d.Counts {
		if d.Counts[i].Version == v && d.Counts[i].Remaining > 0 {
			d.Counts[i].Remaining--
		}
	}
}

// Finish counts all items as gone: those that were put again meanwhile are not the job's any more.
func (d *Deletion) Finish() {
	for i := range d.Counts {
		d.Counts[i].Remaining = 0
	}
}
