package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"
)

// Server is what the cases run against.
type Server interface {
	URL() string

	// Key gives an access key: the administrator's, or one of the role, which for "node" is bound to the node.
	Key(role, node string) (id, secret string)

	Now() time.Time
	Advance(d time.Duration) // moves the clock and runs what is due
	Restart()                // closes the server and opens it again on the same data
}

// Run does a case's steps in order and reports the first that is not answered as it should be. With update it corrects the
// answers in the topic instead.
func (c *Case) Run(t *testing.T, s Server, region string, update bool) {
	t.Helper()
	kept := map[string]string{}
	wentRaw := false
	for _, step := range c.Steps {
		raw, err := step.run(t.Context(), s, region, kept, update)
		if err != nil {
			t.Fatalf("%s (source: %s)\nstep %s.%s: %v", c.Title, c.Source, step.Number, step.Kind, err)
		}
		wentRaw = wentRaw || raw
	}
	if wentRaw != c.ViaRaw {
		t.Errorf("a step went out as raw JSON because the typed client cannot say it: %v; the head says %v. Set or drop \"via: raw\".", wentRaw, c.ViaRaw)
	}
}

// run reports whether an operation had to be called without the typed client.
func (step *Step) run(ctx context.Context, s Server, region string, kept map[string]string, update bool) (raw bool, err error) {
	if step.Region != "" {
		region = step.Region
	}
	id, secret := s.Key(step.Role, step.Node)
	o := caller{s.URL(), region, id, secret, s.Now()}
	text, err := expand(step.Body, kept)
	if err != nil {
		return false, err
	}

	var x exchange
	switch step.Kind {
	case "advance":
		d, err := time.ParseDuration(strings.TrimSpace(text))
		s.Advance(d)
		return false, err
	case "restart":
		s.Restart()
		return false, nil
	case "put":
		return false, putAll(ctx, o, text)
	case "raw":
		x, err = sendRaw(ctx, o, text)
	default:
		var sent bool
		x, sent, err = callTyped(ctx, o, step.Kind, []byte(text))
		if !sent && err == nil {
			raw = true
			x, err = callRaw(ctx, o, step.Kind, []byte(strings.TrimSuffix(text, "\n")))
		}
	}
	if err != nil {
		return raw, err
	}
	if err := x.checkFrame(); err != nil {
		return raw, err
	}
	return raw, step.check(x, kept, update)
}

func (step *Step) check(x exchange, kept map[string]string, update bool) error {
	if step.Answer == nil {
		if x.status != 200 {
			return fmt.Errorf("%d %s", x.status, x.body)
		}
		return nil
	}
	got, err := parseJSON(x.body)
	if err != nil {
		return fmt.Errorf("the answer is not JSON: %w: %s", err, x.body)
	}
	if step.Answer.IDs && x.status == 200 {
		return step.checkIDs(got, kept, update)
	}
	want, err := parseJSON([]byte(step.Answer.Body))
	if err != nil && !update {
		return fmt.Errorf("the wanted answer is not JSON: %w", err)
	}
	err = match(want, got, kept, "answer")
	if x.status != step.Answer.Status {
		err = errors.Join(fmt.Errorf("status %d, want %d", x.status, step.Answer.Status), err)
	}
	if err != nil && update {
		step.Answer.update(step.Number, x.status, format(merge(want, got, kept)))
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w\ngot: %s", err, bytes.TrimSpace(x.body))
	}
	return nil
}

// checkIDs holds a page against a list of ids, whose last word, "+name", stands for a NextToken that is kept.
func (step *Step) checkIDs(got any, kept map[string]string, update bool) error {
	wanted, err := expand(step.Answer.Body, kept)
	if err != nil {
		return err
	}
	want := strings.Fields(wanted)
	page := got.(map[string]any)
	var ids []string
	for _, list := range []string{"Entities", "Nodes", "InstanceInformationList", "InstanceProperties"} {
		elements, _ := page[list].([]any)
		for _, element := range elements {
			members := element.(map[string]any)
			id, _ := cmp.Or(members["Id"], members["InstanceId"]).(string)
			ids = append(ids, id)
		}
	}
	if token, more := page["NextToken"].(string); more {
		name := "token"
		if len(want) > 0 && strings.HasPrefix(want[len(want)-1], "+") {
			name = want[len(want)-1][1:]
		}
		kept[name] = token
		ids = append(ids, "+"+name)
	}
	switch {
	case slices.Equal(ids, want):
		return nil
	case update:
		step.Answer.update(step.Number, 200, strings.Join(ids, "\n")+"\n")
		return nil
	}
	return fmt.Errorf("entities %v, want %v", ids, want)
}

// expand runs a body as a template. Its functions are repeat, comma, seq and whatever earlier steps have kept.
func expand(text string, kept map[string]string) (string, error) {
	functions := template.FuncMap{
		"repeat": func(n int, s string) string { return strings.Repeat(s, n) },
		"comma": func(i int) string { // before each element but the first
			if i == 0 {
				return ""
			}
			return ","
		},
	}
	for name, value := range kept {
		functions[name] = func() string { return value }
	}
	parsed, err := template.New("body").Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = parsed.Execute(&b, nil)
	return b.String(), err
}

// putAll puts items written in short, one call for each line:
//
//	NODE TYPE@VERSION [hash=HASH] [captured=TIME] ATTRIBUTE=VALUE … [; ATTRIBUTE=VALUE …]
//
// A value with blanks is quoted as in Go; nothing after the version is an item with no entries.
func putAll(ctx context.Context, o caller, text string) error {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		body, err := shortPut(line)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
		x, sent, err := callTyped(ctx, o, "PutInventory", body)
		if err != nil || !sent || x.status != 200 {
			return fmt.Errorf("%s: sent %v, answered %d %s: %w", strings.TrimSpace(line), sent, x.status, x.body, err)
		}
	}
	return nil
}

func shortPut(line string) ([]byte, error) {
	words, err := splitWords(line)
	if err != nil {
		return nil, err
	}
	if len(words) < 2 {
		return nil, fmt.Errorf("not of the form NODE TYPE@VERSION …")
	}
	name, version, ok := strings.Cut(words[1], "@")
	if !ok {
		return nil, fmt.Errorf("no version")
	}
	item := map[string]any{"TypeName": name, "SchemaVersion": version, "CaptureTime": "2024-01-01T00:00:00Z"}
	entries, entry := []any{}, map[string]any{}
	for _, word := range append(words[2:], ";") {
		attribute, value, _ := strings.Cut(word, "=")
		switch {
		case word == ";":
			if len(entry) > 0 {
				entries, entry = append(entries, entry), map[string]any{}
			}
		case attribute == "hash":
			item["ContentHash"] = value
		case attribute == "captured":
			item["CaptureTime"] = value
		default:
			entry[attribute] = value
		}
	}
	item["Content"] = entries
	return json.Marshal(map[string]any{"InstanceId": words[0], "Items": []any{item}})
}

// splitWords splits at blanks outside quotes, and takes the quotes off.
func splitWords(line string) (words []string, err error) {
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var word strings.Builder
		for rest != "" && rest[0] != ' ' {
			if rest[0] != '"' {
				word.WriteByte(rest[0])
				rest = rest[1:]
				continue
			}
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, err
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			word.WriteString(text)
			rest = rest[len(quoted):]
		}
		words = append(words, word.String())
	}
	return words, nil
}
