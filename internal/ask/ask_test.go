package ask_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"muster"
	"muster/internal/ask"
	"muster/internal/query"
)

const app, info = muster.TypeName("AWS:Application"), muster.TypeInstanceInformation

func term(t muster.TypeName, name string, op query.Op, values ...string) query.Term {
	return query.Term{Attr: query.Attr{Type: t, Name: name}, Op: op, Values: values}
}

func clause(terms ...query.Term) query.Clause {
	return query.Clause{Type: terms[0].Attr.Type, Terms: terms}
}

func not(c query.Clause) query.Clause {
	c.Not = true
	return c
}

func TestWhere(t *testing.T) {
	t.Parallel()
	openssl, old, linux := term(app, "Name", query.Equal, "openssl"), term(app, "Version", query.LessThan, "3.0.7"), term(info, "PlatformType", query.Equal, "Linux")
	exactly := term(app, "Version", query.Equal, "3.1")
	bash := term(app, "Name", query.Equal, "bash")
	rack := query.Clause{Holds: []muster.TypeName{"Custom:RackInfo"}}
	for _, c := range []struct {
		text  string
		want  query.Where
		terms []query.Term // nil where GetInventory cannot ask it
	}{
		{"", nil, nil},
		{"name = openssl", query.Where{clause(openssl)}, []query.Term{openssl}},
		{"AWS:Application.Name = openssl", query.Where{clause(openssl)}, []query.Term{openssl}},
		{"name = openssl and version < 3.0.7 and platform = Linux", query.Where{clause(openssl, old), clause(linux)}, []query.Term{openssl, old, linux}},
		{"name=openssl AND version<3.0.7", query.Where{clause(openssl, old)}, []query.Term{openssl, old}},
		{"name = bash, zsh", query.Where{clause(term(app, "Name", query.Equal, "bash", "zsh"))}, []query.Term{term(app, "Name", query.Equal, "bash", "zsh")}},
		{"name begins with lib", query.Where{clause(term(app, "Name", query.BeginWith, "lib"))}, []query.Term{term(app, "Name", query.BeginWith, "lib")}},
		{`name ^= "lib x"`, query.Where{clause(term(app, "Name", query.BeginWith, "lib x"))}, []query.Term{term(app, "Name", query.BeginWith, "lib x")}},
		{"name != openssl", query.Where{not(clause(openssl))}, []query.Term{term(app, "Name", query.NotEqual, "openssl")}},
		{"not name = openssl", query.Where{not(clause(openssl))}, []query.Term{term(app, "Name", query.NotEqual, "openssl")}},
		{"name = openssl and not platform = Linux", query.Where{clause(openssl), not(clause(linux))}, []query.Term{openssl, term(info, "PlatformType", query.NotEqual, "Linux")}},
		// Among the filters of one call it would speak of the entry of bash.
		{"name = bash and not name = openssl", query.Where{clause(bash), not(clause(openssl))}, nil},
		{"name = bash and name = openssl", query.Where{clause(bash), clause(openssl)}, []query.Term{bash, openssl}},
		{"lacks (name = openssl and version < 3.0.7)", query.Where{not(clause(openssl, old))}, nil},
		{"has (name = openssl) and has (version < 3.0.7)", query.Where{clause(openssl), clause(old)}, nil},
		{"has Custom:RackInfo", query.Where{rack}, nil},
		{"lacks Custom:RackInfo", query.Where{not(rack)}, nil},
		{"not lacks Custom:RackInfo", query.Where{rack}, nil},
		{"name = openssl or platform = Linux", query.Where{{Any: []query.Where{{clause(openssl)}, {clause(linux)}}}}, nil},
		{"name = openssl and (version < 3.0.7 or version = 3.1)", query.Where{{Any: []query.Where{{clause(openssl, old)}, {clause(openssl, exactly)}}}}, nil},
		{"not (name = openssl or platform = Linux)", query.Where{{Any: []query.Where{{clause(openssl)}, {clause(linux)}}, Not: true}}, nil},
		{"not (name = openssl and platform = Linux)", query.Where{{Any: []query.Where{{clause(openssl), clause(linux)}}, Not: true}}, nil},
		{"name = bash and platform = Linux or has Custom:RackInfo", query.Where{{Any: []query.Where{{clause(bash), clause(linux)}, {rack}}}}, nil},
	} {
		f, err := ask.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got, err := f.Where(ask.AnyAttribute)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s\n got %+v, %v\nwant %+v", c.text, got, err, c.want)
		}
		terms, ok, err := f.Terms(ask.AnyAttribute)
		if err != nil || ok != (c.terms != nil || c.text == "") || fmt.Sprint(terms) != fmt.Sprint(c.terms) {
			t.Errorf("%s: as filters %+v, %v, %v, want %+v", c.text, terms, ok, err, c.terms)
		}
		if ok && fmt.Sprint(query.Compile(terms)) != fmt.Sprint(c.want) {
			t.Errorf("%s: its filters mean something else: %+v", c.text, query.Compile(terms))
		}
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "",
		"AWS:Application.Name=openssl":   "name = openssl",
		"os = 'Debian GNU/Linux'":        `os = "Debian GNU/Linux"`,
		`name = "say \"\\hi\"", 'it\'s'`: `name = "say \"\\hi\"", it's`,
		`name = ""`:                      `name = ""`,
		`name = "and"`:                   `name = "and"`,
		"name ^= lib":                    "name begins with lib",
		`"Custom:Disk.Use %" > 60`:       `"Custom:Disk.Use %" > 60`,
		"Custom:Disk.Use% > 60":          "Custom:Disk.Use% > 60",
		"NOT (name=a OR name=b) and has AWS:File": "not (name = a or name = b) and has AWS:File",
		"(name = a and name = b) or lacks (ip=1)": "name = a and name = b or lacks (ip = 1)",
		"name = a and (ip = b and node = c)":      "name = a and (ip = b and node = c)",
		"not not name = a":                        "not not name = a",
	} {
		f, err := ask.Parse(text)
		if err != nil || f.String() != want {
			t.Errorf("%s: %q, %v, want %q", text, f, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("not ", ask.MaxDepth+1)
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"name", 4, "an operator is missing here; an operator is =, !=, <, > or begins with"},
		{"name = ", 7, "a value is missing here"},
		{"name = and", 7, "a value is missing here"},
		{"name = a,", 9, "a value is missing here"},
		{"os = Debian GNU/Linux", 12, `and or or is missing here; a value with spaces or special characters goes in quotes: os = "Debian GNU/Linux"`},
		{"name = a and", 12, "a condition is missing here"},
		{"or name = a", 0, "a condition is missing here"},
		{"name = a)", 8, "this parenthesis closes none"},
		{"not (name = a", 4, "the parenthesis is not closed"},
		{"(name = a name = b)", 10, "and or or is missing here"},
		{"name = a, = b", 10, "a value is missing here"},
		{"name = a = b", 9, "= cannot stand here"},
		{"Name = a", 0, "there is no short name Name; write name, or AWS:Application.Name"},
		{"host = a", 0, "there is no short name host; there are name, version, "},
		{"AWS:Application = a", 0, "AWS:Application is no attribute; one is AWS:Application.Name"},
		{"Foo:Bar.Baz = a", 0, "Foo:Bar.Baz is no attribute"},
		{"has RackInfo", 4, "a type is missing here"},
		{"lacks", 5, "a type is missing here"},
		{"name begins lib", 12, "the word with is missing here"},
		{"name = a and version <= 3", 21, "there is no operator <=; write (version < 3.0 or version = 3.0)"},
		{"name ! a", 5, "there is no operator !"},
		{`name = "a`, 7, "the quote is not closed"},
		{"name = \xff", 7, "it is not UTF-8"},
		{deep + "name = a", 4 * ask.MaxDepth, "it is nested more than 50 deep"},
		{strings.Repeat(" ", ask.MaxLength+1), ask.MaxLength, "it is longer than 4096 bytes"},
	} {
		_, err := ask.Parse(c.text)
		wrong, ok := errors.AsType[*ask.Error](err)
		if !ok || wrong.At != c.at || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want at byte %d: %s", c.text, err, c.at+1, c.want)
		}
	}
}

