package sim

import (
	"testing"

	"github.com/go-json-experiment/json"

	"muster/internal/ssmapi"
)

// TestBodiesAreTheLibrarys: what is written by hand is, to the byte, what the JSON library makes of the same call.
func TestBodiesAreTheLibrarys(t *testing.T) {
	t.Parallel()
	const nodes = 20
	f := New(6, nodes, Churn{Updated: 0.5})
	var s Scratch
	var body []byte
	for i := range nodes {
		id, items := f.id(i), f.Report(&s, i, i%2)
		if i%3 == 0 {
			hashOnly(&items[2], items[9].SchemaVersion)
		}
		body = appendPut(body[:0], id, items)
		want, err := json.Marshal(&ssmapi.PutInventoryInput{InstanceId: &id, Items: items})
		if err != nil {
			t.Fatal(err)
		}
		if string(body) != string(want) {
			t.Fatalf("node %d: got %d bytes, want %d:\n%.2000s", i, len(body), len(want), body)
		}
	}
}

func TestAppendString(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "plain", `"`, `\`, `C:\Program Files\"x"`, `größe "\" 文`} {
		want, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendString(nil, text); string(got) != string(want) {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
