package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// placeholder stands in a wanted string: {{any}}, {{uuid}}, {{time}} (of the form CaptureTime has), {{epoch}} (alone: a JSON
// number of seconds with at most three decimals), {{name=any}} which also keeps what it met, {{name}} for what was kept.
var placeholder = regexp.MustCompile(`\{\{(\w+)(?:=(\w+))?\}\}`)

var placeholderPatterns = map[string]string{
	"any":  `(?s:.*)`,
	"some": `(?s:.+)`,
	"uuid": `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
	"time": `20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ`,
}

var epochSeconds = regexp.MustCompile(`^\d{9,10}(\.\d{1,3})?$`)

// parseJSON gives the tree of exactly one JSON value, numbers as they are written.
func parseJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return tree, nil
}

// match holds got against want: members in any order, elements in theirs. A member whose name ends in "?" may be absent. What
// placeholders keep goes into kept.
func match(want, got any, kept map[string]string, at string) error {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: not an object", at)
		}
		for _, name := range slices.Sorted(maps.Keys(got)) {
			_, wanted := want[name]
			if _, optional := want[name+"?"]; !wanted && !optional {
				return fmt.Errorf("%s: unexpected member %s", at, name)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			name, optional := strings.CutSuffix(key, "?")
			value, ok := got[name]
			if !ok && optional {
				continue
			}
			if !ok {
				return fmt.Errorf("%s: no member %s", at, name)
			}
			if err := match(want[key], value, kept, at+"."+name); err != nil {
				return err
			}
		}
		return nil
	case []any:
		got, ok := got.([]any)
		if !ok {
			return fmt.Errorf("%s: not an array", at)
		}
		for i := range min(len(want), len(got)) {
			if err := match(want[i], got[i], kept, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		if len(want) != len(got) {
			return fmt.Errorf("%s: %d elements, want %d", at, len(got), len(want))
		}
		return nil
	case string:
		return matchString(want, got, kept, at)
	case json.Number:
		if n, ok := got.(json.Number); ok && sameNumber(want, n) {
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return fmt.Errorf("%s: %v, want %v", at, got, want)
}

func matchString(want string, got any, kept map[string]string, at string) error {
	if n, ok := got.(json.Number); ok && want == "{{epoch}}" && epochSeconds.MatchString(n.String()) {
		return nil
	}
	text, ok := got.(string)
	if !ok {
		return fmt.Errorf("%s: %v, want the string %q", at, got, want)
	}
	pattern, names, err := compile(want, kept)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return fmt.Errorf("%s: %q, want %q", at, text, want)
	}
	for i, name := range names {
		kept[name] = found[i+1]
	}
	return nil
}

// compile turns a wanted string into a pattern, with the names that its groups are kept under.
func compile(want string, kept map[string]string) (pattern *regexp.Regexp, names []string, err error) {
	var b strings.Builder
	b.WriteString("^")
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(want, -1) {
		b.WriteString(regexp.QuoteMeta(want[end:at[0]]))
		end = at[1]
		name := want[at[2]:at[3]]
		if at[4] >= 0 {
			kind, known := placeholderPatterns[want[at[4]:at[5]]]
			if !known {
				return nil, nil, fmt.Errorf("no placeholder is called %s", want[at[4]:at[5]])
			}
			names = append(names, name)
			b.WriteString("(" + kind + ")")
		} else if kind, known := placeholderPatterns[name]; known {
			b.WriteString(kind)
		} else if value, known := kept[name]; known {
			b.WriteString(regexp.QuoteMeta(value))
		} else {
			return nil, nil, fmt.Errorf("nothing was kept as %s", name)
		}
	}
	b.WriteString(regexp.QuoteMeta(want[end:]) + "$")
	pattern, err = regexp.Compile(b.String())
	return pattern, names, err
}

// sameNumber compares by value, since 1550254859 and 1550254859.0 are one time.
func sameNumber(a, b json.Number) bool {
	x, errX := strconv.ParseFloat(a.String(), 64)
	y, errY := strconv.ParseFloat(b.String(), 64)
	return errX == nil && errY == nil && x == y
}

// merge gives got with the placeholders of want that hold at the same place, for -update.
func merge(want, got any, kept map[string]string) any {
	switch got := got.(type) {
	case map[string]any:
		old, _ := want.(map[string]any)
		merged := map[string]any{}
		for name, value := range got {
			merged[name] = merge(old[name], value, kept)
		}
		return merged
	case []any:
		old, _ := want.([]any)
		merged := make([]any, len(got))
		for i, value := range got {
			var was any
			if i < len(old) {
				was = old[i]
			}
			merged[i] = merge(was, value, kept)
		}
		return merged
	}
	if text, ok := want.(string); ok && placeholder.MatchString(text) && matchString(text, got, kept, "") == nil {
		return want
	}
	return got
}

// format prints a tree as the cases are written.
func format(tree any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(tree); err != nil {
		return err.Error()
	}
	return b.String()
}
