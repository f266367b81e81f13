package collect

import (
	"strings"
	"testing"
	"testing/fstest"

	"muster"
)

func TestCustom(t *testing.T) {
	t.Parallel()
	dir := tree(
		"1.json", `{"SchemaVersion": "1.0", "TypeName": "Custom:RackInfo", "Content": {"Row": "B", "Rack": "12"}}`,
		"2.json", `{"SchemaVersion": "2.10", "TypeName": "Custom:Disks", "Content": [{"Name": "sdb"}, {"Name": "sda", "Empty": ""}]}`,
		"3.json", `{"SchemaVersion": "1.0", "TypeName": "Custom:Nothing", "Content": []}`,
		"4.json", `{"SchemaVersion": "1.0", "TypeName": "Custom:RackInfo", "Content": {"Row": "again"}}`,
		"5.json", `{"SchemaVersion": "1.0", "TypeName": "Custom:Num", "Content": {"Row": 7}}`,
		"notes.txt", `not for us`,
		"sub/6.json", `nor this`,
	)
	reports := Gather(t.Context(), Host{Root: tree()}, Options{Custom: dir, Now: noon})

	rack := only(t, reports, "Custom:RackInfo")
	if rack.Version != "1.0" || rack.Captured != "2026-11-22T12:00:00Z" || rack.Err != nil {
		t.Errorf("%+v", rack)
	}
	wantEntries(t, rack.Entries, "Rack=12; Row=B\n")
	wantEntries(t, only(t, reports, "Custom:Disks").Entries, "Name=sdb\nEmpty=; Name=sda\n")
	if r := only(t, reports, "Custom:Nothing"); r.Entries == nil || len(r.Entries) != 0 {
		t.Errorf("%+v", r)
	}
	bad := only(t, reports, "Custom:")
	if bad.Skipped != 2 || bad.Err == nil || !strings.Contains(bad.Err.Error(), "4.json") || !strings.Contains(bad.Err.Error(), "5.json") {
		t.Errorf("%d skipped, %v", bad.Skipped, bad.Err)
	}
}

func TestCustomRules(t *testing.T) {
	t.Parallel()
	content := func(c string) string { return `{"SchemaVersion":"1.0","TypeName":"Custom:X","Content":` + c + `}` }
	attributes := func(n int) string {
		pairs := make([]string, n)
		for i := range pairs {
			pairs[i] = `"A` + strings.Repeat("x", i) + `":""`
		}
		return "{" + strings.Join(pairs, ",") + "}"
	}
	for file, ok := range map[string]bool{
		content(`{"A":"` + strings.Repeat("v", 4096) + `"}`): true,
		content(`{"A":"` + strings.Repeat("v", 4097) + `"}`): false,
		content(`{"` + strings.Repeat("n", 64) + `":""}`):    true,
		content(`{"` + strings.Repeat("n", 65) + `":""}`):    false,
		content(`{"":"x"}`):        false,
		content(attributes(50)):    true,
		content(attributes(51)):    false,
		content(`{}`):              false,
		content(`[{}]`):            false,
		content(`null`):            false,
		content(`"A"`):             false,
		content(`[["A"]]`):         false,
		content(`{"A":null}`):      false,
		content(`{"A":true}`):      false,
		content(`{"A":{"B":"C"}}`): false,
		content(`{"A":"B"}`) + "x": false,
		content(`{"A":"B"`):        false,
		``:                         false,
		`{"SchemaVersion":"1.0","TypeName":"Custom:X"}`:                                                   false,
		`{"SchemaVersion":"1","TypeName":"Custom:X","Content":{"A":"B"}}`:                                 false,
		`{"SchemaVersion":"1234567.0","TypeName":"Custom:X","Content":{"A":"B"}}`:                         false,
		`{"SchemaVersion":"1.0\n","TypeName":"Custom:X","Content":{"A":"B"}}`:                             false,
		`{"SchemaVersion":1.0,"TypeName":"Custom:X","Content":{"A":"B"}}`:                                 false,
		`{"SchemaVersion":"1.0","TypeName":"Custom:x","Content":{"A":"B"}}`:                               false,
		`{"SchemaVersion":"1.0","TypeName":"Custom:","Content":{"A":"B"}}`:                                false,
		`{"SchemaVersion":"1.0","TypeName":"AWS:Application","Content":{"A":"B"}}`:                        false,
		`{"SchemaVersion":"1.0","TypeName":"Custom:` + strings.Repeat("X", 93) + `","Content":{"A":"B"}}`: true,
		`{"SchemaVersion":"1.0","TypeName":"Custom:` + strings.Repeat("X", 94) + `","Content":{"A":"B"}}`: false,
		strings.Repeat(" ", maxCustomFile+1-len(content(`{"A":"B"}`))) + content(`{"A":"B"}`):             false,
		strings.Repeat(" ", maxCustomFile-len(content(`{"A":"B"}`))) + content(`{"A":"B"}`):               true,
	} {
		_, err := readCustom(fstest.MapFS{"x.json": {Data: []byte(file)}}, "x.json")
		if (err == nil) != ok {
			t.Errorf("%.120s: %v", file, err)
		}
	}
}

func FuzzCustom(f *testing.F) {
	f.Add([]byte(`{"SchemaVersion": "1.0", "TypeName": "Custom:RackInfo", "Content": {"Row": "B", "Rack": "12"}}`))
	f.Add([]byte(`{"SchemaVersion": "1.0", "TypeName": "Custom:\ud800", "Content": [{"Row": "\u0000"}, {"\u00e9": ""}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseCustom(data)
		if err != nil {
			return
		}
		if !r.Type.Custom() || !schemaVersion.MatchString(string(r.Version)) || r.Entries == nil {
			t.Errorf("%+v", r)
		}
		for _, e := range r.Entries {
			if !legal(e) || !e.Equal(muster.NewEntry(append(muster.Entry{}, e...))) {
				t.Errorf("%v", e)
			}
		}
	})
}
