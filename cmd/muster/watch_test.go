package main

import (
	"strings"
	"testing"

	"muster"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	one := func(captured muster.CaptureTime, pairs ...string) sight {
		var fields []muster.Field
		for i := 0; i < len(pairs); i += 2 {
			fields = append(fields, muster.Field{Name: pairs[i], Value: pairs[i+1]})
		}
		return sight{captured, []muster.Entry{muster.NewEntry(fields)}}
	}
	bash, zsh, fish := one("1", "Name", "bash").entries[0], one("1", "Name", "zsh", "Arch", "arm").entries[0], one("1", "Name", "fish").entries[0]
	before := map[string]sight{
		"a": one("1", "InstanceStatus", "Active", "Ip", "1"),
		"b": one("1"), "c": one("1"), "d": one("1"),
		"e": {"1", []muster.Entry{bash, zsh}},
	}
	now := map[string]sight{
		"a": one("2", "InstanceStatus", "ConnectionLost"),
		"b": one("1"), "d": one("2"),
		"e": {"2", []muster.Entry{bash, fish}},
		"f": one("3"),
	}
	var got []string
	for _, e := range events(before, now) {
		got = append(got, strings.TrimSpace(e[1].Value+" "+e[2].Value+" "+e[3].Value))
	}
	want := []string{
		"a changed InstanceStatus: Active -> ConnectionLost, Ip: 1 -> (none)",
		"c left",
		"d reported 2",
		"e changed -(Name=zsh Arch=arm) +(Name=fish)",
		"f arrived 3",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
