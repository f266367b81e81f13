package document_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"muster"
	"muster/internal/document"
)

// TestTheAgentCanRunIt holds the document to what the agent demands of one (agent-protocol of amazon-ssm-agent 3.3).
func TestTheAgentCanRunIt(t *testing.T) {
	t.Parallel()
	var content struct {
		SchemaVersion string
		Parameters    map[string]struct{ Type, Default string }
		MainSteps     []struct {
			Action, Name string
			Inputs       map[string]string
		}
	}
	d := document.Find(document.GatherSoftwareInventory)
	if err := json.Unmarshal([]byte(d.Content), &content); err != nil {
		t.Fatal(err)
	}
	if content.SchemaVersion != "2.0" || len(content.MainSteps) != 1 || content.MainSteps[0].Action != "aws:softwareInventory" || content.MainSteps[0].Name == "" {
		t.Errorf("schema version %s, steps %v", content.SchemaVersion, content.MainSteps)
	}
	want := []string{
		"applications", "awsComponents", "billingInfo", "customInventory", "files", "instanceDetailedInformation", "networkConfig", "services",
		"windowsRegistry", "windowsRoles", "windowsUpdates",
	}
	if got := slices.Sorted(maps.Keys(content.Parameters)); !slices.Equal(got, want) {
		t.Errorf("parameters %v, want %v", got, want)
	}
	inputs := content.MainSteps[0].Inputs
	for name, p := range content.Parameters {
		enabled := "Enabled"
		if name == "files" || name == "windowsRegistry" {
			enabled = "" // a text that is not JSON fails the run
		}
		if p.Type != "String" || p.Default != enabled || inputs[name] != "{{ "+name+" }}" {
			t.Errorf("the parameter %s is %v and goes to the input %q", name, p, inputs[name])
		}
	}
	if len(inputs) != len(want) {
		t.Errorf("%d inputs for %d parameters", len(inputs), len(want))
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"AWS-GatherSoftwareInventory": true,
		"arn:aws:ssm:eu-west-1:111122223333:document/AWS-GatherSoftwareInventory": true,
		"arn:aws:ssm:eu-west-1::document/AWS-Other":                               false,
		"arn:aws:ssm:eu-west-1:111122223333:AWS-GatherSoftwareInventory":          false,
		"aws-gathersoftwareinventory":                                             false,
		"":                                                                        false,
	} {
		if got := document.Find(name); (got != nil) != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	d := document.Find(document.GatherSoftwareInventory)
	for _, c := range []struct {
		name   string
		values []string
		ok     bool
	}{
		{"applications", []string{"Disabled"}, true},
		{"files", []string{`[{"Path":"/etc"}]`}, true},
		{"applications", []string{"disabled"}, false},
		{"applications", []string{"Enabled", "Disabled"}, false},
		{"applications", nil, false},
		{"Applications", []string{"Enabled"}, false},
	} {
		err := d.Check(map[string][]string{c.name: c.values})
		if (err == nil) != c.ok || err != nil && !errors.Is(err, muster.ErrInvalidParameters("")) {
			t.Errorf("%s = %q: %v", c.name, c.values, err)
		}
	}
}

func TestChecksum(t *testing.T) {
	t.Parallel()
	d := document.Find(document.GatherSoftwareInventory)
	other := *d
	other.Content = strings.Replace(d.Content, "2.0", "2.2", 1)
	sums := map[string]string{}
	for name, sum := range map[string]string{
		"plain":         d.Checksum(nil),
		"one":           d.Checksum(map[string][]string{"services": {"Disabled"}}),
		"another":       d.Checksum(map[string][]string{"applications": {"Disabled"}}),
		"two":           d.Checksum(map[string][]string{"applications": {"Disabled"}, "services": {"Disabled"}}),
		"other content": other.Checksum(nil),
	} {
		if same, ok := sums[sum]; ok {
			t.Errorf("%s and %s have one checksum", name, same)
		}
		sums[sum] = name
	}
	if d.Checksum(nil) != d.Checksum(map[string][]string{}) {
		t.Error("no parameters have two checksums")
	}
}