func TestAlternatives(t *testing.T) {
	t.Parallel()
	text := "(name = a or name = b or name = c)"
	for range 4 {
		text += " and (ip = a or ip = b or ip = c)"
	}
	f, err := ask.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Where(ask.AnyAttribute); err == nil || !strings.Contains(err.Error(), "more than 100 alternatives") {
		t.Errorf("243 alternatives: %v", err)
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	bash := muster.NewEntry([]muster.Field{{Name: "Name", Value: "Bash"}, {Name: "Version", Value: "5.1"}})
	for text, want := range map[string]bool{
		"":                             true,
		"platform = Linux":             true,
		"name = bash":                  true,
		"name = zsh":                   false,
		"name = bash and version < 5":  false,
		"name = bash and name = zsh":   true,
		"name = zsh or version = 5.1":  true,
		"name = zsh or platform = x":   true,
		"has (name = zsh)":             false,
		"name = bash and version != 5": true,
	} {
		f, err := ask.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		asks, err := f.Entries(app, ask.AnyAttribute)
		if err != nil || asks(bash) != want {
			t.Errorf("%q asks for bash: %v, %v", text, !want, err)
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	f, err := ask.Parse("platform = x and not (name = a or has Custom:Rack) and version = 1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Types(ask.AnyAttribute)
	if want := []muster.TypeName{info, app, "Custom:Rack"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

// FuzzParse holds what is read to be written as it was meant, and errors to be inside the text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"name = openssl and version < 3.0.7 and platform = Linux", `not (os = "Debian GNU/Linux" or lacks AWS:File)`,
		`lacks (name ^= 'it\'s', "" and AWS:Tag.Key != x)`, "name begins with", "has (", "x:y.z = \xff", `"Custom:a b.c" > "\\"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ask.Parse(text)
		if err != nil {
			if wrong, ok := errors.AsType[*ask.Error](err); !ok || wrong.At < 0 || wrong.At > len(text) {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if len(first.String()) > ask.MaxLength { // quotes and spaces that were not there
			return
		}
		second, err := ask.Parse(first.String())
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("%q is written %q and read as %q, %v", text, first, second, err)
		}
		meant, err := first.Where(ask.AnyAttribute)
		if again, errAgain := second.Where(ask.AnyAttribute); !reflect.DeepEqual(meant, again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q means %v, %v, and %q %v, %v", text, meant, err, first, again, errAgain)
		}
	})
}
