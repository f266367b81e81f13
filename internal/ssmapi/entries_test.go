package ssmapi

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

func entry(pairs ...string) muster.Entry {
	e := muster.Entry{}
	for pair := range slices.Chunk(pairs, 2) {
		e = append(e, muster.Field{Name: pair[0], Value: pair[1]})
	}
	return e
}

func TestEntries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		json string
		want Entries
	}{
		{`null`, nil},
		{`[]`, Entries{}},
		{`[{}]`, Entries{entry()}},
		{`[{"b":"2","a":""},{"c":"3"}]`, Entries{entry("a", "", "b", "2"), entry("c", "3")}},
		{`[null,{"a":null,"b":"2"},null]`, Entries{entry("b", "2")}},
		{`[{"\u0061\n":"\ud83d\ude00\"\\"}]`, Entries{entry("a\n", "😀\"\\")}},
	} {
		got := Entries{entry("from", "before")}
		if err := json.Unmarshal([]byte(test.json), &got); err != nil {
			t.Errorf("%s: %v", test.json, err)
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %#v, want %#v", test.json, got, test.want)
		}
	}
}

func TestEntriesOfOtherKinds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		kind   jsontext.Kind
		target reflect.Kind
	}{
		`"x"`:           {'"', reflect.Slice},
		`{}`:            {'{', reflect.Slice},
		`[1]`:           {'0', reflect.Map},
		`[[]]`:          {'[', reflect.Map},
		`[{"a":1}]`:     {'0', reflect.String},
		`[{"a":true}]`:  {'t', reflect.String},
		`[{"a":{}}]`:    {'{', reflect.String},
		`[{"a":["b"]}]`: {'[', reflect.String},
	} {
		var got Entries
		var semantic *json.SemanticError
		err := json.Unmarshal([]byte(text), &got)
		if !errors.As(err, &semantic) || semantic.JSONKind != want.kind || semantic.GoType.Kind() != want.target {
			t.Errorf("%s: %v, want a %s that is no %s", text, err, want.kind, want.target)
		}
	}
}

func TestEntriesThatAreNoJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `[`, `[{`, `[{"a"`, `[{"a":`, `[{"a":"b"`, `[{"a":"b"}`, `[{"a":"\x"}]`, "[{\"a\":\"\xff\"}]", `[{"a":"\ud800"}]`, `[{}{}]`} {
		var got Entries
		var syntactic *jsontext.SyntacticError
		if err := json.Unmarshal([]byte(text), &got); !errors.As(err, &syntactic) {
			t.Errorf("%q: %v, want a syntax error", text, err)
		}
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Attributes{
		`{"Context":{"b":"2","a":"1"}}`: Attributes(entry("a", "1", "b", "2")),
		`{"Context":{}}`:                Attributes(entry()),
		`{"Context":null}`:              nil,
		`{}`:                            nil,
	} {
		var got InventoryItem
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got.Context, want) {
			t.Errorf("%s: got %#v, %v", text, got.Context, err)
		}
	}
}

func TestAbsentContentIsNotEmptyContent(t *testing.T) {
	t.Parallel()
	for text, absent := range map[string]bool{`{}`: true, `{"Content":null}`: true, `{"Content":[]}`: false} {
		var item InventoryItem
		if err := json.Unmarshal([]byte(text), &item); err != nil {
			t.Fatal(err)
		}
		if (item.Content == nil) != absent {
			t.Errorf("%s: got %#v", text, item.Content)
		}
		back, err := json.Marshal(item)
		if err != nil || strings.Contains(string(back), "Content") == absent {
			t.Errorf("%s comes back as %s, %v", text, back, err)
		}
	}
}

func TestListLeavesNullsOut(t *testing.T) {
	t.Parallel()
	var got InventoryFilter
	if err := json.Unmarshal([]byte(`{"Values":["a",null,"b"]}`), &got); err != nil || !slices.Equal(got.Values, []string{"a", "b"}) {
		t.Errorf("got %q, %v", got.Values, err)
	}
	for text, want := range map[string]bool{`{"Values":[]}`: false, `{"Values":[null]}`: false, `{"Values":null}`: true} {
		var got InventoryFilter
		if err := json.Unmarshal([]byte(text), &got); err != nil || (got.Values == nil) != want {
			t.Errorf("%s: got %#v, %v", text, got.Values, err)
		}
	}
}

func TestSizeIsThatOfCompactJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		`null`:                         2,
		`[]`:                           2,
		`[ {}, {} ]`:                   7,
		`[{"Name":"zlib"}]`:            17,
		`[{"a":"\u00e9"}]`:             12, // é is two bytes
		`[{"a":"\u0001\n\"\\\u007f"}]`: 23, // \u0001, \n, \" and \\ stay escaped
		`[{"a":"1","b":"2"}]`:          19,
	} {
		var e Entries
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		if got := e.Size(); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

// FuzzEntries holds that what was read once is written and read back the same, in as many bytes as Size says.
func FuzzEntries(f *testing.F) {
	for _, seed := range []string{`null`, `[]`, `[{"a":"1","b":""},{}]`, `[null,{"a":null}]`, `[{"\u00e9\t":"\"\\\u2028"}]`, `[{"a":1}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var first, second Entries
		if json.Unmarshal(text, &first) != nil {
			return
		}
		for _, e := range first {
			if !slices.IsSortedFunc(e, func(a, b muster.Field) int { return strings.Compare(a.Name, b.Name) }) {
				t.Fatalf("%q is not sorted", e)
			}
		}
		written, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(written)) != first.Size() {
			t.Errorf("%s has %d bytes, Size says %d", written, len(written), first.Size())
		}
		if err := json.Unmarshal(written, &second); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if !slices.EqualFunc(first, second, muster.Entry.Equal) {
			t.Errorf("%q came back as %q", first, second)
		}
	})
}

func BenchmarkEntries(b *testing.B) {
	text := []byte("[" + strings.Repeat(`{"Architecture":"amd64","Name":"libgcc-s1","Publisher":"Debian GCC Maintainers","Summary":"GCC support library","URL":"http://gcc.gnu.org/","Version":"12.2.0-14"},`, 399) + `{"Name":"zlib"}]`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var e Entries
		if err := json.Unmarshal(text, &e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSize(b *testing.B) {
	var e Entries
	text := []byte("[" + strings.Repeat(`{"Architecture":"amd64","Name":"libgcc-s1","Publisher":"Debian GCC Maintainers","Version":"12.2.0-14"},`, 399) + `{"Name":"zlib"}]`)
	if err := json.Unmarshal(text, &e); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(e.Size())
	for b.Loop() {
		e.Size()
	}
}
