package ssmapi

import (
	"reflect"
	"strings"
	"testing"

	"muster"
)

// reportOf is a body with these texts in their places.
func reportOf(node, name, version, captured, hash string) *PutInventoryInput {
	return &PutInventoryInput{
		InstanceId: new(muster.NodeID(node)),
		Items: []InventoryItem{{
			TypeName: new(muster.TypeName(name)), SchemaVersion: new(muster.Version(version)),
			CaptureTime: new(muster.CaptureTime(captured)), ContentHash: muster.ContentHash(hash),
		}},
	}
}

// FuzzFits: what fits, breaks no constraint of the table.
func FuzzFits(f *testing.F) {
	f.Add("mi-0123456789abcdef0", "AWS:Application", "1.1", "2026-02-31T23:59:59Z", "hash")
	f.Add("i-0123456789ABCDEF0", "Custom:", "000001.999999", "2099-12-01T00:00:00Z", "")
	f.Add("mi-0123456789abcde_", "AWS:a\nb", "1.", "2026-13-01T00:00:00Z", strings.Repeat("x", 257))
	f.Add("0123456789abcdef0", "aws:a", ".1", "2026-00-10T24:00:00Z", strings.Repeat("ü", 200))
	f.Add("mi-0123456789abcdef0", strings.Repeat("\xb4", 2*maxText), "1.0", "", "")
	f.Add("i-01234567", "AWS:\xff", "1234567.1", "2026-01-00T00:60:00Z", "")
	check := compiler{}.structure(reflect.TypeFor[PutInventoryInput]())
	f.Fuzz(func(t *testing.T, node, name, version, captured, hash string) {
		in := reportOf(node, name, version, captured, hash)
		var found findings
		check.run(&found, nil, reflect.ValueOf(in).Elem())
		if in.fits() && len(found.texts) > 0 {
			t.Errorf("fits, but %q", found.texts)
		}
	})
}

// TestFits: what nodes send is seen to fit, and what is not there is not.
func TestFits(t *testing.T) {
	t.Parallel()
	const hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, node := range []string{"mi-0123456789abcdef0", "i-0123456789abcdef0"} {
		for _, name := range []string{"AWS:InstanceDetailedInformation", "Custom:RackInfo"} {
			for _, captured := range []string{"2026-01-31T00:00:00Z", "2029-12-10T23:59:59Z"} {
				if !reportOf(node, name, "1.0", captured, hash).fits() {
					t.Errorf("%s %s %s does not fit", node, name, captured)
				}
			}
		}
	}
	good := func() *PutInventoryInput {
		return reportOf("i-0123456789abcdef0", "AWS:Tag", "1.0", "2026-01-31T00:00:00Z", hash)
	}
	for what, spoil := range map[string]func(in *PutInventoryInput){
		"no node":          func(in *PutInventoryInput) { in.InstanceId = nil },
		"no items":         func(in *PutInventoryInput) { in.Items = nil },
		"too many items":   func(in *PutInventoryInput) { in.Items = make(List[InventoryItem], muster.MaxItems+1) },
		"no type":          func(in *PutInventoryInput) { in.Items[0].TypeName = nil },
		"no version":       func(in *PutInventoryInput) { in.Items[0].SchemaVersion = nil },
		"no time":          func(in *PutInventoryInput) { in.Items[0].CaptureTime = nil },
		"too many entries": func(in *PutInventoryInput) { in.Items[0].Content = make(Entries, muster.MaxEntries+1) },
		"a bad entry":      func(in *PutInventoryInput) { in.Items[0].Content = Entries{{{Name: ""}}} },
		"a bad context":    func(in *PutInventoryInput) { in.Items[0].Context = Attributes{{Name: ""}} },
	} {
		in := good()
		spoil(in)
		if in.fits() {
			t.Errorf("%s, and it fits", what)
		}
	}
}

// TestFitsIsNeverLaxerThanTheTable holds the quick look at an entry against the table at every limit.
func TestFitsIsNeverLaxerThanTheTable(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, muster.MaxAttributeName, muster.MaxAttributeName + 1, muster.MaxAttributeValue, muster.MaxAttributeValue + 1} {
		s := strings.Repeat("x", n)
		if got, want := (Attributes{{Name: s}}).fit(), shapes["AttributeName"].hold(reflect.ValueOf(s)); got != want {
			t.Errorf("a name of %d: fits is %v, the table %v", n, got, want)
		}
		if got, want := (Attributes{{Name: "n", Value: s}}).fit(), shapes["AttributeValue"].hold(reflect.ValueOf(s)); got != want {
			t.Errorf("a value of %d: fits is %v, the table %v", n, got, want)
		}
	}
	for _, n := range []int{0, muster.MaxAttributes, muster.MaxAttributes + 1} {
		a := make(Attributes, n)
		for i := range a {
			a[i].Name = "n"
		}
		if got, want := a.fit(), shapes["InventoryItemEntry"].hold(reflect.ValueOf(a)); got != want {
			t.Errorf("%d attributes: fits is %v, the table %v", n, got, want)
		}
	}
}
