package ssmapi

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
)

const scanned = `{"InstanceId":"mi-0123456789abcdef0","Items":[` +
	`{"TypeName":"AWS:Application","SchemaVersion":"1.1","CaptureTime":"2026-03-04T05:06:07Z","ContentHash":"h",` +
	`"Content":[{"Architecture":"amd64","Name":"zlib"},{},{"b":"2","a":"1"}]},` +
	`{"TypeName":"Custom:A","Context":{"y":"\"\\","x":"\ud83d\ude00"},"Content":[]}]}`

// TestScanTakes has what must not fall back on the slow way, for nodes send it.
func TestScanTakes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		scanned,
		`{}`,
		` { "Items" : [ ] } `,
		`{"Items":[{},{"Content":[ {"a" : "é\n"} , {"b":""}]}],"InstanceId":""}`,
		`{"Items":[{"Context":{}}]}`,
	} {
		var in PutInventoryInput
		if !in.ScanJSON([]byte(body)) {
			t.Errorf("%s: not taken", body)
		}
		sameAsUnmarshal(t, []byte(body), &in)
	}
}

// TestScanLeaves has what the scanner must not judge, good JSON and bad.
func TestScanLeaves(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `{`, `[]`, `null`, `{}x`, `{}{}`, "{}\n", "{\"InstanceId\":\"\xff\"}", "{\"InstanceId\":\"\x01\"}", "\xef\xbb\xbf{}",
		`{"InstanceId":null}`, `{"InstanceId":1}`, `{"InstanceId":"a","InstanceId":"b"}`, `{"instanceId":"a"}`, `{"InstanceId":"a",}`, `{,}`, `{"InstanceId"}`, `{"InstanceId":"a"`, `{"InstanceId":"a`, `{"InstanceId":"a\`, `{"InstanceId":"\ud800"}`, `{"InstanceId":"\x"}`,
		`{"Items":null}`, `{"Items":{}}`, `{"Items":[null]}`, `{"Items":[{}`, `{"Items":[{},]}`, `{"Items":[{}{}]}`, `{"Items":[],"Items":[]}`,
		`{"Items":[{"ContentHash":"","ContentHash":""}]}`, `{"Items":[{"TypeName":"a","TypeName":"a"}]}`, `{"Items":[{"TypeName":"Custom:\u0041"}]}`, `{"Items":[{"Content":null}]}`, `{"Items":[{"Content":[null]}]}`, `{"Items":[{"Content":[],"Content":[]}]}`,
		`{"Items":[{"Content":[{"a":null}]}]}`, `{"Items":[{"Content":[{"a":1}]}]}`, `{"Items":[{"Content":[{"a":["b"]}]}]}`, `{"Items":[{"Content":[{"a":{}}]}]}`, `{"Items":[{"Content":[{"a" "b"}]}]}`, `{"Items":[{"Content":[{"a":"b"}]`,
		`{"Items":[{"Context":null}]}`, `{"Items":[{"Context":[]}]}`, `{"Items":[{"Context":{},"Context":{}}]}`, `{"Items":[{"Content":[{"a":"1","a":"2"}]}]}`, `{"Items":[{"Context":{"b":"","a":"","b":""}}]}`, `{"Items":[{"Other":{}}]}`,
	} {
		in := PutInventoryInput{Items: List[InventoryItem]{{ContentHash: "before"}}}
		if in.ScanJSON([]byte(body)) {
			t.Errorf("%s: taken", body)
		}
		if len(in.Items) != 1 || in.Items[0].ContentHash != "before" {
			t.Errorf("%s: left %+v behind", body, in)
		}
	}
}

// FuzzScan holds that what the scanner takes is what the json package makes of it.
func FuzzScan(f *testing.F) {
	f.Add([]byte(scanned))
	f.Add([]byte(` { "Items" : [ { "Content" : [ { "\u0061" : "\\\"" , "a" : "" } ] } ] } `))
	f.Add([]byte(`{"Items":[{"ContentHash":"","Context":{"a":"\ud800"}}]}`))
	f.Add([]byte("{\"Items\":[{\"Content\":[{\"\x7f\":\"\\u0000\xc3\xa9\"}]}]}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in PutInventoryInput
		if in.ScanJSON(body) {
			sameAsUnmarshal(t, body, &in)
		}
	})
}

func sameAsUnmarshal(t *testing.T, body []byte, got *PutInventoryInput) {
	t.Helper()
	var want PutInventoryInput
	if err := json.Unmarshal(body, &want); err != nil {
		t.Errorf("%s: taken, but %v", body, err)
	}
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("%s:\ngot  %+v\nwant %+v", body, got, want)
	}
	for _, it := range got.Items {
		if it.ContentSize() != it.Content.Size() {
			t.Errorf("%s: measured as %d, want %d", body, it.ContentSize(), it.Content.Size())
		}
	}
}
