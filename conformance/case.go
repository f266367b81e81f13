// Package conformance states, in cases that run, how an inventory service behaves at the wire, and holds a server to them with
// AWS's own SDK. It is not a test of muster's packages: it sees nothing but an endpoint, keys and a clock.
package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// Topic is one file of cases.
type Topic struct {
	Name  string
	Cases []*Case

	path    string
	archive *txtar.Archive
}

// Case is a list of calls and what they must be answered with, on a server that nobody has used before.
type Case struct {
	Name    string
	Title   string // what the case says, in a sentence
	Source  string // where its answers come from
	Options Options
	ViaRaw  bool // some step cannot be said through the typed client and goes out as signed JSON
	Steps   []*Step
}

// Options are the settings of the server that a case asks for. The zero value is muster's defaults.
type Options struct {
	Strict             bool
	RegistrationClosed bool
	MaxBody            int64 // bytes
}

// Step is one thing to do: call an operation, send raw HTTP, put items written in short, move the clock, or restart.
type Step struct {
	Number string
	Kind   string // an operation's name, or "raw", "put", "advance", "restart"
	Role   string // who calls; "admin" unless the step says otherwise
	Node   string // the node that a node key is bound to
	Region string // where; the case's own region unless the step says otherwise
	Body   string
	Answer *Answer // nil when any success will do
}

// Answer is what a step must be answered with.
type Answer struct {
	Status int
	Body   string
	IDs    bool // Body lists the Id of each entity or node, and "+name" if there is a further page

	file *txtar.File // where an update goes
}

// sources are the kinds of evidence. "inferred" names a decision of docs/divergences.md (F1, P15) or gives its reason;
// "muster" is a rule that AWS has no counterpart for.
var sources = regexp.MustCompile(`^(docs page|aws-cli example|user guide page|service model|agent source|observed|inferred|muster):? \S|^issue [\w.-]+/[\w.-]+#\d+`)

// ReadTopic reads a file of cases. Steps above the first case are done before each of them.
func ReadTopic(path string) (*Topic, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	t := &Topic{Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: archive}
	var common []*Step
	steps := &common
	for i := range archive.Files {
		file := &archive.Files[i]
		if name, ok := strings.CutPrefix(file.Name, "case "); ok {
			c, err := newCase(name, string(file.Data))
			if err != nil {
				return nil, fmt.Errorf("%s: case %s: %w", path, name, err)
			}
			c.Steps = append(c.Steps, common...)
			t.Cases = append(t.Cases, c)
			steps = &c.Steps
			continue
		}
		if err := addSection(steps, file); err != nil {
			return nil, fmt.Errorf("%s: section %q: %w", path, file.Name, err)
		}
	}
	if len(t.Cases) == 0 {
		return nil, fmt.Errorf("%s: no cases", path)
	}
	return t, nil
}

// Save writes the topic back with the answers as they are now.
func (t *Topic) Save() error {
	return os.WriteFile(t.path, txtar.Format(t.archive), 0o644)
}

func newCase(name, head string) (*Case, error) {
	c := &Case{Name: name}
	for line := range strings.Lines(head) {
		line = strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "source":
			c.Source = value
		case "via":
			c.ViaRaw = value == "raw"
		case "flags":
			if err := c.Options.parse(value); err != nil {
				return nil, err
			}
		default:
			c.Title = strings.TrimSpace(c.Title + " " + line)
		}
	}
	if c.Title == "" {
		return nil, fmt.Errorf("no title")
	}
	if !sources.MatchString(c.Source) {
		return nil, fmt.Errorf("source %q is none of the kinds in README.md", c.Source)
	}
	return c, nil
}

func (o *Options) parse(flags string) error {
	for flag := range strings.FieldsSeq(flags) {
		name, value, _ := strings.Cut(flag, "=")
		switch {
		case flag == "--strict":
			o.Strict = true
		case flag == "--registration=closed":
			o.RegistrationClosed = true
		case name == "--max-body":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return err
			}
			o.MaxBody = n
		default:
			return fmt.Errorf("flag %q is not known here", flag)
		}
	}
	return nil
}

// addSection adds a step, or gives the last one its answer.
func addSection(steps *[]*Step, file *txtar.File) error {
	number, rest, ok := strings.Cut(file.Name, ".")
	if !ok {
		return fmt.Errorf("not of the form NUMBER.WHAT")
	}
	switch rest {
	case "want", "error", "ids":
		return answer(*steps, number, rest, file)
	}
	step := &Step{Number: number, Role: "admin", Body: string(file.Data)}
	words := strings.Fields(rest)
	if len(words)%2 == 0 {
		return fmt.Errorf("not of the form NUMBER.WHAT [as ROLE[:NODE]] [in REGION]")
	}
	step.Kind = words[0]
	for i := 1; i < len(words); i += 2 {
		switch words[i] {
		case "as":
			step.Role, step.Node, _ = strings.Cut(words[i+1], ":")
		case "in":
			step.Region = words[i+1]
		default:
			return fmt.Errorf("%q is neither \"as\" nor \"in\"", words[i])
		}
	}
	switch step.Kind {
	case "advance":
		if _, err := time.ParseDuration(strings.TrimSpace(step.Body)); err != nil {
			return err
		}
	case "raw", "put", "restart":
	default:
		if _, known := operations[step.Kind]; !known {
			return fmt.Errorf("no step or operation is called %q", step.Kind)
		}
	}
	*steps = append(*steps, step)
	return nil
}

func answer(steps []*Step, number, kind string, file *txtar.File) error {
	if len(steps) == 0 || steps[len(steps)-1].Number != number {
		return fmt.Errorf("does not follow its step")
	}
	a := &Answer{Status: 200, Body: string(file.Data), IDs: kind == "ids", file: file}
	if kind == "error" {
		status, body, _ := strings.Cut(a.Body, "\n")
		n, err := strconv.Atoi(strings.TrimSpace(status))
		if err != nil {
			return fmt.Errorf("an error begins with its status: %w", err)
		}
		a.Status, a.Body = n, body
	}
	steps[len(steps)-1].Answer = a
	return nil
}

// update makes what came the answer.
func (a *Answer) update(number string, status int, body string) {
	switch {
	case status != 200:
		a.file.Name, a.file.Data = number+".error", fmt.Appendf(nil, "%d\n%s", status, body)
	case a.IDs:
		a.file.Data = []byte(body)
	default:
		a.file.Name, a.file.Data = number+".want", []byte(body)
	}
}
