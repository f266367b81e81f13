package conformance

import "testing"

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want, got string
		ok              bool
	}{
		{"member order is free", `{"a":1,"b":2}`, `{"b":2,"a":1}`, true},
		{"element order is not", `[1,2]`, `[2,1]`, false},
		{"a missing member", `{"a":1,"b":2}`, `{"a":1}`, false},
		{"a surplus member", `{"a":1}`, `{"a":1,"b":null}`, false},
		{"an optional member", `{"a?":1}`, `{}`, true},
		{"an optional member of another value", `{"a?":1}`, `{"a":2}`, false},
		{"a surplus element", `[1]`, `[1,2]`, false},
		{"a missing element", `[1,2]`, `[1]`, false},
		{"numbers by value", `1550254859`, `1550254859.0`, true},
		{"a number is no string", `"1"`, `1`, false},
		{"a string is no number", `1`, `"1"`, false},
		{"null", `null`, `null`, true},
		{"any within a text", `"at {{any}}, ok"`, `"at 12:00, ok"`, true},
		{"any is still a string", `"{{any}}"`, `{}`, false},
		{"text round a placeholder counts", `"at {{any}}, ok"`, `"at 12:00, no"`, false},
		{"dots are literal", `"a.b"`, `"axb"`, false},
		{"some is not empty", `"{{some}}"`, `""`, false},
		{"uuid", `"{{uuid}}"`, `"d72ac9e8-1f60-4d40-b1c6-bf8c78c68c4d"`, true},
		{"uuid in capitals", `"{{uuid}}"`, `"D72AC9E8-1F60-4D40-B1C6-BF8C78C68C4D"`, false},
		{"time", `"{{time}}"`, `"2020-03-30T14:00:57Z"`, true},
		{"time with a fraction", `"{{time}}"`, `"2020-03-30T14:00:57.1Z"`, false},
		{"epoch", `"{{epoch}}"`, `1550254859.123`, true},
		{"epoch in text", `"{{epoch}}"`, `"1550254859"`, false},
		{"epoch in milliseconds", `"{{epoch}}"`, `1550254859123`, false},
		{"kept and used", `["{{x=some}}","{{x}}"]`, `["a","a"]`, true},
		{"kept and not met again", `["{{x=some}}","{{x}}"]`, `["a","b"]`, false},
		{"used but not kept", `"{{x}}"`, `"a"`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want, err := parseJSON([]byte(tt.want))
			if err != nil {
				t.Fatal(err)
			}
			got, err := parseJSON([]byte(tt.got))
			if err != nil {
				t.Fatal(err)
			}
			if err := match(want, got, map[string]string{}, "it"); (err == nil) != tt.ok {
				t.Errorf("match(%s, %s) = %v", tt.want, tt.got, err)
			}
		})
	}
}

func TestMergeKeepsWhatHolds(t *testing.T) {
	t.Parallel()
	want, _ := parseJSON([]byte(`{"Id":"{{uuid}}","Name":"{{uuid}}","List":["{{any}}"]}`))
	got, _ := parseJSON([]byte(`{"Id":"d72ac9e8-1f60-4d40-b1c6-bf8c78c68c4d","Name":"x","List":["a","b"]}`))
	merged := merge(want, got, map[string]string{})
	if err := match(merged, got, map[string]string{}, "it"); err != nil {
		t.Error(err)
	}
	if id := merged.(map[string]any)["Id"]; id != "{{uuid}}" {
		t.Errorf("the placeholder became %v", id)
	}
}
