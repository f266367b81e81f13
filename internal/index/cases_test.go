package index

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster"
	"muster/internal/query"
)

var update = flag.Bool("update", false, "write the answers that are given into testdata")

// TestCases runs testdata/*.txt. A line that begins with # says why; a line at the margin is a command, the indented ones below it
// are the entries it puts or the answer it wants:
//
//	node ID ATTR=VALUE…                    describes a node
//	put ID TYPE [SUBTYPE] [CONTEXT=VALUE…]  puts an item with the entries below, - for one without attributes
//	drop ID TYPE [SUBTYPE]
//	forget ID
//	select TERM… [after ID] [limit N]      the nodes, and "more" if there are more
//	count TREE [where TERM…]               the buckets with their counts; a total for those with something inside
//
// A term is TYPE.ATTR, one of = != ^= < > ?, and values with commas between. A tree is TYPE.ATTR [ TREE… ] or NAME: TERM… for a
// group, in which words stand apart.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runCase(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(text) {
				t.Errorf("%s gives\n%s\nwant\n%s", file, got, text)
			}
		})
	}
}

// runCase gives the case with the answers as they are.
func runCase(t *testing.T, text string) string {
	x := New()
	w := newWriter(x)
	var out strings.Builder
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for len(lines) > 0 {
		line := lines[0]
		below := 1
		for below < len(lines) && strings.HasPrefix(lines[below], "\t") {
			below++
		}
		block := lines[1:below]
		lines = lines[below:]
		fmt.Fprintln(&out, line)
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		o := op{}
		if len(words) > 1 {
			o.node = muster.NodeID(words[1])
		}
		switch words[0] {
		case "node":
			o.kind, o.key.typ, o.entries = describe, muster.TypeInstanceInformation, []muster.Entry{fieldsOf(words[2:])}
			w.do(o)
		case "put", "drop":
			o.key.typ = muster.TypeName(words[2])
			rest := words[3:]
			if len(rest) > 0 && !strings.Contains(rest[0], "=") {
				o.key.subType, rest = rest[0], rest[1:]
			}
			o.kind, o.context = drop, fieldsOf(rest)
			if words[0] == "put" {
				o.kind = put
			}
			for _, l := range block {
				o.entries = append(o.entries, fieldsOf(strings.Fields(strings.TrimPrefix(strings.TrimSpace(l), "-"))))
				fmt.Fprintln(&out, l)
			}
			w.do(o)
		case "forget":
			o.kind = forget
			w.do(o)
		case "select":
			w.do(op{kind: publish})
			writeNodes(t, &out, x.Snapshot(), words[1:])
		case "count":
			w.do(op{kind: publish})
			writeTallies(t, &out, x.Snapshot(), words[1:])
		default:
			t.Fatalf("no command %q", words[0])
		}
	}
	return out.String()
}

func writeNodes(t *testing.T, out *strings.Builder, s *Snapshot, words []string) {
	after, limit := muster.NodeID(""), 50
	for n := len(words) - 2; n >= 0 && (words[n] == "after" || words[n] == "limit"); n -= 2 {
		if words[n] == "after" {
			after = muster.NodeID(words[n+1])
		} else {
			limit, _ = strconv.Atoi(words[n+1])
		}
		words = words[:n]
	}
	ids, more, err := s.Select(t.Context(), query.Compile(termsOf(t, words)), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		fmt.Fprintf(out, "\t%s\n", id)
	}
	if more {
		fmt.Fprintln(out, "\tmore")
	}
}

func writeTallies(t *testing.T, out *strings.Builder, s *Snapshot, words []string) {
	var where query.Where
	if at := slices.Index(words, "where"); at >= 0 {
		where = query.Compile(termsOf(t, words[at+1:]))
		words = words[:at]
	}
	by, rest := treesOf(t, words)
	if len(rest) > 0 {
		t.Fatalf("too much: %q", rest)
	}
	tallies, err := s.Count(t.Context(), where, by)
	if err != nil {
		t.Fatal(err)
	}
	for _, tally := range tallies {
		writeTally(out, tally, "\t")
	}
}

func writeTally(out *strings.Builder, tally query.Tally, indent string) {
	for _, b := range tally.Buckets {
		fmt.Fprintf(out, "%s%d %q\n", indent, b.Total, b.Value)
		for _, inner := range b.Inner {
			writeTally(out, inner, indent+"\t")
		}
	}
	for _, g := range tally.Groups {
		fmt.Fprintf(out, "%s%d match %s, %d do not\n", indent, g.Matching, g.Name, g.Not)
	}
}

// treesOf reads aggregations up to a closing bracket.
func treesOf(t *testing.T, words []string) (trees []query.Aggregation, rest []string) {
	for len(words) > 0 && words[0] != "]" {
		name := words[0]
		words = words[1:]
		var a query.Aggregation
		if group, ok := strings.CutSuffix(name, ":"); ok {
			end := slices.IndexFunc(words, func(w string) bool { return w == "]" || strings.HasSuffix(w, ":") })
			if end < 0 {
				end = len(words)
			}
			a.Groups = []query.Group{{Name: group, Where: query.Compile(termsOf(t, words[:end]))}}
			words = words[end:]
		} else {
			a.By = attrOf(t, name)
			if len(words) > 0 && words[0] == "[" {
				a.Inner, words = treesOf(t, words[1:])
				words = words[1:]
			}
		}
		trees = append(trees, a)
	}
	return trees, words
}

func fieldsOf(words []string) muster.Entry {
	var fields []muster.Field
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		fields = append(fields, muster.Field{Name: name, Value: value})
	}
	return muster.NewEntry(fields)
}

func termsOf(t *testing.T, words []string) []query.Term {
	ops := []struct {
		sign string
		op   query.Op
	}{{"!=", query.NotEqual}, {"^=", query.BeginWith}, {"=", query.Equal}, {"<", query.LessThan}, {">", query.GreaterThan}, {"?", query.Exists}}
	var terms []query.Term
	for _, w := range words {
		at := strings.IndexAny(w, "!^=<>?")
		if at < 0 {
			t.Fatalf("%q is no term", w)
		}
		for _, o := range ops {
			if values, ok := strings.CutPrefix(w[at:], o.sign); ok {
				terms = append(terms, query.Term{Attr: attrOf(t, w[:at]), Op: o.op, Values: strings.Split(values, ",")})
				break
			}
		}
	}
	return terms
}

func attrOf(t *testing.T, key string) query.Attr {
	typ, name, ok := muster.SplitAttribute(key, func(muster.TypeName) bool { return false })
	if !ok {
		t.Fatalf("%q is no attribute", key)
	}
	return query.Attr{Type: typ, Name: name}
}
