package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// actionInventory is the action of a step that gathers inventory. A node knows such a document by it, whatever its name.
const actionInventory = "aws:softwareInventory"

var placeholder = regexp.MustCompile(`\{\{\s*([a-zA-Z0-9]+)\s*\}\}`)

// Inputs gives those of the step that gathers inventory, by lower-case names, in what a document says: each parameter in them is
// the association's, which has these, or else the document's default. What names no parameter stays as it is.
func Inputs(content string, parameters map[string][]string) (map[string]string, error) {
	var d struct {
		Parameters map[string]Parameter
		MainSteps  []struct {
			Action string
			Inputs map[string]string
		}
	}
	if err := json.Unmarshal([]byte(content), &d); err != nil {
		return nil, fmt.Errorf("the document cannot be read: %w", err)
	}
	for _, step := range d.MainSteps {
		if step.Action != actionInventory {
			continue
		}
		inputs := map[string]string{}
		for name, text := range step.Inputs {
			inputs[strings.ToLower(name)] = placeholder.ReplaceAllStringFunc(text, func(hole string) string {
				parameter := placeholder.FindStringSubmatch(hole)[1]
				p, declared := d.Parameters[parameter]
				switch values := parameters[parameter]; {
				case !declared:
					return hole
				case len(values) > 0:
					return values[0]
				}
				return p.Default
			})
		}
		return inputs, nil
	}
	return nil, errors.New("the document has no step " + actionInventory)
}
