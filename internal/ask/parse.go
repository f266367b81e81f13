package ask

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"muster/internal/query"
)

// Error says what is wrong with a filter, and where.
type Error struct {
	At   int    // byte offset
	Text string // what is wrong
	Hint string // what to do; may be empty
}

func (e *Error) Error() string {
	text := fmt.Sprintf("the filter at byte %d: %s", e.At+1, e.Text)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

const (
	operatorsHint = "an operator is =, !=, <, > or begins with"
	quotesHint    = `a value with spaces or special characters goes in quotes: os = "Debian GNU/Linux"`
)

// Parse reads a filter. A text of nothing but space is the filter that every node passes. Every error is an *Error.
func Parse(text string) (Filter, error) {
	if len(text) > MaxLength {
		return Filter{}, &Error{At: MaxLength, Text: fmt.Sprintf("it is longer than %d bytes", MaxLength)}
	}
	if !utf8.ValidString(text) {
		return Filter{}, &Error{At: invalidAt(text), Text: "it is not UTF-8"}
	}
	tokens, err := scan(text)
	if err != nil {
		return Filter{}, err
	}
	if len(tokens) == 1 {
		return Filter{}, nil
	}
	p := &parser{tokens: tokens}
	root, err := p.either()
	if err != nil {
		return Filter{}, err
	}
	if t := p.peek(); t.kind != endOfText {
		return Filter{}, p.stray(t)
	}
	return Filter{root}, nil
}

func invalidAt(text string) int {
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return len(text)
}

type parser struct {
	tokens []token // the last is the end
	depth  int
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) take() token {
	t := p.tokens[0]
	if t.kind != endOfText {
		p.tokens = p.tokens[1:]
	}
	return t
}

// taken takes the next token if it is the one given.
func (p *parser) taken(text string) bool {
	ok := p.peek().is(text)
	if ok {
		p.take()
	}
	return ok
}

func (p *parser) either() (expression, error) {
	parts, err := p.list("or", p.both)
	if err != nil || len(parts) > 1 {
		return either{parts}, err
	}
	return parts[0], nil
}

func (p *parser) both() (expression, error) {
	parts, err := p.list("and", p.single)
	if err != nil || len(parts) > 1 {
		return both{parts}, err
	}
	return parts[0], nil
}

func (p *parser) list(between string, one func() (expression, error)) (parts []expression, err error) {
	for {
		part, err := one()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if !p.taken(between) {
			return parts, nil
		}
	}
}

// single reads what stands between ands.
func (p *parser) single() (expression, error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, &Error{At: p.peek().at, Text: fmt.Sprintf("it is nested more than %d deep", MaxDepth)}
	}
	defer func() { p.depth-- }()
	switch first := p.peek(); {
	case p.taken("not"):
		of, err := p.single()
		return negate{of}, err
	case p.taken("("):
		return p.closed(first)
	case p.taken("has"):
		return p.thing(false)
	case p.taken("lacks"):
		return p.thing(true)
	}
	return p.condition()
}

// closed reads up to the parenthesis that closes the one given.
func (p *parser) closed(open token) (expression, error) {
	inside, err := p.either()
	if err != nil {
		return nil, err
	}
	if p.taken(")") {
		return inside, nil
	}
	if p.peek().kind == endOfText {
		return nil, &Error{At: open.at, Text: "the parenthesis is not closed"}
	}
	return nil, p.stray(p.peek())
}

// thing reads what follows has and lacks.
func (p *parser) thing(lacks bool) (expression, error) {
	t := p.take()
	if t.is("(") {
		of, err := p.closed(t)
		return entry{of, lacks}, err
	}
	if kind, _, ok := strings.Cut(t.text, ":"); !ok || kind != "AWS" && kind != "Custom" {
		return nil, &Error{At: t.at, Text: "a type is missing here", Hint: "has and lacks take a type, AWS:Service or Custom:RackInfo, or a condition in parentheses"}
	}
	return holds{t.text, lacks}, nil
}

func (p *parser) condition() (expression, error) {
	t := p.take()
	if t.kind == endOfText || t.kind == mark || t.kind == word && reserved(t.text) {
		return nil, &Error{At: t.at, Text: "a condition is missing here", Hint: "one is name = openssl, has TYPE or lacks TYPE"}
	}
	c := condition{key: t.text}
	if !strings.Contains(c.key, ":") {
		key, ok := Key(c.key)
		if !ok {
			return nil, unknownName(t)
		}
		c.key = key
	} else if !isKey(c.key) {
		return nil, &Error{At: t.at, Text: c.key + " is no attribute", Hint: "one is AWS:Application.Name or Custom:RackInfo.Row"}
	}
	var err error
	if c.op, err = p.operator(); err != nil {
		return nil, err
	}
	for {
		value := p.take()
		if value.kind != quoted && (value.kind != word || reserved(value.text)) {
			return nil, &Error{At: value.at, Text: "a value is missing here", Hint: quotesHint}
		}
		c.values = append(c.values, value.text)
		if !p.taken(",") {
			return c, nil
		}
	}
}

// isKey says whether the text is a type and an attribute.
func isKey(text string) bool {
	kind, rest, _ := strings.Cut(text, ":")
	typ, attribute, _ := strings.Cut(rest, ".")
	return (kind == "AWS" || kind == "Custom") && typ != "" && attribute != ""
}

func unknownName(t token) *Error {
	var names []string
	for _, s := range ShortNames() {
		if strings.EqualFold(s.Name, t.text) {
			return &Error{At: t.at, Text: "there is no short name " + t.text, Hint: "write " + s.Name + ", or " + s.Key}
		}
		names = append(names, s.Name)
	}
	return &Error{At: t.at, Text: "there is no short name " + t.text, Hint: "there are " + strings.Join(names, ", ") + "; any other attribute is written in full, AWS:Network.MacAddress"}
}

func (p *parser) operator() (query.Op, error) {
	t := p.take()
	switch {
	case t.is("="):
		return query.Equal, nil
	case t.is("!="):
		return query.NotEqual, nil
	case t.is("<"):
		return query.LessThan, nil
	case t.is(">"):
		return query.GreaterThan, nil
	case t.is("^="):
		return query.BeginWith, nil
	case t.is("begins"):
		if p.taken("with") {
			return query.BeginWith, nil
		}
		return 0, &Error{At: p.peek().at, Text: "the word with is missing here", Hint: operatorsHint}
	case t.is("<="), t.is(">="):
		return 0, &Error{At: t.at, Text: "there is no operator " + t.text, Hint: "write (version " + t.text[:1] + " 3.0 or version = 3.0)"}
	}
	return 0, &Error{At: t.at, Text: "an operator is missing here", Hint: operatorsHint}
}

// stray is the error of a token after which nothing makes sense of it.
func (p *parser) stray(t token) *Error {
	switch {
	case t.is(")"):
		return &Error{At: t.at, Text: "this parenthesis closes none"}
	case t.kind == mark:
		return &Error{At: t.at, Text: t.text + " cannot stand here"}
	}
	return &Error{At: t.at, Text: "and or or is missing here", Hint: quotesHint}
}
