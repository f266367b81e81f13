package document

import (
	"maps"
	"testing"
)

func TestInputs(t *testing.T) {
	t.Parallel()
	got, err := Inputs(inventory().Content, map[string][]string{
		"applications": {"Disabled"}, "files": {`[{"Path":"/etc"}]`}, "services": {}, "unheardOf": {"x"},
	})
	want := map[string]string{
		"applications": "Disabled", "awscomponents": "Enabled", "files": `[{"Path":"/etc"}]`, "networkconfig": "Enabled",
		"windowsupdates": "Enabled", "instancedetailedinformation": "Enabled", "services": "Enabled", "windowsregistry": "",
		"windowsroles": "Enabled", "custominventory": "Enabled", "billinginfo": "Enabled",
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	got, err = Inputs(`{"parameters":{"a":{"default":"1"}},"mainSteps":[{"action":"aws:other"},
		{"action":"aws:softwareInventory","inputs":{"X":"{{a}} {{ b }}"}}]}`, nil)
	if err != nil || got["x"] != "1 {{ b }}" {
		t.Errorf("%q, %v", got, err)
	}
	for _, content := range []string{"", "schemaVersion: '2.0'", `{"mainSteps":[{"action":"aws:runShellScript"}]}`} {
		if got, err := Inputs(content, nil); err == nil {
			t.Errorf("%q: %q", content, got)
		}
	}
}
