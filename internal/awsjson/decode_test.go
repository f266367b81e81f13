package awsjson

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
	"muster/internal/ssmapi"
)

const (
	stringWanted  = " can not be converted to a String"
	integerWanted = " can not be converted to an Integer"
)

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	put, get, list := new(ssmapi.PutInventoryInput), new(ssmapi.GetInventoryInput), new(ssmapi.ListInventoryEntriesInput)
	schema := new(ssmapi.GetInventorySchemaInput)
	for _, test := range []struct {
		into any
		body string
		want string // the message
	}{
		// No JSON, or not an object.
		{put, ``, ""},
		{put, ` `, ""},
		{put, `{`, ""},
		{put, `{"InstanceId":"i-01234567"`, ""},
		{put, `{} {}`, ""},
		{put, `{}x`, ""},
		{put, `{"InstanceId":"i-01234567",}`, ""},
		{put, `{'InstanceId':1}`, ""},
		{put, `null`, ""},
		{put, `"x"`, ""},
		{put, `1`, ""},
		{put, `[]`, foundList},
		{put, "{\"InstanceId\":\"i-\xff\"}", ""},
		{put, "{\"Unknown\":\"\xff\"}", ""},
		{put, `{"InstanceId":"\ud800"}`, ""},
		{put, "\xef\xbb\xbf{}", ""},

		// Other types than the shape has.
		{put, `{"InstanceId":1}`, "NUMBER_VALUE" + stringWanted},
		{put, `{"InstanceId":true}`, "TRUE_VALUE" + stringWanted},
		{put, `{"InstanceId":false}`, "FALSE_VALUE" + stringWanted},
		{put, `{"InstanceId":[]}`, foundList},
		{put, `{"InstanceId":{}}`, foundMap},
		{put, `{"Items":{}}`, foundMap},
		{put, `{"Items":"x"}`, "Expected list or null"},
		{put, `{"Items":["x"]}`, "Expected null"},
		{put, `{"Items":[[]]}`, foundList},
		{put, `{"Items":[{"ContentHash":7}]}`, "NUMBER_VALUE" + stringWanted},
		{put, `{"Items":[{"Content":7}]}`, "Expected list or null"},
		{put, `{"Items":[{"Content":{}}]}`, foundMap},
		{put, `{"Items":[{"Content":["x"]}]}`, "Expected map or null"},
		{put, `{"Items":[{"Content":[[]]}]}`, foundList},
		{put, `{"Items":[{"Content":[{"a":1}]}]}`, "NUMBER_VALUE" + stringWanted},
		{put, `{"Items":[{"Content":[{"a":{}}]}]}`, foundMap},
		{put, `{"Items":[{"Content":[{"a":["b"]}]}]}`, foundList},
		{put, `{"Items":[{"Context":"x"}]}`, "Expected map or null"},
		{put, `{"Items":[{"Context":[]}]}`, foundList},
		{put, `{"Items":[{"Context":{"a":true}}]}`, "TRUE_VALUE" + stringWanted},
		{get, `{"Filters":[{"Values":[1]}]}`, "NUMBER_VALUE" + stringWanted},
		{get, `{"Filters":[{"Values":"a"}]}`, "Expected list or null"},
		{get, `{"Aggregators":[1]}`, "Expected null"},
		{get, `{"MaxResults":"1"}`, "STRING_VALUE" + integerWanted},
		{get, `{"MaxResults":true}`, "TRUE_VALUE" + integerWanted},
		{get, `{"MaxResults":[1]}`, foundList},
		{get, `{"MaxResults":2147483648}`, "NUMBER_VALUE" + integerWanted},
		{get, `{"MaxResults":-2147483649}`, "NUMBER_VALUE" + integerWanted},
		{get, `{"MaxResults":1e400}`, "NUMBER_VALUE" + integerWanted},
		{schema, `{"Aggregator":"true"}`, "STRING_VALUE can not be converted to a Boolean"},
		{schema, `{"SubType":1}`, "NUMBER_VALUE can not be converted to a Boolean"},
		{list, `{"Filters":[{"Key":{}}]}`, foundMap},

		// Too deep, in a member that counts and in one that does not.
		{get, `{"Aggregators":` + strings.Repeat(`[{"Aggregators":`, 50) + `[]` + strings.Repeat(`}]`, 50) + `}`, ""},
		{get, `{"Unknown":` + strings.Repeat("[", 100_000), ""},
		{get, `{"MaxResults":1,"MaxResults":2}`, "An object has two members with the same name."},
		{get, `{"Filters":[{"Key":"k","Key":null}]}`, "An object has two members with the same name."},
		{get, strings.Repeat(`{"Unknown":`, 100_000), ""},
		{get, `{"Unknown":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`, ""},
	} {
		into := reflect.New(reflect.TypeOf(test.into).Elem()).Interface()
		err := decode([]byte(test.body), into)
		want := &muster.Error{Code: muster.CodeSerialization, Message: test.want}
		var got *muster.Error
		if !errors.As(err, &got) || *got != *want {
			t.Errorf("%.100s: got %v, want %v", test.body, err, want)
		}
	}
}

