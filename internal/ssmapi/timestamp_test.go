package ssmapi

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func TestTimestampWritten(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]time.Time{
		"1521744844":     time.Unix(1521744844, 0),
		"1582221233.421": time.UnixMilli(1582221233421),
		"1582221233.4":   time.Unix(1582221233, 400_999_999),
		"0":              time.Unix(0, 0),
	} {
		if got, err := json.Marshal(Timestamp{at}); err != nil || string(got) != want {
			t.Errorf("%v: got %s, %v, want %s", at, got, err, want)
		}
	}
}

func TestTimestampRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"1521744844":                      time.Unix(1521744844, 0),
		"1521744844.0":                    time.Unix(1521744844, 0),
		"1582221233.421":                  time.UnixMilli(1582221233421),
		"1.582221233421e9":                time.UnixMilli(1582221233421),
		`"2020-02-20T17:53:53.421Z"`:      time.UnixMilli(1582221233421),
		`"2020-02-20T18:53:53.421+01:00"`: time.UnixMilli(1582221233421),
		"null":                            {},
	} {
		got := Timestamp{time.Now()}
		if err := json.Unmarshal([]byte(text), &got); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{`"yesterday"`, `true`, `{}`, `[]`, `1e300`, `-1e11`, `253402300800`} {
		var got Timestamp
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
