package ssmapi

import (
	"fmt"
	"reflect"
)

// maxFound is how many errors one ValidationException names. A call may have a million of them.
const maxFound = 10

// findings are the errors found.
type findings struct{ texts []string }

func (f *findings) full() bool { return len(f.texts) >= maxFound }

func (f *findings) add(at *path, value reflect.Value, constraint string) {
	if f.full() {
		return
	}
	shown := "Value"
	if !at.sensitive { // AWS leaves such values out
		shown = "Value '" + javaText(value) + "'"
	}
	f.texts = append(f.texts, fmt.Sprintf("%s at '%s' failed to satisfy constraint: %s", shown, at, constraint))
}

// addBroken adds what does not hold of the value.
func (f *findings) addBroken(at *path, v reflect.Value, s shape) {
	for _, c := range s {
		if !c.holds(v) {
			f.add(at, v, c.text)
		}
	}
}

// path leads to a member, "items.1.member.typeName". Most paths are never printed.
type path struct {
	parent *path
	member string
	index  int // from 1, of an element of the parent; then member is empty

	sensitive bool // the value is a secret
}

func (p *path) String() string {
	text := p.member
	if text == "" {
		text = fmt.Sprintf("%d.member", p.index)
	}
	if p.parent == nil {
		return text
	}
	return p.parent.String() + "." + text
}
