package ssmapi

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/go-json-experiment/json"
)

const scanned = `{"InstanceId":"mi-0123456789abcdef0","Items":[` +
	`{"TypeName":"AWS:Application","SchemaVersion":"1.1","CaptureTime":"2026-03-04T05:06:07Z","ContentHash":"h",` +
	`"Content":[{"Architecture":"amd64","Name":"zlib"},{},{"b":"2","a":"1"}]},` +
	`{"TypeName":"Custom:A","Context":{"y":"\"\\","x":"\ud83d\ude00"},"Content":[]}]}`

// shared has names and values that are there once in what is made of it, some in another order, and of two items.
const shared = `{"Items":[{"Content":[{"a":"1","b":"22"},{"a":"1","b":"2"},{"b":"2","c":""},{"a":"11"},{"c":"","b":"1","a":"1"},{"\u0061":"11"}]},` +
	`{"Context":{"b":"1"},"Content":[{"b":"\u0031","a":"2"},{"b":"1","ab":"2","a":"b"}]}]}`

func manyAttributes(n int) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf(`"%03d":"%d"`, i, i%2))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// TestScanTakes has what must not fall back on the slow way, for nodes send it.
func TestScanTakes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		scanned,
		`{}`,
		` { "Items" : [ ] } `,
		`{"Items":[{},{"Content":[ {"a" : "é\n"} , {"b":""}]}],"InstanceId":""}`,
		`{"Items":[{"Context":{}}]}`,
		shared,
		`{"Items":[{"Content":[` + manyAttributes(maxAttributes+3) + `,` + manyAttributes(maxAttributes+3) + `]}]}`,
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
	f.Add([]byte(shared))
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

// TestScansAtOnce has scanners make their notes where others did, and nothing of one is in what another gives.
func TestScansAtOnce(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for caller := range 4 {
		group.Go(func() {
			var all []PutInventoryInput
			for i := range 50 {
				body := strings.ReplaceAll(shared, "2", fmt.Sprint(1000*caller+i))
				all = append(all, PutInventoryInput{})
				if !all[i].ScanJSON([]byte(body)) {
					t.Error("not taken")
				}
			}
			for i := range all {
				sameAsUnmarshal(t, []byte(strings.ReplaceAll(shared, "2", fmt.Sprint(1000*caller+i))), &all[i])
			}
		})
	}
	group.Wait()
}

// TestScanShares has what entries have in common there once, and what was read of a large content not kept for another call.
func TestScanShares(t *testing.T) {
	t.Parallel()
	var in PutInventoryInput
	if !in.ScanJSON([]byte(`{"Items":[{"Content":[{"a":"long","b":"1"},{"a":"long","b":"2"}]}]}`)) {
		t.Fatal("not taken")
	}
	first, second := in.Items[0].Content[0], in.Items[0].Content[1]
	if unsafe.StringData(first[0].Name) != unsafe.StringData(second[0].Name) || unsafe.StringData(first[0].Value) != unsafe.StringData(second[0].Value) {
		t.Error("a name and a value that two entries share are there twice")
	}

	for _, content := range []string{
		strings.Repeat("{},", keptSpans+1), strings.Repeat(`{"a":""},`, keptSpans), `{"a":"` + strings.Repeat("x", keptBytes+1) + `"},`,
		`{"a":"` + strings.Repeat(`\n`, keptBytes+1) + `"},`,
	} {
		s := scanner{body: []byte("[" + content + "{}]"), escape: -1, scratch: new(scratch)}
		if s.content(); s.failed || s.small() {
			t.Errorf("what was read of %.20s… is kept", content)
		}
	}
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
