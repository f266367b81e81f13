package query

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"muster"
)

func TestCompile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, terms, want string }{
		{"nothing", "", ""},
		{"one row has all of a type's terms", "App.Name=bash App.Version<5", "App{Name=bash Version<5}"},
		{"types are apart, in order", "App.Name=bash Net.Name=eth0 App.Version<5", "App{Name=bash Version<5} Net{Name=eth0}"},
		{"NotEqual alone is about all rows", "App.Name!bash,zsh App.Version!5", "not App{Name=bash,zsh} not App{Version=5}"},
		{"NotEqual beside another is about the row", "App.Name=bash App.Version!5", "App{Name=bash Version!5}"},
		{"Exists is another", "App.Name? App.Version!5", "App{Name? Version!5}"},
		{"two names are two rows", "App.Name=bash App.Name=zsh", "App{Name=bash} App{Name=zsh}"},
		{"each with the other terms", "App.Name=bash App.Publisher=gnu App.Name=zsh", "App{Name=bash Publisher=gnu} App{Name=zsh Publisher=gnu}"},
		{"a value in common is one row", "App.Name=bash,zsh App.Name=ZSH,fish", "App{Name=bash,zsh Name=ZSH,fish}"},
		{"pairs in common are not enough", "App.Name=a,b App.Name=b,c App.Name=c,a", "App{Name=a,b} App{Name=b,c} App{Name=c,a}"},
		{"two contradicted attributes", "App.Name=a App.Name=b App.Version=1 App.Version=2 App.Publisher=p",
			"App{Name=a Publisher=p} App{Name=b Publisher=p} App{Version=1 Publisher=p} App{Version=2 Publisher=p}"},
		{"other operators do not contradict", "App.Name=a App.Name^b", "App{Name=a Name^b}"},
		{"the same key of another type", "App.Name=a Net.Name=b", "App{Name=a} Net{Name=b}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := show(Compile(parseTerms(t, c.terms))); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.terms, got, c.want)
			}
		})
	}
}

// FuzzCompile: on any node, Compile's clauses say what F1 to F4 say when they are read off the rows one by one.
func FuzzCompile(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		rows := map[muster.TypeName][]muster.Entry{}
		for _, typ := range []muster.TypeName{"App", "Net"} {
			for range r.IntN(4) {
				var fields []muster.Field
				for _, attr := range []string{"A", "B"} {
					if r.IntN(4) > 0 {
						fields = append(fields, muster.Field{Name: attr, Value: randomValue(r)})
					}
				}
				rows[typ] = append(rows[typ], muster.NewEntry(fields))
			}
		}
		var terms []Term
		for range 1 + r.IntN(5) {
			values := []string{randomValue(r), randomValue(r)}[:1+r.IntN(2)]
			attr := Attr{[]muster.TypeName{"App", "App", "Net"}[r.IntN(3)], []string{"A", "B"}[r.IntN(2)]}
			terms = append(terms, Term{attr, []Op{Equal, Equal, NotEqual, BeginWith, LessThan, Exists}[r.IntN(6)], values})
		}
		if got, want := holds(Compile(terms), rows), naive(terms, rows); got != want {
			t.Errorf("seed %d: %s\nof %v: %v, want %v\nclauses %s", seed, show([]Clause{{Terms: terms}}), rows, got, want, show(Compile(terms)))
		}
	})
}

func randomValue(r *rand.Rand) string { return []string{"", "a", "A", "b", "ab", "1"}[r.IntN(6)] }

func holds(where Where, rows map[muster.TypeName][]muster.Entry) bool {
	return !slices.ContainsFunc(where, func(c Clause) bool { return c.Not == anyRow(rows[c.Type], c.Terms) })
}

func anyRow(rows []muster.Entry, terms []Term) bool {
	return slices.ContainsFunc(rows, func(row muster.Entry) bool {
		return !slices.ContainsFunc(terms, func(term Term) bool { return !term.Match(row.Get(term.Attr.Name)) })
	})
}

// naive is the rules in the words of the decision table.
func naive(terms []Term, rows map[muster.TypeName][]muster.Entry) bool {
	for _, typ := range []muster.TypeName{"App", "Net"} {
		var ours, single, shared []Term
		positive := false
		for _, term := range terms {
			if term.Attr.Type == typ {
				ours = append(ours, term)
				positive = positive || term.Op != NotEqual
			}
		}
		if !positive {
			for _, term := range ours {
				for _, row := range rows[typ] {
					if !term.Match(row.Get(term.Attr.Name)) {
						return false
					}
				}
			}
			continue
		}
		for _, term := range ours {
			common := map[string]int{}
			equals := 0
			for _, other := range ours {
				if term.Op == Equal && other.Op == Equal && other.Attr == term.Attr {
					equals++
					folded := map[string]bool{}
					for _, v := range other.Values {
						folded[strings.ToLower(v)] = true
					}
					for v := range folded {
						common[v]++
					}
				}
			}
			possible := term.Op != Equal
			for _, n := range common {
				possible = possible || n == equals
			}
			if possible {
				shared = append(shared, term)
			} else {
				single = append(single, term)
			}
		}
		if len(single) == 0 && !anyRow(rows[typ], shared) {
			return false
		}
		for _, term := range single {
			if !anyRow(rows[typ], append([]Term{term}, shared...)) {
				return false
			}
		}
	}
	return true
}

var signs = map[Op]string{Equal: "=", NotEqual: "!", BeginWith: "^", LessThan: "<", GreaterThan: ">", Exists: "?"}

// parseTerms reads "App.Name=bash,zsh Net.Name?".
func parseTerms(t *testing.T, s string) []Term {
	t.Helper()
	var terms []Term
	for _, word := range strings.Fields(s) {
		at := strings.IndexAny(word, "=!^<>?")
		typ, attr, ok := strings.Cut(word[:at], ".")
		if !ok {
			t.Fatalf("%q has no type", word)
		}
		term := Term{Attr: Attr{muster.TypeName(typ), attr}, Values: strings.Split(word[at+1:], ",")}
		for op, sign := range signs {
			if word[at:at+1] == sign {
				term.Op = op
			}
		}
		terms = append(terms, term)
	}
	return terms
}

func show(where Where) string {
	var clauses []string
	for _, c := range where {
		var terms []string
		for _, term := range c.Terms {
			terms = append(terms, term.Attr.Name+signs[term.Op]+strings.Join(term.Values, ","))
		}
		s := fmt.Sprintf("%s{%s}", c.Type, strings.Join(terms, " "))
		if c.Not {
			s = "not " + s
		}
		clauses = append(clauses, s)
	}
	return strings.Join(clauses, " ")
}