func TestDecodeAccepts(t *testing.T) {
	t.Parallel()
	key := "k"
	for body, want := range map[string]ssmapi.GetInventoryInput{
		`{}`:     {},
		" {}\n ": {},
		`{"MaxResults":null,"Filters":null,"NextToken":null}`:       {},
		`{"maxresults":1,"Extra":{"a":[1,2,{"b":null}]},"":"\"]}"}`: {},
		`{"MaxResults":2.9}`:                  {MaxResults: new(int32(2))},
		`{"MaxResults":-2147483648}`:          {MaxResults: new(int32(-2147483648))},
		`{"Filters":[null,{"Key":"k"},null]}`: {Filters: ssmapi.List[ssmapi.InventoryFilter]{{Key: &key}}},
		`{"Unknown":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + `,"NextToken":"\"\\[[\\\"","A":[]}`: {NextToken: `"\[[\"`},
	} {
		var got ssmapi.GetInventoryInput
		if err := decode([]byte(body), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%.100s: got %+v, %v", body, got, err)
		}
	}
}

// FuzzDecode holds that a body is refused with a SerializationException, or that the shape it became is written and read back
// the same and can be checked; and that a short cut, where the shape has one, changes neither.
func FuzzDecode(f *testing.F) {
	for i, seed := range []string{
		`{"InstanceId":"mi-0123456789abcdef0","Items":[{"TypeName":"AWS:Application","SchemaVersion":"1.1","CaptureTime":"2026-03-04T05:06:07Z","ContentHash":"h","Content":[{"Name":"a","Name":"b"},{}],"Context":{}}]}`,
		`{"Filters":[{"Key":"AWS:Application.Name","Values":["a",""],"Type":"Equal"}],"Aggregators":[{"Expression":"e","Aggregators":[{"Groups":[{"Name":"n","Filters":[]}]}]}],"ResultAttributes":[{"TypeName":"x"}],"MaxResults":1.5}`,
		`{"TypeName":"","Aggregator":true,"SubType":false,"NextToken":"t"}`,
		`{"InstanceId":"i-01234567","TypeName":"Custom:A","Filters":[null]}`,
		`{"TypeName":"Custom:A","SchemaDeleteOption":"DisableSchema","DryRun":true,"ClientToken":"x"}`,
		`{"DeletionId":"\ud83d\ude00","MaxResults":-1}`,
		`{"Unknown":[[[[{"a":"}\"]"}]]]]}`,
	} {
		f.Add(uint8(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		switch which % 6 {
		case 0:
			roundTrip[ssmapi.PutInventoryInput](t, body)
		case 1:
			roundTrip[ssmapi.GetInventoryInput](t, body)
		case 2:
			roundTrip[ssmapi.GetInventorySchemaInput](t, body)
		case 3:
			roundTrip[ssmapi.ListInventoryEntriesInput](t, body)
		case 4:
			roundTrip[ssmapi.DeleteInventoryInput](t, body)
		case 5:
			roundTrip[ssmapi.DescribeInventoryDeletionsInput](t, body)
		}
	})
}

func roundTrip[In any](t *testing.T, body []byte) {
	first, second, long := new(In), new(In), new(In)
	err, errLong := decode(body, first), decodeAny(body, long)
	if !reflect.DeepEqual(err, errLong) || err == nil && !reflect.DeepEqual(first, long) {
		t.Fatalf("got %+v, %v; the long way %+v, %v", first, err, long, errLong)
	}
	if err != nil {
		var known *muster.Error
		if !errors.As(err, &known) || known.Code != muster.CodeSerialization {
			t.Fatalf("refused with %v", err)
		}
		return
	}
	if depth := depthOf(t, body); depth > maxDepth {
		t.Errorf("accepted %d levels", depth)
	}
	written, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(written, second); err != nil {
		t.Fatalf("%s: %v", written, err)
	}
	if !reflect.DeepEqual(first, second) {
		t.Errorf("%+v came back as %+v", first, second)
	}
	if err := ssmapi.Checker[In]()(first); err != nil && !errors.Is(err, muster.ErrValidation(nil)) {
		t.Errorf("checked with %v", err)
	}
}

// depthOf has the parser count.
func depthOf(t *testing.T, body []byte) (deepest int) {
	dec := jsontext.NewDecoder(strings.NewReader(string(body)), jsontext.AllowDuplicateNames(true))
	for dec.InputOffset() == 0 || dec.StackDepth() > 0 {
		if _, err := dec.ReadToken(); err != nil {
			t.Fatal(err)
		}
		deepest = max(deepest, dec.StackDepth())
	}
	return deepest
}

func BenchmarkTooDeep(b *testing.B) {
	body := []byte(strings.Repeat(`{"Architecture":"amd64","Name":"libgcc-s1","Publisher":"Debian GCC Maintainers","Version":"12.2.0-14"},`, 4000))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		tooDeep(body)
	}
}
