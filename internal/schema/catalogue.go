package schema

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"muster"
)

//go:embed catalogue.txt
var catalogueText string

// builtin is one type of the catalogue.
type builtin struct {
	listed       muster.Schema
	aggregatable []muster.Attribute
	context      []string
	unlisted     []string
	volatile     []string
}

// catalogue is the built-in types, sorted by name. It is read once and must not be changed.
var catalogue = sync.OnceValue(func() []*builtin {
	types, err := parse(catalogueText)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	slices.SortFunc(types, func(a, b *builtin) int {
		return strings.Compare(string(a.listed.Type), string(b.listed.Type))
	})
	return types
})

// byName is the same for the look-ups of every item that is put.
var byName = sync.OnceValue(func() map[muster.TypeName]*builtin {
	types := make(map[muster.TypeName]*builtin, len(catalogue()))
	for _, b := range catalogue() {
		types[b.listed.Type] = b
	}
	return types
})

// parse reads the form that the head of catalogue.txt explains.
func parse(text string) ([]*builtin, error) {
	var types []*builtin
	number := 0
	for line := range strings.Lines(text) {
		number++
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || line[0] == '#':
		case line[0] != '\t':
			t, err := parseType(words)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			types = append(types, t)
		case len(types) == 0:
			return nil, fmt.Errorf("line %d: attribute %s before any type", number, words[0])
		default:
			if err := types[len(types)-1].add(words[0], words[1:]); err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
		}
	}
	return types, nil
}

func parseType(words []string) (*builtin, error) {
	if len(words) < 2 || len(words) > 3 {
		return nil, fmt.Errorf("want a type, a version and perhaps a display name, not %q", words)
	}
	t := &builtin{listed: muster.Schema{Type: muster.TypeName(words[0]), Version: muster.Version(words[1])}}
	if len(words) == 3 {
		t.listed.DisplayName = words[2]
	}
	return t, nil
}

func (b *builtin) add(name string, marks []string) error {
	attribute, listed := muster.Attribute{Name: name}, true
	for _, mark := range marks {
		switch mark {
		case "number":
			attribute.Number = true
		case "aggregate":
			b.aggregatable = append(b.aggregatable, attribute)
		case "context":
			b.context = append(b.context, name)
		case "volatile":
			b.volatile = append(b.volatile, name)
			slices.Sort(b.volatile)
		case "unlisted":
			b.unlisted = append(b.unlisted, name)
			listed = false
		default:
			return fmt.Errorf("attribute %s: unknown mark %q", name, mark)
		}
	}
	if listed {
		b.listed.Attributes = append(b.listed.Attributes, attribute)
	}
	return nil
}
