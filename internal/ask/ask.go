// Package ask is the language in which people filter nodes, "name = openssl and version < 3.0.7 and platform = Linux": it reads a
// text into what query asks, and writes it again. It does no I/O, knows no wire format and not which types there are.
//
//	filter     = and { "or" and }
//	and        = not { "and" not }
//	not        = "not" not | "lacks" thing | "has" thing | "(" filter ")" | condition
//	thing      = TYPE | "(" filter ")"
//	condition  = ATTRIBUTE operator VALUE { "," VALUE }
//	operator   = "=" | "!=" | "<" | ">" | "^=" | "begins" "with"
//
// Words in quotes may hold anything. What it means is said at [Filter.Where].
package ask

import (
	"strings"

	"muster/internal/query"
)

// MaxLength is how many bytes a filter may have, MaxDepth how many parentheses and nots within each other, and MaxAlternatives how
// many conjunctions it may come to when each or is taken out of the ands around it.
const (
	MaxLength       = 4096
	MaxDepth        = 50
	MaxAlternatives = 100
)

// Filter is a condition on nodes as it was written. The zero Filter, like the text "", is true of every node.
type Filter struct{ root expression }

// expression is one of the types below.
type expression interface {
	write(*strings.Builder)
	compile(compiler) ([]conjunction, error)
	binds() binding
}

// binding is how strongly an expression holds together: what binds less than its surroundings needs parentheses.
type binding int

const (
	loose  binding = iota // or
	middle                // and
	tight                 // the rest
)

type (
	both   struct{ parts []expression }
	either struct{ parts []expression }
	negate struct{ of expression }

	// entry is what has ( … ) and lacks ( … ) say: a condition whose entries are its own.
	entry struct {
		of    expression
		lacks bool
	}
	holds struct {
		typ   string
		lacks bool
	}
	condition struct {
		key    string // "AWS:Application.Name"
		op     query.Op
		values []string
	}
)

// String gives the filter as a text that Parse reads as the same filter.
func (f Filter) String() string {
	var b strings.Builder
	if f.root != nil {
		f.root.write(&b)
	}
	return b.String()
}

func (either) binds() binding    { return loose }
func (both) binds() binding      { return middle }
func (negate) binds() binding    { return tight }
func (entry) binds() binding     { return tight }
func (holds) binds() binding     { return tight }
func (condition) binds() binding { return tight }

func (e either) write(b *strings.Builder) { writeList(b, e.parts, " or ", middle) }
func (e both) write(b *strings.Builder)   { writeList(b, e.parts, " and ", tight) }

func (e negate) write(b *strings.Builder) {
	b.WriteString("not ")
	writeWithin(b, e.of, tight)
}

func (e entry) write(b *strings.Builder) {
	b.WriteString(quantifier(e.lacks))
	b.WriteByte('(')
	e.of.write(b)
	b.WriteByte(')')
}

func (e holds) write(b *strings.Builder) {
	b.WriteString(quantifier(e.lacks))
	b.WriteString(quote(e.typ))
}

func quantifier(lacks bool) string {
	if lacks {
		return "lacks "
	}
	return "has "
}

func (e condition) write(b *strings.Builder) {
	key := quote(e.key)
	if short, ok := shortName(e.key); ok {
		key = short
	}
	b.WriteString(key)
	b.WriteString(" " + operatorText(e.op) + " ")
	for i, value := range e.values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(value))
	}
}

func writeList(b *strings.Builder, parts []expression, between string, within binding) {
	for i, part := range parts {
		if i > 0 {
			b.WriteString(between)
		}
		writeWithin(b, part, within)
	}
}

func writeWithin(b *strings.Builder, e expression, within binding) {
	if e.binds() >= within {
		e.write(b)
		return
	}
	b.WriteByte('(')
	e.write(b)
	b.WriteByte(')')
}

// quote gives a word as it may stand in a filter.
func quote(word string) string {
	if word != "" && !strings.ContainsFunc(word, ends) && !strings.ContainsAny(word[:1], `"'`) && !reserved(word) {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}
