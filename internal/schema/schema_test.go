package schema

import (
	"slices"
	"strings"
	"testing"

	"muster"
)

// names joins the attributes, a number with a "#", as documentation does.
func names(s muster.Schema) string {
	var all []string
	for _, a := range s.Attributes {
		if a.Number {
			a.Name += "#"
		}
		all = append(all, a.Name)
	}
	return strings.Join(all, " ")
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       muster.TypeName
		version    muster.Version
		display    string
		attributes string
	}{
		{"AWS:AWSComponent", "1.0", "", "Name ApplicationType Publisher Version InstalledTime Architecture URL"},
		{"AWS:Application", "1.1", "Application", "Name ApplicationType Publisher Version Release Epoch InstalledTime Architecture URL Summary PackageId"},
		{"AWS:BillingInfo", "1.0", "", "BillingProductId"},
		{"AWS:InstanceDetailedInformation", "1.0", "", "CPUModel CPUCores# CPUs# CPUSpeedMHz# CPUSockets# CPUHyperThreadEnabled OSServicePack"},
		{"AWS:InstanceInformation", "1.0", "Platform", "AgentType AgentVersion ComputerName InstanceId IpAddress PlatformName PlatformType PlatformVersion ResourceType AgentStatus InstanceStatus"},
		{"AWS:Tag", "1.0", "", "Key Value"},
	}
	for _, test := range tests {
		s, ok := Builtin(test.name)
		if !ok || s.Type != test.name || s.Version != test.version || s.DisplayName != test.display || names(s) != test.attributes {
			t.Errorf("Builtin(%s) = %+v, %v", test.name, s, ok)
		}
	}
	for _, unknown := range []muster.TypeName{"", "AWS:", "AWS:application", "AWS:Zebra", "Custom:RackInfo"} {
		if s, ok := Builtin(unknown); ok {
			t.Errorf("Builtin(%q) = %+v", unknown, s)
		}
	}
}

func TestAllIsSortedAndWithinTheModelsLimits(t *testing.T) {
	t.Parallel()
	all := All()
	if len(all) != 18 {
		t.Errorf("%d types, want the 18 that AWS documents", len(all))
	}
	if !slices.IsSortedFunc(all, func(a, b muster.Schema) int { return strings.Compare(string(a.Type), string(b.Type)) }) {
		t.Error("not sorted by name")
	}
	for _, s := range all {
		if n := len(s.Attributes); n == 0 || n > muster.MaxAttributes {
			t.Errorf("%s has %d attributes", s.Type, n)
		}
		seen := map[string]bool{}
		for _, a := range s.Attributes {
			if seen[a.Name] {
				t.Errorf("%s has %s twice", s.Type, a.Name)
			}
			seen[a.Name] = true
			if !HasAttribute(s.Type, a.Name) {
				t.Errorf("HasAttribute(%s, %s) is false", s.Type, a.Name)
			}
		}
	}
}

// TestAggregatable has the sample answer of "get-inventory-schema --aggregator" in the user guide.
func TestAggregatable(t *testing.T) {
	t.Parallel()
	want := []string{
		"AWS:Application 1.1 Application: Name Version",
		"AWS:InstanceInformation 1.0 Platform: PlatformName PlatformType PlatformVersion",
		"AWS:ResourceGroup 1.0 ResourceGroup: Name",
		"AWS:Service 1.0 Service: Name DisplayName ServiceType Status StartType",
		"AWS:WindowsRole 1.0 WindowsRole: Name DisplayName FeatureType Installed",
	}
	var got []string
	for _, s := range Aggregatable() {
		got = append(got, string(s.Type)+" "+string(s.Version)+" "+s.DisplayName+": "+names(s))
		for _, a := range s.Attributes {
			if !CanAggregate(s.Type, a.Name) {
				t.Errorf("CanAggregate(%s, %s) is false", s.Type, a.Name)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, no := range [][2]string{{"AWS:Application", "Publisher"}, {"AWS:Network", "Name"}, {"Custom:X", "Name"}} {
		if CanAggregate(muster.TypeName(no[0]), no[1]) {
			t.Errorf("CanAggregate(%s, %s) is true", no[0], no[1])
		}
	}
}

func TestHasAttributeKnowsWhatIsSentButNotListed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      muster.TypeName
		attribute string
		want      bool
	}{
		{"AWS:InstanceDetailedInformation", "KernelVersion", true},
		{"AWS:InstanceInformation", "IamRole", true},
		{"AWS:AWSComponent", "Summary", true},
		{"AWS:Application", "Colour", false},
		{"AWS:Zebra", "Name", false},
	} {
		if got := HasAttribute(test.name, test.attribute); got != test.want {
			t.Errorf("HasAttribute(%s, %s) = %v", test.name, test.attribute, got)
		}
	}
}

func TestContextAttributes(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		got := strings.Join(ContextAttributes(s.Type), " ")
		want := ""
		if s.Type == muster.TypeComplianceItem {
			want = "ComplianceType ExecutionId ExecutionType ExecutionTime"
		}
		if got != want {
			t.Errorf("ContextAttributes(%s) = %q, want %q", s.Type, got, want)
		}
	}
}

func TestSupportsVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    muster.TypeName
		version muster.Version
		want    bool
	}{
		{"AWS:Application", "1.0", true},
		{"AWS:Application", "1.1", true},
		{"AWS:Application", "1.2", false},
		{"AWS:Application", "1.10", false},
		{"AWS:Application", "2.0", false},
		{"AWS:Network", "1.0", true},
		{"AWS:Network", "1.1", false},
		{"AWS:Zebra", "1.0", false},
	} {
		if got := SupportsVersion(test.name, test.version); got != test.want {
			t.Errorf("SupportsVersion(%s, %s) = %v", test.name, test.version, got)
		}
	}
}

func TestValidTypeName(t *testing.T) {
	t.Parallel()
	for name, want := range map[muster.TypeName]bool{
		"Custom:RackInfo":  true,
		"Custom:X.y z/ü":   true,
		"Custom:rackInfo":  false,
		"Custom:":          false,
		"Custom:1Rack":     false,
		"Custom:\xff":      false,
		"CUSTOM:RackInfo":  false,
		"AWS:Application":  true,
		"AWS:Applications": false,
		"":                 false,
	} {
		if got := ValidTypeName(name); got != want {
			t.Errorf("ValidTypeName(%q) = %v", name, got)
		}
	}
}

func TestParseNamesTheLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\tName\n":                        "line 1: attribute Name before any type",
		"AWS:X\n":                         `line 1: want a type, a version and perhaps a display name, not ["AWS:X"]`,
		"# a\n\nAWS:X 1.0\n\tName huge\n": `line 4: attribute Name: unknown mark "huge"`,
	} {
		if _, err := parse(text); err == nil || err.Error() != want {
			t.Errorf("parse(%q): %v, want %s", text, err, want)
		}
	}
}
