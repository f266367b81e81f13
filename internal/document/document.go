// Package document is the Systems Manager documents that associations run, of which there is one, AWS-GatherSoftwareInventory, and
// the schedules that they run by. It runs none, and takes none from clients.
package document

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"muster"
)

// GatherSoftwareInventory is the name of the document by which nodes report inventory.
const GatherSoftwareInventory = "AWS-GatherSoftwareInventory"

// Version is the only one that a document has.
const Version = "1"

// Document is what a node runs. It is not to be changed.
type Document struct {
	Name          string
	SchemaVersion string
	Description   string
	Content       string // JSON; the agent reads no YAML
	Parameters    []Parameter
	Created       time.Time
}

// Parameter is a value that an association may give.
type Parameter struct {
	Name        string   `json:"-"`
	Type        string   `json:"type"`
	Description string   `json:"description"`
	Default     string   `json:"default"`
	Allowed     []string `json:"allowedValues"` // any value if there are none
}

//go:embed gather_software_inventory.json
var gatherSoftwareInventory string

// inventory is read at its first use.
var inventory = sync.OnceValue(func() *Document {
	var content struct {
		SchemaVersion, Description string
		Parameters                 map[string]Parameter
	}
	if err := json.Unmarshal([]byte(gatherSoftwareInventory), &content); err != nil {
		panic(err)
	}
	d := &Document{
		Name: GatherSoftwareInventory, SchemaVersion: content.SchemaVersion, Description: content.Description,
		Content: gatherSoftwareInventory, Created: time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC),
	}
	for name, p := range content.Parameters {
		p.Name = name
		d.Parameters = append(d.Parameters, p)
	}
	slices.SortFunc(d.Parameters, func(a, b Parameter) int { return strings.Compare(a.Name, b.Name) })
	return d
})

// All gives the documents by name.
func All() []*Document { return []*Document{inventory()} }

// Find gives the document of a name or an ARN, or nil.
func Find(name string) *Document {
	if strings.HasPrefix(name, "arn:") {
		_, name, _ = strings.Cut(name, ":document/")
	}
	if name != GatherSoftwareInventory {
		return nil
	}
	return inventory()
}

// HasVersion says whether the document has the version, which may be one of AWS's words for the newest. None is the newest, too.
func HasVersion(version string) bool {
	return slices.Contains([]string{"", "$DEFAULT", "$LATEST", Version}, version)
}

// Check refuses parameters that the document does not have, and values that it does not take, with InvalidParameters.
func (d *Document) Check(parameters map[string][]string) error {
	for name, values := range parameters {
		at := slices.IndexFunc(d.Parameters, func(p Parameter) bool { return p.Name == name })
		if at < 0 {
			return muster.ErrInvalidParameters("%s has no parameter %s.", d.Name, name)
		}
		p := d.Parameters[at]
		if len(values) != 1 {
			return muster.ErrInvalidParameters("The parameter %s of %s takes one value, not %d.", name, d.Name, len(values))
		}
		if p.Allowed != nil && !slices.Contains(p.Allowed, values[0]) {
			return muster.ErrInvalidParameters("The parameter %s of %s is one of %s.", name, d.Name, strings.Join(p.Allowed, ", "))
		}
	}
	return nil
}

// Checksum changes when the document or the parameters do, and at no other time. A node fetches the document again by it.
func (d *Document) Checksum(parameters map[string][]string) string {
	if len(parameters) == 0 {
		parameters = nil
	}
	text, err := json.Marshal([]any{d.Content, parameters}) // with sorted names
	if err != nil {
		panic(err) // strings have a JSON form, also those that are no UTF-8
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Hash is the SHA-256 of the content, in hexadecimal.
func (d *Document) Hash() string {
	sum := sha256.Sum256([]byte(d.Content))
	return hex.EncodeToString(sum[:])
}
